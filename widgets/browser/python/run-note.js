/**
 * The note of a run that is under way. It stands in local storage, so that the next visit learns of a run that was cut
 * off, even by closing its tab; and while the run lives its page holds a lock of the same name, so that another tab
 * does not take it for one that was cut off. Where the browser has no locks (over plain http) only the tab that wrote
 * a note takes it for one, for there nobody could tell. Storage may be blocked: nothing here throws.
 *
 * Loaded on demand with conversation.js; the page's own script only looks whether there is a note at all.
 */

/** Milliseconds before each look whether a run lives: a page that is being left may hold its lock for a moment. */
const LOOKS_MS = [0, 400, 2000];

/**
 * Note that a run is under way.
 *
 * @param {string} name  of the note and its lock
 * @param {string} action
 * @returns {() => void}  call it when the run is over, however it ended
 */
export function noteRun(name, action) {
  const over = new AbortController();
  const { signal } = over;
  let letGo = () => {};
  const take = () => {
    write(name, action);
    const held = new Promise((resolve) => (letGo = () => resolve(undefined)));
    // Shared, because two tabs may run the same lab.
    navigator.locks?.request(name, { mode: "shared", signal }, () => held).catch(() => {});
  };
  take();
  // The same lab's run in another tab is over, and took the note of both with it.
  const isGone = (/** @type {StorageEvent} */ { key, newValue }) => newValue === null && (key === name || key === null);
  addEventListener("storage", (event) => isGone(event) && write(name, action), { signal });
  // A page with a lock cannot be kept for the way back; one that comes back goes on with its run.
  addEventListener("pagehide", () => letGo(), { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && take(), { signal });
  return () => {
    over.abort();
    letGo();
    eraseNote(name);
  };
}

/**
 * Find a run that was cut off.
 *
 * @param {string} name
 * @returns {Promise<string | null>}  its action
 */
export async function runCutOff(name) {
  try {
    if (!navigator.locks) return sessionStorage.getItem(name);
    for (const pause of LOOKS_MS) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const action = localStorage.getItem(name);
      if (action === null || !(await isAlive(name))) return action;
    }
  } catch {
    // No storage: then there is no note either.
  }
  return null;
}

/** @param {string} name */
export function eraseNote(name) {
  for (const storage of storages()) storage.removeItem(name);
}

/**
 * @param {string} name
 * @param {string} action
 */
function write(name, action) {
  try {
    for (const storage of storages()) storage.setItem(name, action);
  } catch {
    // Full: then the next visit does not know of the run.
  }
}

/** @returns {Storage[]}  where notes stand; none if storage is blocked */
function storages() {
  try {
    return navigator.locks ? [localStorage] : [localStorage, sessionStorage];
  } catch {
    return [];
  }
}

/** @param {string} name */
async function isAlive(name) {
  const { held = [], pending = [] } = await navigator.locks.query();
  return [...held, ...pending].some((lock) => lock.name === name);
}
