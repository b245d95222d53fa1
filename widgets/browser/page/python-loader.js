/**
 * What is loaded of Python's when the first widget needs it, and shared by all of them: its client, and the words for
 * waiting (conversation.js).
 *
 * @import {Client} from "../python/client.js"
 */

import { ASSETS, IS_SERVED } from "./site.js";

/** Names of the files, put in by the build. */
/* global CLIENT_FILE, CONVERSATION_FILE */

/** Milliseconds after which a file that does not come is given up. */
const PATIENCE_MS = 60_000;

/**
 * What keeps Python from starting at all here, in words for the reader; "" if nothing does.
 *
 * @param {string} what  has happened, one sentence
 */
export function obstacle(what) {
  const rest = "The answers for single changes of the settings work here too.";
  if (!IS_SERVED) {
    return `${what} It needs Python, which browsers allow only when the page comes from a web server; this one was opened as a file. ${rest}`;
  }
  if (typeof WebAssembly !== "object" || typeof Worker !== "function" || typeof DecompressionStream !== "function") {
    return `${what} It needs Python, and this browser cannot run Python: WebAssembly, workers or decompression are missing or switched off. ${rest}`;
  }
  return "";
}

/** @returns {Promise<Client>} */
export async function client() {
  return /** @type {typeof import("../python/python.js")} */ (await loaded(CLIENT_FILE)).client;
}

/** @returns {Promise<typeof import("../python/conversation.js")>} */
export function withConversation() {
  return loaded(CONVERSATION_FILE);
}

/**
 * Say whether the course was published anew since this page was opened: the names of its files hold their hashes, so
 * those that this page would load may be gone.
 *
 * @returns {Promise<boolean>}  false if it cannot be found out
 */
export async function isOutdated() {
  try {
    const answer = await fetch(`${ASSETS}manifest.json`, { cache: "no-cache" });
    const files = /** @type {{file: string}[]} */ (await answer.json());
    return files.every(({ file }) => file !== CLIENT_FILE);
  } catch {
    return false;
  }
}

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
