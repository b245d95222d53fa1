/**
 * Start Python for the reader: from a memory snapshot where an earlier visit has left one, else stock. The site's
 * gzipped files are all downloaded at once, and the program is compiled while it arrives.
 *
 * @import {Bridge} from "./handler.js"
 * @import {BootRequest} from "../shared/protocol.js"
 */

import { offer } from "./memory-snapshot-maker.js";
import { ModelStore } from "./model-store.js";
import { findSnapshot, openSnapshots } from "./memory-snapshot-store.js";
import { KEPT, PROGRAM, bridgeOf, start } from "./pyodide.js";
import { unpacked } from "../shared/unpack.js";

/** @type {ModelStore | undefined} */
let models;

/**
 * @param {BootRequest} request
 * @param {(bytes: number) => void} loading  called with the number of bytes just received
 * @param {() => void} restoring  called when Python is about to be started from a snapshot
 * @returns {Promise<Bridge>}
 */
export async function boot({ base, files, snapshot, mayRestore }, loading, restoring) {
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => (fail = reject));
  failure.catch(() => {});
  const load = self.fetch.bind(self);
  /** @type {Map<string, Promise<ArrayBuffer>>} */
  const arriving = new Map();
  /** @type {Promise<Response> | undefined} */
  let program;
  for (const { name, file } of files) {
    const response = get(load, new URL(file, base).href, loading);
    if (name === PROGRAM) program = response;
    const bytes = response.then((arrived) => (name === PROGRAM ? new ArrayBuffer(0) : arrived.arrayBuffer()));
    bytes.catch(fail);
    if (name !== PROGRAM) arriving.set(name, bytes);
  }
  // Compiling takes longest, so it does not wait for the snapshot.
  const compiled = WebAssembly.compileStreaming(program ?? Promise.reject(new Error(`${PROGRAM} is not among the files`)));
  compiled.catch(fail);
  const opened = ModelStore.open(base);
  const cache = await openSnapshots(base);
  const image = cache && mayRestore ? await findSnapshot(cache, snapshot) : undefined;
  if (image) restoring();
  const instantiate = async (/** @type {WebAssembly.Imports} */ imports) => {
    const module = await compiled;
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  const started = start({ base, files: arriving, instantiate, fail }, image && { _loadSnapshot: image });
  const python = await Promise.race([failure, started]);
  const bridge = bridgeOf(python);
  if (image) bridge.wake();
  models = await opened;
  await models?.fill(python.FS, KEPT);
  if (cache && !image) {
    const module = await compiled;
    const bytes = await Promise.all([...arriving].map(async ([name, coming]) => [name, await coming]));
    offer({ kind: "make", base, snapshot, module, files: /** @type {[string, ArrayBuffer][]} */ (bytes) });
  }
  return bridge;
}

/**
 * @param {typeof fetch} load
 * @param {string} address
 * @param {(bytes: number) => void} loading
 */
async function get(load, address, loading) {
  const response = await load(address);
  if (!response.ok || !response.body) throw new Error(`${response.status} for ${address}`);
  const type = address.includes(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(await unpacked(response.body, loading), { headers: { "content-type": type } });
}

/**
 * Put what has changed in the folder of trained models on the device.
 *
 * @returns {Promise<boolean>}  false if a model lasts only as long as the tab
 */
export async function keep() {
  return models ? models.update() : true;
}

/**
 * Let the messages that wait come in. A message to oneself is faster than a timer, which is held back 4 ms.
 *
 * @param {number} milliseconds  how long to wait at least
 * @returns {Promise<void>}
 */
export function breathe(milliseconds) {
  if (milliseconds > 0) return new Promise((resolve) => setTimeout(resolve, milliseconds));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
