/**
 * Start Pyodide from files that are at hand or on their way, stock or from a memory snapshot.
 *
 * Pyodide asks for its files by address and has no option for some of them, so the worker's `fetch` is wrapped: a file
 * of the list is answered from the list, whatever folder Pyodide puts before its name.
 *
 * @import {Bridge} from "./handler.js"
 * @import {PyodideAPI} from "pyodide"
 */

import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { storedFiles } from "./zip.js";

/** Where Python finds the trained models of earlier visits, and puts new ones (`widgets/gallery/labs/kept.py`). */
export const KEPT = "/kept";

export const PROGRAM = "pyodide.asm.wasm";
const LOCK = "pyodide-lock.json";

/**
 * @typedef {object} Parts  what Python is started from
 * @property {string} base  address of the folder from which the files come
 * @property {Map<string, Promise<ArrayBuffer>>} files  by the names under which Pyodide asks for them
 * @property {(imports: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>} instantiate
 * @property {(error: unknown) => void} fail  told what Pyodide only logs
 */

/**
 * Start Python with the course's package in place.
 *
 * @param {Parts} parts
 * @param {{_makeSnapshot?: boolean, _loadSnapshot?: Uint8Array}} [options]  Pyodide's
 * @returns {Promise<PyodideAPI>}
 */
export async function start({ base, files, instantiate, fail }, options = {}) {
  const load = self.fetch.bind(self);
  self.fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const name = address.slice(address.lastIndexOf("/") + 1);
    if (name === PROGRAM) return new Response();
    const bytes = files.get(name);
    return bytes ? new Response(await arrived(bytes)) : load(input, init);
  };
  WebAssembly.instantiateStreaming = async (_, imports = {}) => {
    try {
      return await instantiate(imports);
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  const lock = files.get(LOCK);
  if (!lock) throw new Error(`${LOCK} is not among the files`);
  const packages = lock.then((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
  packages.catch(fail);
  return loadPyodide({
    env: { HOME: "/home/pyodide", FT_KEPT: KEPT },
    indexURL: base,
    packageBaseUrl: base,
    lockFileContents: arrived(packages),
    createPyodideModule,
    stdout: (line) => console.log(line),
    stderr: (line) => console.warn(line),
    fsInit: async (system, { sitePackages }) => {
      try {
        await unpackWheel(files, system, sitePackages);
      } catch (error) {
        fail(error);
      }
    },
    ...options,
  });
}

/**
 * Wait for a file. One that does not come, or is no good, is told through `fail`, and then this worker ends; Pyodide,
 * told as well, would leave a rejected promise behind that nobody catches.
 *
 * @template T
 * @param {Promise<T>} file
 * @returns {Promise<T>}
 */
function arrived(file) {
  return file.catch(() => new Promise(() => {}));
}

/**
 * Write the course's package into Python's files, before Python starts. A snapshot holds no files, so this is done
 * after a restore, too. (Pyodide's own `loadPackage` would also load the kernels, which most readers never need, and
 * which must not be loaded before a snapshot is taken.)
 *
 * @param {Map<string, Promise<ArrayBuffer>>} files
 * @param {{mkdirTree: (path: string) => void, writeFile: (path: string, data: Uint8Array) => void}} system
 * @param {string} folder
 */
async function unpackWheel(files, system, folder) {
  for (const [name, bytes] of files) {
    if (!name.endsWith(".whl")) continue;
    for (const { path, data } of storedFiles(new Uint8Array(await bytes))) {
      // Pyodide would take note of a package that it finds described, and refuses to put such a note into a snapshot.
      if (path.includes(".dist-info/")) continue;
      system.mkdirTree(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`);
      system.writeFile(`${folder}/${path}`, data);
    }
  }
}

/**
 * @param {PyodideAPI} python
 * @returns {Bridge & {prepare: () => void, wake: () => void, destroy: () => void}}
 */
export function bridgeOf(python) {
  return python.pyimport("widgets.browser.bridge");
}
