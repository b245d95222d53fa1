/** Saving the site: what arrives is checked, what is here is not loaded again, the index comes last. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";

/** The module takes the site to be two folders above its own. */
const SITE = new URL("../../../widgets/", import.meta.url);
const hash = (data) => createHash("sha256").update(data).digest("hex");
/** What the server gives: path → text; a list: one for each time; a number: a refusal. */
let served;
/** Requests for files: path and the mode of the browser's own cache. */
let requests;
/** What is kept: the last piece of the address → text, in the order in which it came. */
let kept;
let isLocked;

class FakeCache {
  async keys() {
    return [...kept.keys()].map((name) => ({ url: `${SITE}saved/${name}` }));
  }
  async put(address, response) {
    kept.set(address.slice(address.lastIndexOf("/") + 1), await response.text());
  }
  async delete(address) {
    return kept.delete(address.slice(address.lastIndexOf("/") + 1));
  }
}

globalThis.fetch = async (address, { cache, signal }) => {
  signal.throwIfAborted();
  const path = address.href.slice(SITE.href.length);
  requests.push([path, cache]);
  const found = Array.isArray(served[path]) ? served[path].shift() : served[path];
  if (found instanceof Error) throw found;
  return typeof found === "number" || found === undefined ? new Response("", { status: found ?? 404 }) : new Response(found);
};
globalThis.caches = {
  has: async () => true,
  open: async () => new FakeCache(),
  delete: async () => kept.clear(),
  match: async (address) => (kept.has("index") && address.endsWith("/index") ? new Response(kept.get("index")) : undefined),
};
const storage = { estimate: async () => ({ quota: 1e9, usage: 0 }), persist: async () => true };
const registered = [];
const serviceWorker = {
  ready: Promise.resolve(),
  register: async (script, options) => void registered.push([script.href, options.scope]),
  getRegistrations: async () => [],
};
const locks = { request: async (name, options, act) => act(isLocked ? null : {}) };
Object.defineProperty(globalThis, "navigator", { value: { onLine: true, storage, serviceWorker, locks } });
globalThis.isSecureContext = true;

const { available, missing, obstacle, remove, save, saved } = await import("../../../widgets/browser/offline/download.js");

const listed = (texts) => Object.entries(texts).map(([path, text]) => ({ path, bytes: text.length, sha256: hash(text) }));
const list = (version, texts) => JSON.stringify({ version, release: "1.0", bytes: 9, files: listed(texts) });
const FILES = { "index.html": "home", "lora.html": "a lesson", "copy.html": "home" };
const run = (progress = () => {}) => save(progress, new AbortController().signal);
const loaded = () => requests.map(([path]) => path).filter((path) => path !== "offline.json");

beforeEach(() => {
  served = { ...FILES, "offline.json": list("v1", FILES) };
  requests = [];
  kept = new Map();
  isLocked = false;
  navigator.onLine = true;
  globalThis.isSecureContext = true;
  storage.estimate = async () => ({ quota: 1e9, usage: 0 });
});

test("every content is loaded once, small ones first, and the index that makes the copy complete comes last", async () => {
  const told = [];
  assert.equal(await run((...bytes) => told.push(bytes)), true);
  assert.deepEqual(loaded(), ["copy.html", "lora.html"]);
  assert.equal([...kept.keys()].at(-1), "index");
  assert.deepEqual((await saved()).hashes, Object.fromEntries(listed(FILES).map(({ path, sha256 }) => [path, sha256])));
  assert.deepEqual([told[0], told.at(-1)], [[0, 12], [12, 12]]);
});

test("a file that is not the listed one is asked for past the browser's cache, and then refused", async () => {
  served["lora.html"] = ["an old lesson", "a lesson"];
  await run();
  assert.deepEqual(requests.filter(([path]) => path === "lora.html"), [["lora.html", "default"], ["lora.html", "reload"]]);
  kept.clear();
  served["lora.html"] = "an attack";
  await assert.rejects(run(), { name: "Trouble", message: "The file lora.html did not arrive as it was published." });
  assert.deepEqual([kept.has("index"), kept.has(hash("an attack"))], [false, false]);
});

test("a gzipped file that the browser has unpacked is known by its content", async () => {
  const [text, packed] = ["wheel", gzipSync("wheel")];
  const file = { path: "w.whl.gz", bytes: packed.length, sha256: hash(packed), unpacked: hash(text) };
  served = { "w.whl.gz": text, "offline.json": JSON.stringify({ version: "v1", release: "1", bytes: 1, files: [file] }) };
  assert.equal(await run(), true);
  assert.equal(kept.get(hash(packed)), text);
});

test("an update loads what is new and deletes what nothing uses any more", async () => {
  await run();
  requests = [];
  served = { ...served, "lora.html": "a newer lesson", "offline.json": list("v2", { ...FILES, "lora.html": "a newer lesson" }) };
  const { bytes, total } = await missing(await available());
  assert.deepEqual([bytes, total], [14, 18]);
  await run();
  assert.deepEqual(loaded(), ["lora.html"]);
  assert.deepEqual([...kept.keys()].sort(), [hash("home"), hash("a newer lesson"), "index"].sort());
  assert.equal((await saved()).version, "v2");
});

test("a site that is published anew while it is being saved is saved in its new version", async () => {
  served["offline.json"] = [list("v1", { ...FILES, "gone.html": "old" }), list("v2", FILES), list("v2", FILES)];
  assert.equal(await run(), true);
  assert.equal((await saved()).version, "v2");
});

test("a download that breaks off leaves no index, keeps what has arrived and goes on there", async () => {
  served["lora.html"] = new TypeError("network");
  await assert.rejects(run(), { name: "Trouble", message: "There is no connection to the server now." });
  assert.deepEqual([...kept.keys()], [hash("home")]);
  requests = [];
  served["lora.html"] = "a lesson";
  await run();
  assert.deepEqual(loaded(), ["lora.html"]);
});

test("one that was stopped is no failure, and no copy", async () => {
  const stop = new AbortController();
  assert.equal(await save(() => stop.abort(), stop.signal), false);
  assert.equal(await saved(), undefined);
});

test("the list is asked for past every cache, and whatever is wrong with it is said", async () => {
  await available();
  assert.deepEqual(requests, [["offline.json", "no-store"]]);
  for (const [answer, words] of [
    [404, "This copy of the course was published without the list that saving needs."],
    [500, "The server answered 500 for offline.json."],
    ["<html>", "The server did not send the list of files."],
    ['{"version":"1","files":[{"path":"x"}]}', "The server did not send the list of files."],
  ]) {
    served["offline.json"] = answer;
    await assert.rejects(available(), { name: "Trouble", message: words });
  }
  navigator.onLine = false;
  await assert.rejects(available(), { message: "There is no connection to the server now." });
});

test("nothing is begun where another tab saves already, or where there is too little room", async () => {
  isLocked = true;
  await assert.rejects(run(), { message: "The course is being saved in another tab already." });
  isLocked = false;
  storage.estimate = async () => ({ quota: 100, usage: 95 });
  await assert.rejects(run(), { name: "Trouble" });
  assert.deepEqual(loaded(), []);
});

test("the service worker is registered for the site and nothing above it", async () => {
  await run();
  assert.deepEqual(registered.at(-1), [`${SITE}service-worker.js`, SITE.pathname]);
});

test("an address without https and a browser without storage are told from each other", async () => {
  assert.equal(await obstacle(), "");
  globalThis.isSecureContext = false;
  assert.match(await obstacle(), /begins with http, not https/);
  globalThis.isSecureContext = true;
  const { has } = caches;
  caches.has = async () => {
    throw new DOMException("private", "SecurityError");
  };
  assert.match(await obstacle(), /this private window, lets no page store itself/);
  caches.has = has;
});

test("removing takes everything that was saved", async () => {
  await run();
  await remove();
  assert.equal(kept.size, 0);
});
