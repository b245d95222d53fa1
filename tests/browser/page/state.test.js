/** Which texts Python is to look at: those that neither a prepared answer nor an earlier look of Python's knows. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { search: "", pathname: "/", hash: "" };
globalThis.history = { replaceState() {} };
globalThis.CSS = { escape: (text) => text };
globalThis.localStorage = { getItem: () => null, setItem() {}, removeItem() {} };
const { WidgetState } = await import("../../../widgets/browser/page/state.js");

const FIELDS = [
  { name: "steps", default: "40", stored: false, max: 9 },
  { name: "votes", default: "", stored: true, max: 99 },
];
const NOTHING = new Set();

function makeState() {
  const problems = new Set();
  const widget = {
    id: "w",
    querySelectorAll: () => [],
    querySelector: (selector) => ([...problems].some((name) => selector === `[data-problem="${name}"]`) ? {} : null),
  };
  return { state: new WidgetState(widget, { fields: FIELDS, place: "w" }), problems };
}

test("defaults and prepared texts are known to be right; another text is looked at until Python has found it right", () => {
  const { state } = makeState();
  assert.equal(state.isUnchecked(NOTHING), false);
  state.put({ ...state.texts, steps: "80" });
  assert.equal(state.isUnchecked(NOTHING), true);
  assert.equal(state.isUnchecked(new Set(["steps"])), false);
  state.noteAnswered({ ...state.texts });
  assert.equal(state.isUnchecked(NOTHING), false);
  state.put({ ...state.texts, steps: "81" });
  assert.equal(state.isUnchecked(NOTHING), true);
});

test("a refused text is looked at again at each change; one that was stored gives way to the default", () => {
  const { state, problems } = makeState();
  state.put({ steps: "80", votes: "p1:x" });
  problems.add("votes");
  state.noteAnswered({ ...state.texts });
  assert.equal(state.texts.votes, "");
  assert.equal(state.isUnchecked(NOTHING), false);
  state.put({ steps: "80", votes: "p1:x" });
  assert.equal(state.isUnchecked(NOTHING), true);
});
