/** Stands in for Pyodide: does with what it is given what the course relies on, and notes it. */

/** @type {object[]} the options of each start */
export const starts = [];
/** @type {Map<string, string>} the files that were written into Python */
export const files = new Map();
/** @type {string[]} what was called on the bridge */
export const called = [];

const system = {
  mkdirTree: (path) => files.set(path, ""),
  writeFile: (path, data) => files.set(path, new TextDecoder().decode(data)),
};
const bridge = { wake: () => called.push("wake"), prepare: () => called.push("prepare") };

export async function loadPyodide(options) {
  starts.push(options);
  const packages = await options.lockFileContents;
  // Pyodide asks for its library by address, and for its program as a stream.
  const library = await (await fetch(`${options.indexURL}python_stdlib.zip`)).text();
  await WebAssembly.instantiateStreaming(fetch(`${options.indexURL}pyodide.asm.wasm`), {});
  await options.fsInit(system, { sitePackages: "/site" });
  return { FS: { mkdirTree() {} }, packages, library, pyimport: (name) => ({ ...bridge, name, packages, library }) };
}

export default function createPyodideModule() {}
