/** Which parts are open, that is, have no prepared answer and none of Python's for the present texts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Parts } from "../../../widgets/browser/page/parts.js";

const element = () => ({ toggleAttribute() {}, setAttribute() {}, removeAttribute() {} });

function makeParts(specs) {
  const elements = new Map(specs.map(({ name }) => [`[data-part="${name}"]`, element()]));
  const widget = { querySelector: (selector) => elements.get(selector) ?? null, querySelectorAll: () => [] };
  return new Parts(widget, specs);
}

const FIGURES = { name: "figures", on: ["rank", "model"], defaults: { rank: "8", model: "m" }, cold: [["", -1, "<p>8</p>"]] };
const NOTE = { name: "note", on: ["model"], defaults: { model: "m" }, cold: [["", -1, "m"], ["model=n", -1, "n"]] };
const SUM = { name: "score", on: ["sum:points"], defaults: { "sum:points": "0" }, cold: [["", -1, "0"]] };

test("at first every part shows the default's answer, and only parts that depend on a change are open", () => {
  const parts = makeParts([FIGURES, NOTE]);
  assert.deepEqual(parts.unanswered({ rank: "8", model: "m" }), []);
  assert.deepEqual(parts.unanswered({ rank: "13", model: "m" }), ["figures"]);
  assert.deepEqual(parts.unanswered({ rank: "13", model: "o" }), ["figures", "note"]);
});

test("a sum is open when a part is from which it may be taken, and comes last", () => {
  const parts = makeParts([SUM, FIGURES]);
  assert.deepEqual(parts.unanswered({ rank: "8", model: "m" }), []);
  assert.deepEqual(parts.unanswered({ rank: "13", model: "m" }), ["figures", "score"]);
});

test("a part stays open through later changes until it has its answer", () => {
  const parts = makeParts([FIGURES, { ...NOTE, cold: NOTE.cold.slice(0, 1) }]);
  parts.show({ rank: "13", model: "m" });
  assert.equal(parts.areWaiting, true);
  assert.deepEqual(parts.unanswered({ rank: "13", model: "n" }), ["figures", "note"]);
});

test("a text with half a surrogate pair has no key, and its part is open", () => {
  assert.deepEqual(makeParts([NOTE]).unanswered({ model: "\ud800" }), ["note"]);
});

test("the fields of a prepared answer are known to be right, those of others are not", () => {
  const parts = makeParts([FIGURES, NOTE]);
  assert.deepEqual([...parts.preparedFields({ rank: "13", model: "n" })], ["model"]);
  assert.deepEqual([...parts.preparedFields({ rank: "8", model: "m" })].sort(), ["model", "rank"]);
  assert.deepEqual([...parts.preparedFields({ rank: "13", model: "z" })], []);
});
