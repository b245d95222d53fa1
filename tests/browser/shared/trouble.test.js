import assert from "node:assert/strict";
import { test } from "node:test";
import { Trouble, wordsFor } from "../../../widgets/browser/shared/trouble.js";

console.warn = () => {};

test("only the text of a Trouble, of this bundle or another one, is for readers", () => {
  const { Trouble: Other } = { Trouble: class extends Error { name = "Trouble"; } };
  assert.equal(wordsFor(new Trouble("No network."), "Plain."), "No network.");
  assert.equal(wordsFor(new Other("No room."), "Plain."), "No room.");
  const hidden = [new RangeError("bad length"), new TypeError("x is undefined"), new DOMException("no", "QuotaExceededError"), new Error("e"), "text", null];
  for (const error of hidden) assert.equal(wordsFor(error, "Plain."), "Plain.");
});

test("errors that extend a Trouble are for readers, too", () => {
  class Refusal extends Trouble {}
  assert.equal(wordsFor(new Refusal("404"), "Plain."), "404");
});
