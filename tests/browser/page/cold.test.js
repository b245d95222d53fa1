import assert from "node:assert/strict";
import { test } from "node:test";
import { ColdAnswers, applyPatch, coldKey, tokens } from "../../../widgets/browser/page/cold.js";

test("markup splits into tags and texts and joins again", () => {
  const html = '<p>8 of <b title="a b">16</b></p>\n';
  assert.deepEqual(tokens(html), ["<p>", "8 of ", '<b title="a b">', "16", "</b>", "</p>", "\n"]);
  assert.equal(tokens(html).join(""), html);
  assert.deepEqual(tokens(""), []);
});

test("a patch replaces, inserts and removes tokens", () => {
  assert.deepEqual(applyPatch(["a", "b", "c"], [[1, 1, "x", "y"]]), ["a", "x", "y", "c"]);
  assert.deepEqual(applyPatch(["a", "b", "c"], [[0, 1], [3, 0, "d"]]), ["b", "c", "d"]);
  assert.deepEqual(applyPatch([], [[0, 0, "a"]]), ["a"]);
});

test("the key names only what differs from the default, in the part's order", () => {
  const part = { on: ["model", "rank"], defaults: { model: "m", rank: "8" } };
  assert.equal(coldKey(part, { rank: "16", model: "m", other: "x" }), "rank=16");
  assert.equal(coldKey(part, { rank: "8", model: "m" }), "");
  assert.equal(coldKey(part, { rank: "1", model: "a b/é" }), "model=a%20b%2F%C3%A9&rank=1");
});

test("half a surrogate pair has no key", () => {
  assert.equal(coldKey({ on: ["x"], defaults: { x: "" } }, { x: "\ud800" }), undefined);
});

test("an answer is put together from the patches under it", () => {
  const answers = new ColdAnswers([
    ["", -1, "<p>8</p>"],
    ["rank=16", 0, [[1, 1, "16"]]],
    ["rank=16&alpha=2", 1, [[3, 0, "<i>", "2", "</i>"]]],
  ]);
  assert.equal(answers.get("rank=16&alpha=2"), "<p>16</p><i>2</i>");
  assert.equal(answers.get("rank=16"), "<p>16</p>");
  assert.equal(answers.get(""), "<p>8</p>");
  assert.equal(answers.get("rank=32"), undefined);
  assert.equal(answers.get(undefined), undefined);
});
