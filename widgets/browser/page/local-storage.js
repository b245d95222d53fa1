/**
 * What the site keeps on the reader's device: one entry of local storage for each stored field and each piece of
 * progress, under the key
 *
 *     ft|PATH OF THE SITE|PLACE|NAME       for example  ft|/course/|quiz/lora|attempt
 *
 * so that two sites on one host do not mix, and all of one site's entries can be found and deleted. Storage may be
 * blocked, full or altered: nothing here throws, and what could not be stored is kept until the page is left.
 */

import { SITE } from "./site.js";

const PREFIX = `ft|${SITE.pathname}|`;
/** @type {Map<string, string>} */
const unsaved = new Map();

/**
 * @param {string} place
 * @param {string} name
 */
export function storageKey(place, name) {
  return `${PREFIX}${place}|${name}`;
}

/**
 * @param {string} place
 * @param {string} name
 * @returns {string | null}
 */
export function recall(place, name) {
  const key = storageKey(place, name);
  try {
    return unsaved.get(key) ?? localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * Keep a text, or with null forget it.
 *
 * @param {string} place
 * @param {string} name
 * @param {string | null} text
 * @returns {boolean}  false if it lasts only until the page is left
 */
export function keep(place, name, text) {
  const key = storageKey(place, name);
  unsaved.delete(key);
  try {
    if (text === null) localStorage.removeItem(key);
    else if (localStorage.getItem(key) !== text) localStorage.setItem(key, text);
    return true;
  } catch {
    if (text !== null) unsaved.set(key, text);
    return text === null;
  }
}

/** @returns {string[]}  the keys of everything that this site stored here */
export function storedKeys() {
  return keysIn(() => localStorage);
}

/**
 * @param {() => Storage} storage
 * @returns {string[]}
 */
function keysIn(storage) {
  try {
    return Object.keys(storage()).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/**
 * Delete everything that this site stored: local storage and this tab's, caches and trained models. What the browser
 * does not offer, or does not let be deleted, is no reason to leave the rest.
 *
 * @returns {Promise<number>}  how many entries there were
 */
export async function forgetAll() {
  unsaved.clear();
  const keys = storedKeys();
  for (const key of keys) localStorage.removeItem(key);
  for (const key of keysIn(() => sessionStorage)) sessionStorage.removeItem(key);
  let count = keys.length;
  const steps = [
    async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(PREFIX) && (await caches.delete(name))) count++;
      }
    },
    async () => {
      for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
        if (worker.scope === SITE.href) await worker.unregister();
      }
    },
    async () => {
      const folder = await navigator.storage.getDirectory();
      await folder.removeEntry(encodeURIComponent(PREFIX), { recursive: true });
      count++;
    },
  ];
  for (const step of steps) await step().catch(() => {});
  return count;
}
