/** What was trained stays: a model on the device is replaced only by a whole one, and what is not stored is known. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ModelStore } from "../../../widgets/browser/worker/model-store.js";

/** Python's folder, as far as a store looks at it: file name → bytes. */
function makeFiles(models) {
  const contents = new Map(Object.entries(models));
  return {
    contents,
    mkdirTree() {},
    readdir: () => [".", "..", ...contents.keys()],
    stat: (path) => ({ mtime: new Date(0), size: contents.get(path.slice("/kept/".length)).length }),
    readFile: (path) => new Uint8Array(contents.get(path.slice("/kept/".length))),
    writeFile: (path, data) => contents.set(path.slice("/kept/".length), [...data]),
  };
}

const notFound = () => new DOMException("none", "NotFoundError");

/** A browser's private files, with room for so many bytes in all; `full` says what happens when they are used up. */
class FakeFolder {
  kind = "directory";
  folders = new Map();
  files = new Map();
  room = Infinity;
  full = "throws";
  clock = 0;
  async getDirectoryHandle(name, { create = false } = {}) {
    if (!this.folders.has(name)) {
      if (!create) throw notFound();
      this.folders.set(name, new FakeFolder());
    }
    return this.folders.get(name);
  }
  async getFileHandle(name, { create = false } = {}) {
    if (!this.files.has(name)) {
      if (!create) throw notFound();
      this.files.set(name, { bytes: [], lastModified: ++this.clock });
    }
    return this.#handle(name);
  }
  async removeEntry(name) {
    if (!this.files.delete(name)) throw notFound();
  }
  async *entries() {
    for (const name of this.files.keys()) yield [name, this.#handle(name)];
  }
  #handle(name) {
    const file = () => this.files.get(name) ?? assert.fail(`${name} is gone`);
    const used = () => [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    return {
      kind: "file",
      name,
      getFile: async () => {
        const { bytes, lastModified } = file();
        return { size: bytes.length, lastModified, arrayBuffer: async () => new Uint8Array(bytes).buffer };
      },
      createSyncAccessHandle: async () => ({
        truncate: (size) => (file().bytes.length = size),
        write: (data, { at }) => {
          assert.equal(at, 0);
          const fits = Math.max(0, Math.min(data.length, this.room - used()));
          if (fits < data.length && this.full === "throws") throw new DOMException("full", "QuotaExceededError");
          Object.assign(file(), { bytes: [...data.slice(0, fits)], lastModified: ++this.clock });
          return fits;
        },
        flush() {},
        close() {},
      }),
    };
  }
}

/** A store on some private files, with the model of an earlier visit in Python's folder. */
async function visit(root, files = makeFiles({})) {
  const store = new ModelStore(root, "ft");
  await store.fill(files, "/kept");
  return { store, files };
}

/** What the next visit finds. */
async function foundIn(root) {
  return Object.fromEntries((await visit(root)).files.contents);
}

test("without private files nothing is lost as long as nothing was trained", async () => {
  const store = await ModelStore.open("http://localhost/assets/course/");
  await store.fill(makeFiles({}), "/kept");
  assert.equal(await store.update(), true);
});

test("without private files a trained model lasts only as long as the tab", async () => {
  const store = await ModelStore.open("http://localhost/assets/course/");
  await store.fill(makeFiles({ "sft-lab.bin": [1] }), "/kept");
  assert.equal(await store.update(), false);
});

test("a model that cannot be written lasts only as long as the tab", async (context) => {
  context.mock.method(console, "warn", () => {});
  const full = { getDirectoryHandle: async () => { throw new DOMException("full", "QuotaExceededError"); } };
  const { store } = await visit(full, makeFiles({ "sft-lab.bin": [1] }));
  assert.equal(await store.update(), false);
});

test("each visit finds the model of the last run, and nothing else is left on the device", async () => {
  const root = new FakeFolder();
  for (const model of [[1], [2, 2], [3, 3, 3], [4]]) {
    const { store, files } = await visit(root);
    files.contents.set("sft-lab.bin", model);
    assert.equal(await store.update(), true);
    assert.deepEqual(await foundIn(root), { "sft-lab.bin": model });
    assert.equal((await root.getDirectoryHandle("ft")).files.size, 1);
  }
});

for (const full of ["throws", "writes less"]) {
  test(`full storage (it ${full}) leaves the model of before whole, and that is said`, async (context) => {
    context.mock.method(console, "warn", () => {});
    const root = new FakeFolder();
    const { store, files } = await visit(root, makeFiles({ "sft-lab.bin": [1, 1, 1] }));
    assert.equal(await store.update(), true);
    const folder = await root.getDirectoryHandle("ft");
    Object.assign(folder, { room: 5, full });
    files.contents.set("sft-lab.bin", [2, 2, 2, 2]);
    assert.equal(await store.update(), false);
    assert.deepEqual(await foundIn(root), { "sft-lab.bin": [1, 1, 1] });
    assert.equal(folder.files.size, 1, "what was begun takes no room");
    folder.room = Infinity;
    assert.equal(await store.update(), true, "the next run stores it");
    assert.deepEqual(await foundIn(root), { "sft-lab.bin": [2, 2, 2, 2] });
  });
}

test("a model of which a tab wrote half before it was closed is not taken for a whole one", async () => {
  const root = new FakeFolder();
  const { store, files } = await visit(root, makeFiles({ "sft-lab.bin": [1, 1, 1] }));
  await store.update();
  const folder = await root.getDirectoryHandle("ft");
  for (let turn = 2; turn < 5; turn++) {
    const [whole] = folder.files.keys();
    const half = whole.endsWith("~") ? whole.slice(0, -1) : `${whole}~`;
    (await (await folder.getFileHandle(half, { create: true })).createSyncAccessHandle()).write([9], { at: 0 });
    assert.deepEqual(await foundIn(root), { "sft-lab.bin": files.contents.get("sft-lab.bin") });
    files.contents.set("sft-lab.bin", Array(turn + 2).fill(turn));
    assert.equal(await store.update(), true);
    assert.deepEqual(await foundIn(root), { "sft-lab.bin": files.contents.get("sft-lab.bin") });
    assert.equal(folder.files.size, 1);
  }
});

test("a model that another tab has deleted already is no fault", async () => {
  const root = new FakeFolder();
  const { store, files } = await visit(root, makeFiles({ "sft-lab.bin": [1], "dpo-lab.bin": [2] }));
  await store.update();
  (await root.getDirectoryHandle("ft")).files.clear();
  files.contents.delete("sft-lab.bin");
  assert.equal(await store.update(), true);
  root.folders.clear();
  files.contents.delete("dpo-lab.bin");
  assert.equal(await store.update(), true);
});

test("a model that Python has deleted is deleted on the device", async () => {
  const root = new FakeFolder();
  const { store, files } = await visit(root, makeFiles({ "sft-lab.bin": [1] }));
  await store.update();
  files.contents.clear();
  assert.equal(await store.update(), true);
  assert.deepEqual(await foundIn(root), {});
});
