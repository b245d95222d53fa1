/** The saved copy: which content answers for which address. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { OfflineCopy } from "../../../widgets/browser/offline/offline-copy.js";

const copy = new OfflineCopy(new URL("https://host.example/course/"));

/** A cache that holds texts by address. */
function hold(entries) {
  const asked = [];
  globalThis.caches = {
    match: async (address, { cacheName }) => {
      asked.push(cacheName);
      return entries[address] === undefined ? undefined : new Response(entries[address]);
    },
  };
  return asked;
}

test("a folder is its index page, a letter written as % is itself, and what stands behind ? counts nothing", () => {
  const base = "https://host.example/course/";
  assert.equal(copy.path(base), "index.html");
  assert.equal(copy.path(`${base}lessons/`), "lessons/index.html");
  assert.equal(copy.path(`${base}lessons/lora.html?lora-rank.rank=16#traps`), "lessons/lora.html");
  assert.equal(copy.path(`${base}caf%C3%A9.html`), "café.html");
});

test("a file is found by the hash that the index gives it, in the cache that bears the site's path", async () => {
  const asked = hold({
    "https://host.example/course/saved/index": JSON.stringify({ version: "1", hashes: { "index.html": "abc" } }),
    "https://host.example/course/saved/abc": "<h1>Home</h1>",
    "https://host.example/course/saved/def": "of another version",
  });
  assert.equal(await (await copy.find("https://host.example/course/?x=1")).text(), "<h1>Home</h1>");
  assert.equal(await copy.find("https://host.example/course/other.html"), undefined);
  assert.deepEqual([...new Set(asked)], ["ft|/course/|offline"]);
});

test("without an index nothing is taken from what has arrived so far", async () => {
  hold({ "https://host.example/course/saved/abc": "half a copy" });
  assert.equal(await copy.index(), undefined);
  assert.equal(await copy.find("https://host.example/course/index.html"), undefined);
});
