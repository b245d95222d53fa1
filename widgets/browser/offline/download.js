/**
 * Save the site on the device, bring the saved copy up to date, remove it. The build lists all files with their hashes
 * (`widgets/site/publish/offline.py`); what is here already is not loaded again, what arrives is checked, and the index
 * that makes a copy complete is written last. So a download that breaks off harms nothing and goes on where it stopped.
 *
 * @import {Index} from "./offline-copy.js"
 */

import { Trouble } from "../shared/trouble.js";
import { PAST_THE_COPY, OfflineCopy } from "./offline-copy.js";

/** The root of the site; this module lies in `SITE/assets/course/`. */
const SITE = new URL("../../", import.meta.url);
const WORKER = new URL("service-worker.js", SITE);
const LIST = "offline.json";
/** How many files are loaded at the same time. */
const LANES = 4;
/** Seconds without a byte after which a download is given up. */
const PATIENCE_SECONDS = 30;
const UNREACHABLE = "There is no connection to the server now.";
const SILENT = "The server did not answer in time.";

const copy = new OfflineCopy(SITE);

/** The start of the names of what concerns the saved copy and is kept elsewhere. */
export const PLACE = copy.name;

/** The server answered, but did not send the file. */
class Refusal extends Trouble {
  /**
   * @param {number} status
   * @param {string} path
   */
  constructor(status, path) {
    super(`The server answered ${status} for ${path}.`);
    this.status = status;
  }
}

/**
 * @typedef {object} ListedFile
 * @property {string} path    below the site
 * @property {number} bytes
 * @property {string} sha256
 * @property {string} [unpacked]  the hash of a gzipped file's content: some servers have the browser unpack it
 *
 * @typedef {object} List
 * @property {string} version
 * @property {string} release
 * @property {number} bytes
 * @property {ListedFile[]} files
 */

/**
 * Say why nothing can be saved here.
 *
 * @returns {Promise<string>}  "" if it can
 */
export async function obstacle() {
  if (!isSecureContext) {
    return (
      "The course cannot be saved from this address, because it begins with http, not https: " +
      "browsers then let no page store itself."
    );
  }
  const missing = "The course cannot be saved here: this browser, or this private window, lets no page store itself.";
  if (!navigator.serviceWorker || !("caches" in globalThis) || typeof DecompressionStream !== "function") return missing;
  try {
    await caches.has(copy.name);
    return "";
  } catch {
    return missing;
  }
}

/** @returns {Promise<Index | undefined>}  what the saved copy holds; undefined if none is complete */
export function saved() {
  return copy.index();
}

/**
 * Ask the server which files there are.
 *
 * @param {AbortSignal} [signal]
 * @returns {Promise<List>}  rejects with a {@link Trouble}, or for any reason once it is told to stop
 */
export async function available(signal = new AbortController().signal) {
  if (!navigator.onLine) throw new Trouble(UNREACHABLE);
  // Past the browser's own cache: there it would wait in line behind one that was stopped.
  const { body } = await bytesOf(LIST, "no-store", signal, () => {}).catch((error) => {
    const isMissing = error instanceof Refusal && error.status === 404;
    throw isMissing ? new Trouble("This copy of the course was published without the list that saving needs.") : error;
  });
  try {
    const list = /** @type {List} */ (JSON.parse(new TextDecoder().decode(body)));
    if (list.files.every(({ path, sha256: hash }) => path && hash) && list.version) return list;
  } catch {
    // What came is no list.
  }
  throw new Trouble("The server did not send the list of files.");
}

/**
 * Say what is still to be loaded before a version is complete here.
 *
 * @param {List} list
 */
export async function missing(list) {
  const here = await stored();
  const wanted = new Map(list.files.map((file) => [file.sha256, file]));
  const files = [...wanted.values()].filter((file) => !here.has(file.sha256));
  return { files, bytes: sum(files), total: sum([...wanted.values()]) };
}

/** @returns {Promise<boolean>}  whether anything has arrived, be it a complete copy or not */
export async function hasPart() {
  return (await stored()).size > 0;
}

/** @param {ListedFile[]} files */
function sum(files) {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}

/** @returns {Promise<Set<string>>}  the hashes of the contents that are here, of a complete copy or not */
async function stored() {
  if (!(await caches.has(copy.name))) return new Set();
  const keys = await (await caches.open(copy.name)).keys();
  return new Set(keys.map(({ url }) => url.slice(url.lastIndexOf("/") + 1)).filter((name) => name !== "index"));
}

/**
 * Save the site, or what is new in it.
 *
 * @param {(done: number, total: number) => void} progress  bytes
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}  false if it was stopped; rejects with a {@link Trouble}
 */
export async function save(progress, signal) {
  try {
    await navigator.locks.request(copy.name, { ifAvailable: true }, async (lock) => {
      if (!lock) throw new Trouble("The course is being saved in another tab already.");
      await register(signal);
      // Not waited for: some browsers ask the reader, who may answer later or never.
      void navigator.storage?.persist?.().catch(() => false);
      for (let turn = 0; ; turn++) {
        const list = await available(signal);
        try {
          await load(list, progress, signal);
          await complete(list);
          return;
        } catch (error) {
          // The course may have been published anew while it was being loaded.
          const mayBeAnew = turn === 0 && !signal.aborted && error instanceof Trouble;
          if (mayBeAnew && (await available(signal)).version !== list.version) continue;
          throw error;
        }
      }
    });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** @param {AbortSignal} signal */
async function register(signal) {
  let timer = 0;
  const isLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Trouble(SILENT)), PATIENCE_SECONDS * 1000);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  try {
    const registered = navigator.serviceWorker.register(WORKER, { scope: SITE.pathname, updateViaCache: "none" });
    await Promise.race([registered.then(() => navigator.serviceWorker.ready), isLate]);
  } catch (error) {
    if (error instanceof Trouble || signal.aborted) throw error;
    console.warn("No service worker:", error);
    throw new Trouble("This browser does not let the page work without a network.");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Load every file that is not here yet.
 *
 * @param {List} list
 * @param {(done: number, total: number) => void} progress
 * @param {AbortSignal} signal
 */
async function load(list, progress, signal) {
  const { files, bytes, total } = await missing(list);
  const before = total - bytes;
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  if (quota - usage < bytes) throw await full(bytes, quota - usage);
  const cache = await caches.open(copy.name);
  let arrived = 0;
  progress(before, total);
  // Small files first: when the connection breaks off, more has arrived whole.
  const waiting = files.sort((one, other) => one.bytes - other.bytes).values();
  const lane = async () => {
    for (const file of waiting) {
      let ofThis = 0;
      const count = (/** @type {number} */ more) => {
        ofThis += more;
        arrived += more;
        progress(Math.min(before + arrived, total), total);
      };
      const response = await get(file, count, signal);
      await cache.put(copy.key(file.sha256), response);
      count(file.bytes - ofThis);
    }
  };
  // A lane ends with the first file that fails; the others still bring what they can.
  const outcomes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const error = outcomes.find((outcome) => outcome.status === "rejected")?.reason;
  if (error instanceof DOMException && error.name === "QuotaExceededError") throw await full(bytes);
  if (error) throw error;
}

/**
 * Give back the room that an unfinished download has taken, and say that there is too little.
 *
 * @param {number} needed  bytes
 * @param {number} [free]  bytes
 */
async function full(needed, free) {
  await tidy();
  const room = free === undefined ? "too little room" : `only ${megabytes(Math.max(free, 0))}`;
  return new Trouble(
    `The browser's storage is full: ${megabytes(needed)} are needed, and it has ${room} for this site. ` +
      "Free some space on this device and try again.",
  );
}

/**
 * Load a file and check that it is the one that is listed; if it is not, past the browser's own cache once more.
 *
 * @param {ListedFile} file
 * @param {(bytes: number) => void} count
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
async function get(file, count, signal) {
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
    let counted = 0;
    const { body, type } = await bytesOf(file.path, cache, signal, (more) => {
      counted += more;
      count(more);
    });
    const hash = await sha256(body);
    if (hash === file.sha256 || hash === file.unpacked) return new Response(body, { headers: { "content-type": type } });
    count(-counted);
  }
  throw new Trouble(`The file ${file.path} did not arrive as it was published.`);
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} count
 */
async function bytesOf(path, cache, signal, count) {
  const stop = new AbortController();
  const end = () => stop.abort();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  let timer = 0;
  let hasBegun = false;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(end, PATIENCE_SECONDS * 1000);
  };
  alive();
  try {
    const address = new URL(encodeURI(path), SITE);
    const response = await fetch(address, { cache, headers: { [PAST_THE_COPY]: "1" }, signal: stop.signal });
    hasBegun = true;
    if (!response.ok || !response.body) throw new Refusal(response.status, path);
    const pieces = [];
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      alive();
      count(value.length);
      pieces.push(value);
    }
    const type = response.headers.get("content-type") ?? "application/octet-stream";
    return { body: await new Blob(pieces).arrayBuffer(), type };
  } catch (error) {
    if (error instanceof Trouble || signal.aborted) throw error;
    throw new Trouble(stop.signal.aborted ? SILENT : hasBegun ? "The connection broke off." : UNREACHABLE);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** @param {ArrayBuffer} data */
async function sha256(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Everything is here: from now on this is the saved copy.
 *
 * @param {List} list
 */
async function complete({ version, release, bytes, files }) {
  /** @type {Index} */
  const index = {
    version,
    release,
    bytes,
    savedAt: Date.now(),
    hashes: Object.fromEntries(files.map(({ path, sha256: hash }) => [path, hash])),
  };
  const cache = await caches.open(copy.name);
  await cache.put(copy.key("index"), new Response(JSON.stringify(index)));
  await tidy();
}

/** Delete every content that the complete copy does not use. */
async function tidy() {
  const used = new Set(Object.values((await saved())?.hashes ?? {}));
  const cache = await caches.open(copy.name);
  for (const hash of await stored()) if (!used.has(hash)) await cache.delete(copy.key(hash));
}

/** Remove the saved copy, or what there is of one. Answers, votes and progress stay. */
export async function remove() {
  await caches.delete(copy.name);
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    if (registration.scope === SITE.href) await registration.unregister();
  }
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
