/**
 * What the worker says is checked once, where it comes in: the rest of the page relies on the types in protocol.js.
 *
 * @import {Answer} from "../shared/protocol.js"
 */

/**
 * @typedef {Record<string, unknown>} Said
 *
 * @type {Record<string, (said: Said) => boolean>}  kind → does it hold what it must?
 */
const CHECKS = {
  done: () => true,
  restoring: () => true,
  loading: ({ bytes }) => Number.isFinite(bytes),
  parts: ({ parts }) => holdsTexts(parts),
  step: ({ parts, done, total, text, fields }) =>
    holdsTexts(parts) &&
    Number.isFinite(done) &&
    Number.isFinite(total) &&
    typeof text === "string" &&
    (fields === undefined || holdsTexts(fields)),
  finished: ({ cancelled, isKept }) => typeof cancelled === "boolean" && typeof isKept === "boolean",
  failed: ({ problem }) => typeof problem === "string",
};

/**
 * @param {unknown} said
 * @returns {said is Answer}
 */
export function isAnswer(said) {
  if (!isRecord(said) || !Number.isInteger(said.id) || typeof said.kind !== "string") return false;
  return Object.hasOwn(CHECKS, said.kind) && CHECKS[said.kind](said);
}

/**
 * @param {unknown} value
 * @returns {value is Said}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null;
}

/** @param {unknown} value */
function holdsTexts(value) {
  return isRecord(value) && Object.values(value).every((text) => typeof text === "string");
}
