// Run a Python program in Pyodide under Node, with the engine and one of its WebAssembly side modules.
// node run_in_pyodide.mjs PROGRAM.py ROOT MODULE.so
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [program, root, module] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.join(root, "node_modules/pyodide/pyodide.mjs")).href);
const pyodide = await loadPyodide();
for (const folder of ["widgets", "widgets/core", "widgets/engine", "widgets/engine/architectures"]) {
  pyodide.FS.mkdirTree(`/course/${folder}`);
  for (const name of fs.readdirSync(path.join(root, folder)).filter((name) => name.endsWith(".py"))) {
    pyodide.FS.writeFile(`/course/${folder}/${name}`, fs.readFileSync(path.join(root, folder, name)));
  }
}
pyodide.FS.writeFile("/course/widgets/engine/engine.so", fs.readFileSync(module));
pyodide.runPython("import sys; sys.path.insert(0, '/course')");
pyodide.runPython(fs.readFileSync(program, "utf8"));
