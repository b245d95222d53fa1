/**
 * The way to Python: its client is loaded when the first widget needs it, and shared by all of them.
 *
 * @import {Client} from "./client.js"
 */

import { ASSETS, IS_SERVED } from "./site.js";

/** Name of the client's file, put in by the build. */
/* global CLIENT_FILE */

/** What keeps Python from starting at all here, in words for the reader; "" if nothing does. */
export function obstacle() {
  if (!IS_SERVED) {
    return (
      "This answer was not prepared in advance. Python works it out, which browsers allow only when the page comes " +
      "from a web server; this one was opened as a file. The answers for single changes of the settings work here too."
    );
  }
  if (typeof WebAssembly !== "object" || typeof Worker !== "function" || typeof DecompressionStream !== "function") {
    return (
      "This answer was not prepared in advance, and this browser cannot run Python: WebAssembly, workers or " +
      "decompression are missing or switched off. The answers for single changes of the settings work here too."
    );
  }
  return "";
}

/** @type {Promise<Client> | undefined} */
let loading;
let tries = 0;

/** @returns {Promise<Client>} */
export function client() {
  // A module that failed once is remembered as failed under its address, so another try needs another address.
  loading ??= load(`${ASSETS}${CLIENT_FILE}${tries ? `?${tries}` : ""}`);
  loading.catch(() => {
    loading = undefined;
    tries++;
  });
  return loading;
}

/**
 * @param {string} address
 * @returns {Promise<Client>}
 */
async function load(address) {
  const module = /** @type {typeof import("./python.js")} */ (await import(address));
  return module.client;
}
