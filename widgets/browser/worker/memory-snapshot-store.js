/**
 * Memory snapshots of Python on the reader's device: one entry in the browser's Cache Storage, in a cache of this site
 * (`forgetAll` in local-storage.js finds it by its name), under the key that the build made from everything in it.
 *
 * About half of the memory is empty, and reading takes long: only the pages that hold something are kept. A snapshot is
 * checked before it is used, since half a memory would crash at some later time. Cache Storage may be missing, blocked
 * or full: nothing here throws, and without a snapshot Python starts as it does the first time.
 */

/** Bytes that must be free on the device, some five times what a snapshot takes. */
const ROOM_BYTES = 100e6;
/** Bytes of a page of memory. */
const PAGE_BYTES = 4096;
const LENGTH = "x-length";
const RUNS = "x-runs";
const SUM = "x-sum";

/**
 * @param {string} base  address of the site's course files: `SITE/assets/course/`
 * @returns {Promise<Cache | undefined>}  undefined where the browser keeps none
 */
export async function openSnapshots(base) {
  try {
    return await caches.open(`ft|${new URL("../../", base).pathname}|python`);
  } catch {
    return undefined;
  }
}

/**
 * @param {Cache} cache
 * @param {string} key
 * @returns {Promise<Uint8Array<ArrayBuffer> | undefined>}  undefined if there is none, or not a whole one
 */
export async function findSnapshot(cache, key) {
  try {
    const response = await cache.match(address(key));
    if (!response) return undefined;
    const kept = new Uint8Array(await response.arrayBuffer());
    const { headers } = response;
    const isWhole = sumOf(kept) === headers.get(SUM);
    if (!isWhole) console.info("The memory snapshot of Python is not whole; Python starts without it.");
    return isWhole ? spread(kept, JSON.parse(headers.get(RUNS) ?? ""), Number(headers.get(LENGTH))) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keep a snapshot, and delete those of earlier versions of the site.
 *
 * @param {Cache} cache
 * @param {string} key
 * @param {Uint8Array<ArrayBuffer>} image
 */
export async function keepSnapshot(cache, key, image) {
  for (const request of await cache.keys()) await cache.delete(request);
  const runs = usedRuns(image);
  const kept = gathered(image, runs);
  const headers = {
    [LENGTH]: String(image.length),
    [RUNS]: JSON.stringify(runs),
    [SUM]: sumOf(kept),
    "content-type": "application/octet-stream",
  };
  await cache.put(address(key), new Response(kept, { headers }));
}

/**
 * Find the pages that hold something.
 *
 * @param {Uint8Array<ArrayBuffer>} image
 * @returns {[start: number, end: number][]}  in bytes, a whole number of pages each but for the very last
 */
export function usedRuns(image) {
  /** @type {[start: number, end: number][]} */
  const runs = [];
  for (let start = 0; start < image.length; start += PAGE_BYTES) {
    const end = Math.min(start + PAGE_BYTES, image.length);
    if (!image.subarray(start, end).some(Boolean)) continue;
    const last = runs.at(-1);
    if (last?.[1] === start) last[1] = end;
    else runs.push([start, end]);
  }
  return runs;
}

/**
 * @param {Uint8Array<ArrayBuffer>} image
 * @param {[start: number, end: number][]} runs
 */
function gathered(image, runs) {
  const kept = new Uint8Array(runs.reduce((sum, [start, end]) => sum + end - start, 0));
  let at = 0;
  for (const [start, end] of runs) {
    kept.set(image.subarray(start, end), at);
    at += end - start;
  }
  return kept;
}

/**
 * Put what was gathered back into its places.
 *
 * @param {Uint8Array<ArrayBuffer>} kept
 * @param {[start: number, end: number][]} runs
 * @param {number} length
 */
function spread(kept, runs, length) {
  const image = new Uint8Array(length);
  let at = 0;
  for (const [start, end] of runs) {
    image.set(kept.subarray(at, at + end - start), start);
    at += end - start;
  }
  return image;
}

/** Is there room for a snapshot? */
export async function isRoom() {
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return quota - usage > ROOM_BYTES;
}

/**
 * A cache wants an address; nothing is ever asked for there.
 *
 * @param {string} key
 */
function address(key) {
  return new URL(`/python-snapshot-${key}`, self.location.origin).href;
}

/**
 * Sum up bytes so that a lost, altered or moved word changes the result. It guards against accidents, not against
 * intent: who can write into this site's storage can run code on it anyway.
 *
 * @param {Uint8Array<ArrayBuffer>} image
 * @returns {string}
 */
export function sumOf(image) {
  const words = new Uint32Array(image.buffer, image.byteOffset, image.length >> 2);
  let sum = image.length | 0;
  let sumOfSums = 0;
  for (let index = 0; index < words.length; index++) {
    sum = (sum + words[index]) | 0;
    sumOfSums = (sumOfSums + sum) | 0;
  }
  return `${sum >>> 0}-${sumOfSums >>> 0}`;
}
