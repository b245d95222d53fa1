/**
 * What a button declares about the state (`widgets/core/contract.md`): `data-commit`, `data-set`, `data-append`,
 * `data-drop`.
 *
 * @import {FieldSpec} from "./payload.js"
 */

import { splitOnce } from "./controls.js";

/**
 * @typedef {object} Declared  a button's `dataset`
 * @property {string} [commit]
 * @property {string} [set]
 * @property {string} [append]
 * @property {string} [drop]
 */

/**
 * Work out the state after a button.
 *
 * @param {Declared} button
 * @param {readonly FieldSpec[]} fields
 * @param {Readonly<Record<string, string>>} state
 * @param {(name: string) => string | undefined} typed  what the reader has put into a field's controls
 * @returns {{state: Record<string, string>, problem: string}}  `problem` is for the reader, "" for none
 */
export function afterButton(button, fields, state, typed) {
  const next = { ...state };
  for (const name of names(button.commit)) next[name] = typed(name) ?? next[name];
  for (const [name, text] of new URLSearchParams((button.set ?? "").replaceAll("+", "%2B"))) next[name] = text;
  if (button.append) {
    const [name, item] = splitOnce(button.append);
    next[name] = appended(next[name], item);
  }
  if (button.drop) next[button.drop] = (next[button.drop] ?? "").split(",").slice(0, -1).join(",");
  for (const { name, max } of fields) {
    if (next[name].length > max) return { state: { ...state }, problem: "There is no room for more here." };
  }
  return { state: next, problem: "" };
}

/**
 * Add an item to a list. `KEY:TEXT` takes the place of what another tab has put there under the same key.
 *
 * @param {string} list
 * @param {string} item
 */
function appended(list, item) {
  const items = list ? list.split(",") : [];
  const key = item.slice(0, item.indexOf(":") + 1);
  const at = key ? items.findIndex((one) => one.startsWith(key)) : -1;
  items.splice(at < 0 ? items.length : at, 1, item);
  return items.join(",");
}

/** @param {string | undefined} text  names separated by spaces */
export function names(text) {
  return (text ?? "").split(/\s+/).filter(Boolean);
}
