/** Load files of the site when they are first needed, each once; none is waited for without an end. */

import { ASSETS } from "./site.js";

/** Milliseconds after which a file that does not come is given up. */
const PATIENCE_MS = 60_000;
/** @type {Map<string, Promise<any>>} */
const loading = new Map();
let tries = 0;

/**
 * Load a module of the site once; one that failed may be asked for again.
 *
 * @param {string} file
 * @returns {Promise<any>}  rejects if it does not come in time, too
 */
export function loaded(file) {
  const under = loading.get(file);
  if (under) return under;
  // A module that failed is remembered as failed under its address, so another try needs another address.
  const module = inTime(import(`${ASSETS}${file}${tries ? `?${tries}` : ""}`));
  loading.set(file, module);
  module.catch(() => {
    loading.delete(file);
    tries++;
  });
  return module;
}

/**
 * Wait for something that is being loaded, but not for ever.
 *
 * @template What
 * @param {Promise<What>} coming
 * @returns {Promise<What>}
 */
export function inTime(coming) {
  /** @type {Promise<never>} */
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("nothing came in time")), PATIENCE_MS);
  });
  return Promise.race([coming, late]);
}
