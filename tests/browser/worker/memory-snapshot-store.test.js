import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** A Cache Storage in memory. */
let stores;
const urlOf = (request) => (typeof request === "string" ? request : request.url);
class FakeCache {
  entries = new Map();
  async keys() {
    return [...this.entries.keys()].map((url) => ({ url }));
  }
  async match(request) {
    return this.entries.get(urlOf(request))?.clone();
  }
  async delete(request) {
    return this.entries.delete(urlOf(request));
  }
  async put(request, response) {
    this.entries.set(urlOf(request), response);
  }
}
globalThis.self = { location: { origin: "http://localhost" } };
console.info = () => {};
beforeEach(() => {
  stores = new Map();
  globalThis.caches = {
    open: async (name) => stores.get(name) ?? stores.set(name, new FakeCache()).get(name),
  };
});

const { findSnapshot, keepSnapshot, openSnapshots, sumOf, usedRuns } = await import("../../../widgets/browser/worker/memory-snapshot-store.js");
const BASE = "http://localhost/course/assets/course/";
const image = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) % 251);

test("what is kept is found again, in a cache that bears the site's path", async () => {
  const cache = await openSnapshots(BASE);
  await keepSnapshot(cache, "k1", image);
  assert.deepEqual(await findSnapshot(cache, "k1"), image);
  assert.deepEqual([...stores.keys()], ["ft|/course/|python"]);
});

test("empty pages of memory are not kept, and are there again when it is found", async () => {
  const memory = new Uint8Array(9 * 4096 + 8);
  memory[4095] = 1;
  memory.fill(7, 3 * 4096, 5 * 4096);
  memory[9 * 4096] = 2;
  assert.deepEqual(usedRuns(memory), [[0, 4096], [3 * 4096, 5 * 4096], [9 * 4096, 9 * 4096 + 8]]);
  const cache = await openSnapshots(BASE);
  await keepSnapshot(cache, "k", memory);
  const [{ url }] = await cache.keys();
  assert.equal((await (await cache.match(url)).arrayBuffer()).byteLength, 3 * 4096 + 8);
  assert.deepEqual(await findSnapshot(cache, "k"), memory);
  const nothing = new Uint8Array(4096);
  await keepSnapshot(cache, "k", nothing);
  assert.deepEqual(await findSnapshot(cache, "k"), nothing);
});

test("another key is not found, and what is kept under it deletes the earlier one", async () => {
  const cache = await openSnapshots(BASE);
  await keepSnapshot(cache, "k1", image);
  assert.equal(await findSnapshot(cache, "k2"), undefined);
  await keepSnapshot(cache, "k2", image);
  assert.equal(await findSnapshot(cache, "k1"), undefined);
  assert.equal((await cache.keys()).length, 1);
});

test("a snapshot that lost, changed or swapped bytes is not given", async () => {
  const cache = await openSnapshots(BASE);
  await keepSnapshot(cache, "k", image);
  const [{ url }] = await cache.keys();
  const { headers } = await cache.match(url);
  const flipped = image.slice();
  flipped[2000] ^= 1;
  const swapped = image.slice();
  swapped.set(image.subarray(4, 8), 0);
  swapped.set(image.subarray(0, 4), 4);
  for (const damaged of [flipped, swapped, image.subarray(0, 4092), new Uint8Array(0)]) {
    await cache.put(url, new Response(damaged, { headers }));
    assert.equal(await findSnapshot(cache, "k"), undefined);
  }
  await cache.put(url, new Response(image));
  assert.equal(await findSnapshot(cache, "k"), undefined, "one without a sum");
});

test("without Cache Storage, or where it refuses, there is none", async () => {
  caches.open = async () => {
    throw new DOMException("private", "SecurityError");
  };
  assert.equal(await openSnapshots(BASE), undefined);
  delete globalThis.caches;
  assert.equal(await openSnapshots(BASE), undefined);
});

test("a cache that breaks is as good as an empty one", async () => {
  const cache = await openSnapshots(BASE);
  cache.match = async () => {
    throw new DOMException("gone", "InvalidStateError");
  };
  assert.equal(await findSnapshot(cache, "k"), undefined);
});

test("the sum depends on the order of the words", () => {
  assert.notEqual(sumOf(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0)), sumOf(Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0)));
});
