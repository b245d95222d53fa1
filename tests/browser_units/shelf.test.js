/** Where the browser has no private files, what was trained lasts as long as the tab, and that is known. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Shelf } from "../../widgets/browser/shelf.js";

/** Python's folder, as far as a shelf looks at it. */
function makeFiles(...names) {
  return {
    mkdirTree() {},
    readdir: () => [".", "..", ...names],
    stat: () => ({ mtime: new Date(0), size: 1 }),
    readFile: () => new Uint8Array(1),
    writeFile() {},
  };
}

test("without private files nothing is lost as long as nothing was trained", async () => {
  const shelf = await Shelf.open("http://localhost/assets/course/");
  await shelf.fill(makeFiles(), "/kept");
  assert.equal(await shelf.update(), true);
});

test("without private files a trained model lasts only as long as the tab", async () => {
  const shelf = await Shelf.open("http://localhost/assets/course/");
  await shelf.fill(makeFiles("sft-lab.bin"), "/kept");
  assert.equal(await shelf.update(), false);
});

test("a model that cannot be written lasts only as long as the tab", async (context) => {
  context.mock.method(console, "warn", () => {});
  const full = { getDirectoryHandle: async () => { throw new DOMException("full", "QuotaExceededError"); } };
  const shelf = new Shelf(full, "ft");
  await shelf.fill(makeFiles("sft-lab.bin"), "/kept");
  assert.equal(await shelf.update(), false);
});
