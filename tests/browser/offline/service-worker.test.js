/** What the service worker answers from the saved copy, and what it leaves to the server. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const SITE = "https://host.example/course/";
const listeners = new Map();
let saved;
globalThis.self = { registration: { scope: SITE }, addEventListener: (name, listener) => listeners.set(name, listener) };
globalThis.caches = {
  match: async (address) => {
    if (saved instanceof Error) throw saved;
    return saved[address] === undefined ? undefined : new Response(saved[address]);
  },
};
await import("../../../widgets/browser/offline/service-worker.js");

beforeEach(() => {
  const hashes = { "index.html": "a", "404.html": "b" };
  saved = { [`${SITE}saved/index`]: JSON.stringify({ hashes }), [`${SITE}saved/a`]: "saved", [`${SITE}saved/b`]: "not here" };
  globalThis.fetch = async () => new Response("from the server");
});

/** Ask for an address; gives the answer, or undefined if the browser is left to ask by itself. */
async function ask(url, { method = "GET", headers = {}, mode = "no-cors" } = {}) {
  let answer;
  const request = { url, method, headers: new Headers(headers), mode };
  listeners.get("fetch")({ request, respondWith: (given) => (answer = given) });
  return answer;
}

test("what is in the copy comes from there, with or without a network", async () => {
  globalThis.fetch = async () => assert.fail("the server was asked");
  assert.equal(await (await ask(SITE)).text(), "saved");
});

test("what is not in the copy comes from the server", async () => {
  assert.equal(await (await ask(`${SITE}new.html`)).text(), "from the server");
});

test("other sites, posts, and those who ask past the copy are left to the browser", async () => {
  assert.equal(await ask("https://host.example/another/"), undefined);
  assert.equal(await ask(SITE, { method: "POST" }), undefined);
  assert.equal(await ask(SITE, { headers: { "ft-past-the-copy": "1" } }), undefined);
});

test("without a network a page that the copy lacks is answered with the site's own page for that, a file is not", async () => {
  globalThis.fetch = async () => {
    throw new TypeError("no network");
  };
  const answer = await ask(`${SITE}new.html`, { mode: "navigate" });
  assert.deepEqual([answer.status, await answer.text()], [404, "not here"]);
  await assert.rejects(ask(`${SITE}new.png`), /no network/);
});

test("a copy that cannot be read is as good as none", async () => {
  saved = new Error("broken");
  assert.equal(await (await ask(SITE)).text(), "from the server");
});
