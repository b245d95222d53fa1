/** What a widget asks of Python, and what it says when that fails; one that left the page holds nothing of it. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.requestAnimationFrame = (act) => setTimeout(act);
globalThis.document = { hidden: false };
console.warn = () => {};
const { Conversation } = await import("../../../widgets/browser/python/conversation.js");
const { Trouble } = await import("../../../widgets/browser/shared/trouble.js");

/**
 * A widget with two parts, `a` and `b`, of which those in `open` have no prepared answer.
 *
 * @param {{open?: string[], unchecked?: boolean, render?: () => Promise<object>}} [options]
 */
function makeHost({ open = ["a", "b"], unchecked = false, render = async () => ({ a: "x", problems: "" }) } = {}) {
  const listeners = new Set();
  const asked = [];
  const said = [];
  const taken = [];
  let boots = 0;
  let isUnchecked = unchecked;
  const client = {
    progress: { phase: "live", bytes: 1, total: 1 },
    boot: async () => void boots++,
    render: async (self, texts, parts) => {
      asked.push(parts);
      return render();
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const element = { id: "w", isConnected: true, dataset: {} };
  const parts = {
    mark() {},
    showProblems: (html) => taken.push(html),
    take: () => (open = []),
    unanswered: () => open,
    preparedFields: () => new Set(),
    get areWaiting() {
      return open.length > 0;
    },
  };
  const state = {
    texts: {},
    notice: "",
    dependencyTexts: () => ({}),
    isUnchecked: () => isUnchecked,
    noteAnswered: () => (isUnchecked = false),
  };
  const say = (status, dataState) => said.push([status.text, dataState]);
  const host = { element, parts, state, say, settle: () => taken.push("settled"), client: async () => client, note: "note", failed: "" };
  return { host, listeners, asked, said, taken, boots: () => boots };
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

test("Python is asked only for the parts that have no prepared answer", async () => {
  const { host, asked, said } = makeHost({ open: ["b"] });
  await new Conversation(host, "{}").ask(0);
  assert.deepEqual(asked, [["b"]]);
  assert.deepEqual(said.at(-1), ["", "live"]);
});

test("where every part was prepared Python is started and asked for nothing, and old problems and their marks go", async () => {
  const { host, asked, said, taken, boots } = makeHost({ open: [] });
  await new Conversation(host, "{}").ask(0);
  assert.deepEqual(asked, []);
  assert.equal(boots(), 1);
  assert.deepEqual(said, [["", "live"]]);
  assert.deepEqual(taken, ["", "settled"]);
});

test("a text that no prepared answer knows is looked at by Python once, without working out a part", async () => {
  const { host, asked } = makeHost({ open: [], unchecked: true });
  const talk = new Conversation(host, "{}");
  await talk.ask(0);
  await talk.ask(0);
  assert.deepEqual(asked, [[]]);
});

const REST = "What you entered is kept; the rest of the page works without Python.";
for (const [error, words] of [
  [new Trouble("Python did not answer in time."), "Python did not answer in time."],
  [new RangeError("Invalid array length"), "Something went wrong on this page."],
  [new TypeError("x is not a function"), "Something went wrong on this page."],
  [new DOMException("The operation was aborted.", "AbortError"), "Something went wrong on this page."],
]) {
  test(`of a ${error.name} the reader is told: ${words}`, async () => {
    const render = async () => {
      throw error;
    };
    const { host, said } = makeHost({ render });
    await new Conversation(host, "{}").ask(0);
    assert.deepEqual(said.at(-1), [`${words} ${REST}`, "error"]);
  });
}
