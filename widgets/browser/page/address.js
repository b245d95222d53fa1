/**
 * Settings in the address bar: `?ID.control=value`, only where they differ from the default.
 *
 * @import {FieldSpec} from "./payload.js"
 */

/**
 * @param {string} search  `location.search`
 * @param {string} id      the widget's id
 * @param {readonly FieldSpec[]} fields
 * @returns {Record<string, string>}  the texts found, none longer than its field allows
 */
export function readAddress(search, id, fields) {
  const found = new URLSearchParams(search);
  /** @type {Record<string, string>} */
  const texts = {};
  for (const field of fields) {
    const text = found.get(`${id}.${field.name}`);
    if (text !== null && !field.stored && text.length <= field.max) texts[field.name] = text;
  }
  return texts;
}

/**
 * @param {string} search
 * @param {string} id
 * @param {readonly FieldSpec[]} fields
 * @param {Readonly<Record<string, string>>} state
 * @returns {string}  the new `location.search`; what others keep there stays as it is
 */
export function writeAddress(search, id, fields, state) {
  const found = new URLSearchParams(search);
  for (const { name, default: usual, stored } of fields) {
    if (stored || state[name] === usual) found.delete(`${id}.${name}`);
    else found.set(`${id}.${name}`, state[name]);
  }
  // Commas and slashes are allowed in a query and read better as they are: lora-rank.target_modules=q,v
  const text = found.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  return text ? `?${text}` : "";
}

/** Milliseconds between two writes: browsers allow only so many in a while (Safari: 100 in 30 seconds). */
const PAUSE_MS = 350;
let timer = 0;
let written = -PAUSE_MS;
/** @type {Map<string, () => void>} */
const waiting = new Map();

/**
 * Write a widget's settings into the address bar: at once, or soon if that was done a moment ago.
 *
 * @param {string} id
 * @param {readonly FieldSpec[]} fields
 * @param {() => Readonly<Record<string, string>>} state
 */
export function keepInAddress(id, fields, state) {
  const page = location.pathname;
  waiting.set(id, () => {
    // A theme that changes pages without reload may have come to another page meanwhile.
    if (location.pathname !== page) return;
    const search = writeAddress(location.search, id, fields, state());
    if (search !== location.search) {
      history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
    }
  });
  clearTimeout(timer);
  timer = setTimeout(flush, written + PAUSE_MS - performance.now());
}

/** Write what is waiting. A page that is reloaded comes back with the address that it had before. */
export function flush() {
  written = performance.now();
  for (const write of waiting.values()) {
    try {
      write();
    } catch {
      // Too many changes in a short time: the next one will take this one along.
    }
  }
  waiting.clear();
}

globalThis.addEventListener?.("pagehide", flush);
// A page that is left without reload is left with its address written.
globalThis.addEventListener?.("click", ({ target }) => target instanceof Element && target.closest("a") && flush(), true);
