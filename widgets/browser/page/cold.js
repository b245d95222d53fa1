/**
 * Answers that travel with the page: look one up, and put it together from the patches it is stored as.
 * The counterpart of `widgets/core/precompute.py`, which says why it is so.
 *
 * @import {Edit, Entry, PartSpec} from "./payload.js"
 */

const TOKEN = /<[^>]*>|[^<]+/g;

/** @param {string} html */
export function tokens(html) {
  return html.match(TOKEN) ?? [];
}

/**
 * @param {readonly string[]} old
 * @param {readonly Edit[]} edits
 */
export function applyPatch(old, edits) {
  const result = [];
  let position = 0;
  for (const [start, removed, ...added] of edits) {
    for (; position < start; position++) result.push(old[position]);
    result.push(...added);
    position = start + removed;
  }
  for (; position < old.length; position++) result.push(old[position]);
  return result;
}

/**
 * Write the key of an answer: the dependencies that differ from their defaults, in the part's order.
 *
 * @param {Pick<PartSpec, "on" | "defaults">} part
 * @param {Readonly<Record<string, string>>} texts  the text of each dependency
 * @returns {string | undefined}  undefined for text that no key can hold (half a surrogate pair)
 */
export function coldKey({ on, defaults }, texts) {
  try {
    return on
      .filter((name) => texts[name] !== defaults[name])
      .map((name) => `${name}=${encodeURIComponent(texts[name])}`)
      .join("&");
  } catch {
    return undefined;
  }
}

/** The answers of one part. Each is put together when it is first asked for, and kept. */
export class ColdAnswers {
  /** @type {Map<string, number>} */
  #positions = new Map();
  /** @type {Map<number, string[]>} */
  #split = new Map();
  /** @type {readonly Entry[]} */
  #entries;

  /** @param {readonly Entry[]} entries */
  constructor(entries) {
    this.#entries = entries;
    entries.forEach(([key], position) => this.#positions.set(key, position));
  }

  /** @param {string | undefined} key */
  has(key) {
    return key !== undefined && this.#positions.has(key);
  }

  /**
   * @param {string | undefined} key
   * @returns {string | undefined}
   */
  get(key) {
    const position = key === undefined ? undefined : this.#positions.get(key);
    return position === undefined ? undefined : this.#tokens(position).join("");
  }

  /**
   * @param {number} position
   * @returns {string[]}
   */
  #tokens(position) {
    let made = this.#split.get(position);
    if (!made) {
      const [, base, content] = this.#entries[position];
      made = typeof content === "string" ? tokens(content) : applyPatch(this.#tokens(base), content);
      this.#split.set(position, made);
    }
    return made;
  }
}
