import assert from "node:assert/strict";
import { test } from "node:test";
import { isAnswer } from "../../../widgets/browser/python/answer-check.js";
import { merged } from "../../../widgets/browser/python/list-merge.js";
import { bestScore } from "../../../widgets/browser/page/progress.js";
import { CASES, KINDS, chances, nested, one, said, text, value } from "./hostile.mjs";

const entries = new Map();
globalThis.localStorage = { getItem: (key) => entries.get(key) ?? null };

/** JSON, whole or torn off, of what has the right form or any. */
function written(chance) {
  const score = { points: one(chance, [0, 1, 2, 3, -1, 0.5, 1e99, "2", null]), of: one(chance, [3, 0, 6, 1000, "3", NaN]) };
  const whole = JSON.stringify(chance() < 0.5 ? score : value(chance)) ?? "undefined";
  return chance() < 0.8 ? whole : whole.slice(0, chance() * whole.length);
}

test("any stored score is a possible one, or none", () => {
  const chance = chances(5);
  let found = 0;
  for (let number = 0; number < CASES; number++) {
    entries.set("ft|/|progress|quiz:q", number === 0 ? nested(100_000) : chance() < 0.8 ? written(chance) : text(chance));
    const score = bestScore("q");
    if (!score) continue;
    found++;
    assert.deepEqual(Object.keys(score), ["points", "of"]);
    const { points, of } = score;
    assert.ok(Number.isInteger(points) && Number.isInteger(of) && points >= 0 && points <= of && of > 0 && of < 1000);
  }
  assert.ok(found > CASES / 100, "some of them are whole");
});

/** A list as it is stored, or what someone has made of it. */
function list(chance) {
  const kind = chance();
  if (kind < 0.1) return text(chance);
  if (kind < 0.11) return nested(one(chance, [10, 3000]));
  const items = Array.from({ length: Math.floor(chance() * 5) }, () => value(chance, 2));
  if (kind < 0.6) return JSON.stringify(items.map((item) => item ?? null));
  return Array.from({ length: Math.floor(chance() * 5) }, () => `p${Math.floor(chance() * 9)}:${one(chance, ["a", "b", "tie"])}`).join(",");
}

test("any two lists are put together into one that is read again, and no new item of this tab is lost", () => {
  const chance = chances(6);
  const itemsOf = (joined) => {
    if (!joined.startsWith("[")) return joined.split(",").filter(Boolean);
    try {
      return JSON.parse(joined).map((item) => JSON.stringify(item));
    } catch {
      return [];
    }
  };
  for (let number = 0; number < CASES; number++) {
    const [before, theirs, ours] = [list(chance), list(chance), list(chance)];
    const most = one(chance, [1, 6, 600]);
    const together = merged(before, theirs, ours, most);
    if (theirs === before) {
      assert.equal(together, ours);
      continue;
    }
    const fresh = itemsOf(ours).filter((item) => !itemsOf(before).includes(item));
    // (Commas within an item of the other form part it; both forms are never stored under one name.)
    if (ours.startsWith("[") !== theirs.startsWith("[")) continue;
    const all = itemsOf(together);
    assert.ok(all.length <= most);
    for (const item of fresh.slice(-most)) assert.ok(all.includes(item), `${item} of ${ours} is not in ${together}`);
  }
});

test("what the page takes for an answer holds what the page relies on", () => {
  const chance = chances(7);
  const taken = new Map();
  const areTexts = (record) => typeof record === "object" && Object.values(record).every((one) => typeof one === "string");
  for (let number = 0; number < CASES; number++) {
    const answer = said(chance, number);
    if (!isAnswer(answer)) continue;
    taken.set(answer.kind, (taken.get(answer.kind) ?? 0) + 1);
    if (answer.kind === "loading") assert.ok(Number.isFinite(answer.bytes));
    if (answer.kind === "parts" || answer.kind === "step") assert.ok(areTexts(answer.parts));
    if (answer.kind === "step") {
      assert.ok(Number.isFinite(answer.done) && Number.isFinite(answer.total) && typeof answer.text === "string");
      assert.ok(answer.fields === undefined || areTexts(answer.fields));
    }
    if (answer.kind === "failed") assert.equal(typeof answer.problem, "string");
  }
  assert.deepEqual([...taken.keys()].sort(), [...KINDS].sort());
  assert.ok([...taken.values()].every((count) => count > 50), "each kind was there whole");
});
