/**
 * Make a memory snapshot of Python for the next page or visit: Python freshly started, with the course's modules
 * imported and nothing of the reader in it.
 *
 * It is made while the reader does nothing, in a worker of its own, so that no answer waits for it. That worker gets
 * the compiled program and the files from the reader's worker: nothing is downloaded or compiled again.
 */

import { isRoom, keepSnapshot, openSnapshots } from "./memory-snapshot-store.js";
import { bridgeOf, start } from "./pyodide.js";

/** Milliseconds without a question after which the reader is taken to be reading. */
const IDLE_MS = 1500;

/**
 * @typedef {object} MakeRequest  from one worker to the other
 * @property {"make"} kind
 * @property {string} base
 * @property {string} snapshot  the key
 * @property {WebAssembly.Module} module
 * @property {[string, ArrayBuffer][]} files
 */

/** @type {MakeRequest | undefined} what a snapshot can be made from, until it is made */
let material;
/** @type {Worker | undefined} */
let worker;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * In the reader's worker: a snapshot is wanted, and this is what it can be made from.
 *
 * @param {MakeRequest} request
 */
export function offer(request) {
  material = request;
}

/** In the reader's worker: something is asked for. A snapshot under way is given up for a long run. */
export function busy(/** @type {boolean} */ isRun) {
  clearTimeout(timer);
  if (isRun) {
    worker?.terminate();
    worker = undefined;
  }
}

/** In the reader's worker: everything that was asked for is answered. */
export function idle() {
  clearTimeout(timer);
  if (!material || worker) return;
  timer = setTimeout(() => {
    // This very program again; it lies in a blob, like the reader's worker (see client.js).
    worker = new Worker(self.location.href, { type: "module", name: "snapshot" });
    worker.onmessage = finish;
    worker.onerror = finish;
    worker.postMessage(material);
  }, IDLE_MS);
}

/** Done, or it cannot be done here; the next start of Python tries again. */
function finish() {
  worker?.terminate();
  worker = undefined;
  material = undefined;
}

/**
 * In the second worker: make the snapshot and keep it, unless another tab is at it.
 *
 * @param {MakeRequest} request
 */
export async function make(request) {
  const cache = await openSnapshots(request.base);
  if (!cache || !(await isRoom())) return;
  const work = async (/** @type {unknown} */ lock) => {
    if (lock) await keepSnapshot(cache, request.snapshot, await imageOf(request));
  };
  await (navigator.locks ? navigator.locks.request("ft|python snapshot", { ifAvailable: true }, work) : work(true));
}

/**
 * @param {MakeRequest} request
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function imageOf({ base, module, files }) {
  const instantiate = async (/** @type {WebAssembly.Imports} */ imports) => ({
    module,
    instance: await WebAssembly.instantiate(module, imports),
  });
  const atHand = new Map(files.map(([name, bytes]) => [name, Promise.resolve(bytes)]));
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => (fail = reject));
  const started = start({ base, files: atHand, instantiate, fail }, { _makeSnapshot: true });
  const python = await Promise.race([failure, started]);
  const bridge = bridgeOf(python);
  bridge.prepare();
  bridge.destroy();
  return /** @type {Uint8Array<ArrayBuffer>} */ (python.makeMemorySnapshot());
}
