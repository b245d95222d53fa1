/** Texts and values as an attacker, a broken program or a full storage would give them; the same in every run. */

export const CASES = 10_000;

/** Numbers that look random and are the same in every run (mulberry32). */
export function chances(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ODD = [
  "", "%", "%zz", "%ff%fe", "&", "=", "a=b", "<script>", "\u0000", "\ud800", "\u202e", "__proto__", "constructor", "toString",
  "NaN", "1e999", "-0", "w.rank", "w.", ".rank", "+", "%2B", "q,v", "a/b", "9".repeat(5000), "é🙂",
  '"><img src=x onerror=attack()>', "</script><script>attack()</script>", "[", '{"a":1}', "[1e999]", "[".repeat(3000),
];
export const one = (chance, list) => list[Math.floor(chance() * list.length)];
export const text = (chance) => Array.from({ length: Math.floor(chance() * 4) }, () => one(chance, ODD)).join("");

/** Any value that can stand in a message. */
export function value(chance, depth = 0) {
  const kind = Math.floor(chance() * (depth < 3 ? 9 : 6));
  if (kind < 2) return text(chance);
  if (kind === 2) return one(chance, [0, -1, NaN, Infinity, -Infinity, 1e308, 2 ** 53, 0.5]);
  if (kind === 3) return one(chance, [null, undefined, true, false]);
  if (kind < 6) return one(chance, ["boot", "open", "render", "run", "cancel", "pause", "resume", "make"]);
  if (kind === 6) return Array.from({ length: 3 }, () => value(chance, depth + 1));
  return Object.fromEntries([0, 1, 2].map(() => [text(chance), value(chance, depth + 1)]));
}

/** A list in a list in a list …: deeper than a naive reader's stack. */
export function nested(depth) {
  return "[".repeat(depth) + "]".repeat(depth);
}

/** Of answers. */
export const KINDS = ["done", "restoring", "loading", "parts", "step", "finished", "failed"];
const NUMBERS = [0, 1, -1, 3.5, NaN, Infinity, -Infinity, "1", null, 2 ** 53];
const part = (chance) => (chance() < 0.8 ? { a: text(chance), "<b>": "x" } : value(chance));

/** What a worker could say: a right answer, one with a wrong part, or anything. */
export function said(chance, id) {
  if (chance() < 0.1) return value(chance);
  const answer = {
    kind: one(chance, [...KINDS, "toString", "__proto__"]),
    id: chance() < 0.9 ? id : value(chance),
    bytes: one(chance, NUMBERS),
    parts: part(chance),
    done: one(chance, NUMBERS),
    total: one(chance, NUMBERS),
    text: chance() < 0.8 ? text(chance) : value(chance),
    problem: chance() < 0.8 ? text(chance) : value(chance),
    detail: value(chance),
    isBroken: chance() < 0.05,
    cancelled: chance() < 0.9 ? chance() < 0.5 : value(chance),
    isKept: chance() < 0.9 ? chance() < 0.5 : value(chance),
    fields: chance() < 0.5 ? undefined : part(chance),
  };
  for (const name of Object.keys(answer)) if (chance() < 0.02) delete answer[name];
  return answer;
}
