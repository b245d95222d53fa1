/**
 * Start Pyodide in the worker from the site's own gzipped files, all of them downloaded at once.
 *
 * Pyodide asks for its files by address and has no option for some of them, so the worker's `fetch` is wrapped: a file
 * of the list is answered with its decompressed bytes, whatever folder Pyodide puts before its name.
 *
 * @import {Bridge} from "./handler.js"
 * @import {BootRequest} from "./protocol.js"
 */

import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { Shelf } from "./shelf.js";
import { unpacked } from "./unpack.js";

/** Where Python finds the trained models of earlier visits, and puts new ones (`widgets/gallery/labs/kept.py`). */
const KEPT = "/kept";
/** @type {Shelf | undefined} */
let shelf;

/** @type {Record<string, string>} */
const TYPES = { wasm: "application/wasm", json: "application/json" };

/**
 * @param {BootRequest} request
 * @param {(bytes: number) => void} loading  called with the number of bytes just received
 * @returns {Promise<Bridge>}
 */
export async function boot({ base, files }, loading) {
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => (fail = reject));
  const load = self.fetch.bind(self);
  const arriving = new Map(
    files.map(({ name, file }) => [name, get(load, new URL(file, base).href, loading)]),
  );
  for (const response of arriving.values()) response.catch(fail);
  self.fetch = (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const name = address.slice(address.lastIndexOf("/") + 1);
    const response = arriving.get(name);
    if (!response) return load(input, init);
    arriving.delete(name);
    return response;
  };
  // Pyodide only logs it when the instance cannot be made, and then waits for ever.
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (source, imports) => {
    try {
      return await instantiate(source, imports);
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  return Promise.race([failure, start(base)]);
}

/**
 * @param {string} base
 * @returns {Promise<Bridge>}
 */
async function start(base) {
  const lock = fetch(`${base}pyodide-lock.json`).then((response) => response.json());
  const opened = Shelf.open(base);
  const python = await loadPyodide({
    env: { HOME: "/home/pyodide", FT_KEPT: KEPT },
    indexURL: base,
    packageBaseUrl: base,
    lockFileContents: lock,
    createPyodideModule,
    stdout: (line) => console.log(line),
    stderr: (line) => console.warn(line),
  });
  await python.loadPackage("fine-tuning-llms", { messageCallback: () => {} });
  shelf = await opened;
  await shelf?.fill(python.FS, KEPT);
  return /** @type {Bridge} */ (/** @type {unknown} */ (python.pyimport("widgets.browser.bridge")));
}

/**
 * @param {typeof fetch} load
 * @param {string} address
 * @param {(bytes: number) => void} loading
 */
async function get(load, address, loading) {
  const response = await load(address);
  if (!response.ok || !response.body) throw new Error(`${response.status} for ${address}`);
  const ending = /\.(\w+)(\.gz)?$/.exec(address)?.[1] ?? "";
  return new Response(await unpacked(response.body, loading), {
    headers: { "content-type": TYPES[ending] ?? "application/octet-stream" },
  });
}

/**
 * Put what has changed in the folder of trained models on the device.
 *
 * @returns {Promise<boolean>}  false if a model lasts only as long as the tab
 */
export async function keep() {
  return shelf ? shelf.update() : true;
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
