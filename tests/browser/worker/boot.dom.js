/** Starting Python: `boot.js` and `pyodide.js`, with a stand-in for Pyodide. */

import { boot, breathe, keep } from "../../../widgets/browser/worker/boot.js";
import { ASSETS } from "../../../widgets/browser/page/site.js";
import { asked, equal, holds, serve, test } from "../shared/in_document.mjs";
import { called, files, starts } from "./pyodide.mjs";

const FILES = ["pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "fine_tuning_llms.whl"].map((name) => ({ name, file: `${name}.gz` }));
const PROGRAM = "\0asm\u0001\0\0\0";

/** A ZIP archive of texts, as the build writes wheels: stored, not compressed. */
function archive(texts) {
  const bytes = [];
  const number = (value, size) => Array.from({ length: size }, (_, at) => (value >> (8 * at)) & 255);
  for (const [path, text] of Object.entries(texts)) {
    bytes.push(...number(0x04034b50, 4), ...number(0, 14), ...number(text.length, 4), ...number(text.length, 4));
    bytes.push(...number(path.length, 2), ...number(0, 2), ...[...path, ...text].map((letter) => letter.charCodeAt(0)));
  }
  return String.fromCharCode(...bytes);
}

/** Put Python's files on the site, those of other contents in their place; null leaves a file out. */
async function site(other = {}) {
  const wheel = archive({ "widgets/core/html.py": "x = 1", "fine_tuning_llms.dist-info/RECORD": "list" });
  const texts = { "pyodide.asm.wasm": PROGRAM, "python_stdlib.zip": "library", "pyodide-lock.json": '{"packages":{}}', "fine_tuning_llms.whl": wheel };
  for (const [name, text] of Object.entries({ ...texts, ...other })) if (text !== null) await serve(`${name}.gz`, text);
}

const start = (received = () => {}, listed = FILES) =>
  boot({ kind: "boot", id: 1, base: ASSETS.href, files: listed, snapshot: "k", mayRestore: true }, received, () => {});
const failure = (starting) => starting.then(() => "started", String);

test("Python starts from the listed files, each asked for once under the name that the site gives it", async () => {
  await site();
  let bytes = 0;
  const bridge = await start((more) => (bytes += more));
  equal([bridge.name, bridge.packages, bridge.library], ["widgets.browser.bridge", { packages: {} }, "library"]);
  equal((await asked()).sort(), FILES.map(({ file }) => file).sort());
  equal(bytes > PROGRAM.length + "library".length, true);
  equal([starts.length, starts[0].env.FT_KEPT, called], [1, "/kept", []]);
});

test("the course's package lies in Python's files, without the note that would keep a snapshot from being made", async () => {
  await site();
  await start();
  equal(Object.fromEntries(files), { "/site/widgets/core": "", "/site/widgets/core/html.py": "x = 1" });
});

test("a file that does not come ends the start and is named, whichever it is", async () => {
  for (const name of FILES.map((file) => file.name)) {
    await site();
    await serve(`${name}.gz`);
    holds(await failure(start()), `404 for ${ASSETS}${name}.gz`);
  }
});

test("garbage in place of the program, or of the list of packages, ends the start", async () => {
  await site({ "pyodide.asm.wasm": "garbage" });
  holds(await failure(start()), "CompileError");
  await site({ "pyodide-lock.json": "garbage" });
  holds(await failure(start()), "SyntaxError");
});

test("a list without the program, or without the list of packages, is refused", async () => {
  await site();
  holds(await failure(start(() => {}, FILES.slice(1))), "pyodide.asm.wasm is not among the files");
  holds(await failure(start(() => {}, FILES.filter(({ name }) => name !== "pyodide-lock.json"))), "pyodide-lock.json is not among the files");
});

test("a breath lets in the messages that wait", async () => {
  const order = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => order.push("message");
  port2.postMessage(0);
  await breathe(0);
  order.push("breath");
  equal(order, ["message", "breath"]);
});

test("where no model was kept nothing is said to be lost", async () => {
  equal(await keep(), true);
});
