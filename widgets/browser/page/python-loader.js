/**
 * Load what talks with Python when the first widget needs it: its client, and the words for waiting (the bundle
 * `python`). All widgets of the page share them.
 *
 * @import {ConversationBundle, PythonBundle, PythonClient} from "../shared/bundles.js"
 */

import { Trouble } from "../shared/trouble.js";
import { loaded } from "./module-loader.js";
import { ASSETS, IS_SERVED } from "./site.js";

/** Names of the files, put in by the build. */
/* global CLIENT_FILE, CONVERSATION_FILE */

export const NOT_LOADED = "Python could not be loaded.";

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

/** @returns {Promise<PythonClient>}  rejects with a {@link Trouble} */
export async function client() {
  try {
    return /** @type {PythonBundle} */ (await loaded(CLIENT_FILE)).client;
  } catch {
    throw new Trouble(NOT_LOADED);
  }
}

/** @returns {Promise<ConversationBundle>} */
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
