/** A widget that a theme has taken away without reload is told nothing more of Python, and holds nothing of the page. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.requestAnimationFrame = (act) => setTimeout(act);
globalThis.document = { hidden: false };
const { Conversation } = await import("../../../widgets/browser/python/conversation.js");

function makeHost() {
  const listeners = new Set();
  const client = {
    progress: { phase: "live", bytes: 1, total: 1 },
    boot: async () => {},
    render: async () => ({ echo: "x" }),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const element = { id: "w", isConnected: true, dataset: {} };
  const parts = { mark() {}, showProblems() {}, take() {}, areWaiting: false };
  const settings = { state: {}, notice: "", texts: () => ({}), forgetRefused() {} };
  const host = { element, parts, settings, say() {}, settle() {}, client: async () => client, offerInterrupted() {} };
  return { host, listeners };
}

test("a widget listens to Python once, and no more when it has left the page", async () => {
  const { host, listeners } = makeHost();
  const talk = new Conversation(host, "{}");
  await talk.ask(0);
  await talk.ask(0);
  assert.equal(listeners.size, 1);
  talk.cancel();
  assert.equal(listeners.size, 1, "it is still there");
  host.element.isConnected = false;
  talk.cancel();
  assert.equal(listeners.size, 0);
});

test("a widget that left before Python came does not begin to listen; one that came back does", async () => {
  const { host, listeners } = makeHost();
  host.element.isConnected = false;
  const talk = new Conversation(host, "{}");
  await talk.ask(0);
  assert.equal(listeners.size, 0);
  host.element.isConnected = true;
  await talk.ask(0);
  assert.equal(listeners.size, 1);
});
