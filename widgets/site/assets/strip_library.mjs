// Run widgets/site/assets/strip_library.py on an archive, in the Python that will import what is in it.
//
//   node strip_library.mjs PYODIDE_FOLDER PROGRAM.py ARCHIVE.zip RESULT.zip

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [folder, program, archive, result] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: folder });
python.FS.writeFile("/archive.zip", readFileSync(archive));
python.FS.mkdirTree("/program");
python.FS.writeFile("/program/strip_library.py", readFileSync(program));
python.runPython(`
import sys
sys.path.insert(0, "/program")
import strip_library
strip_library.strip_archive("/archive.zip", "/result.zip")
`);
writeFileSync(result, python.FS.readFile("/result.zip"));
