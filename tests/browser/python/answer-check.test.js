/** Which messages of the worker are taken for answers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isAnswer } from "../../../widgets/browser/python/answer-check.js";

const RIGHT = [
  { kind: "done", id: 1 },
  { kind: "restoring", id: 1 },
  { kind: "loading", id: 1, bytes: 5 },
  { kind: "parts", id: 1, parts: { figure: "<p>8</p>" } },
  { kind: "step", id: 1, parts: {}, done: 1, total: 9, text: "" },
  { kind: "step", id: 1, parts: {}, done: 1, total: 9, text: "", fields: { runs: "x" } },
  { kind: "finished", id: 1, cancelled: false, isKept: true },
  { kind: "failed", id: 1, problem: "no" },
];

test("an answer of each kind that holds what it must is one", () => {
  for (const answer of RIGHT) assert.equal(isAnswer(answer), true, JSON.stringify(answer));
});

test("an answer that lacks any of it is none", () => {
  for (const answer of RIGHT) {
    for (const name of Object.keys(answer)) {
      const { [name]: _, ...rest } = answer;
      assert.equal(isAnswer(rest), name === "fields", `${answer.kind} without ${name}`);
    }
  }
});

test("numbers that are none, texts that are none, unknown kinds and no objects are refused", () => {
  for (const said of [
    null,
    "done",
    { kind: "done", id: 1.5 },
    { kind: "toString", id: 1 },
    { kind: "loading", id: 1, bytes: Number.NaN },
    { kind: "step", id: 1, parts: {}, done: Number.POSITIVE_INFINITY, total: 9, text: "" },
    { kind: "step", id: 1, parts: {}, done: 1, total: 9, text: "", fields: { runs: 1 } },
    { kind: "parts", id: 1, parts: { figure: null } },
    { kind: "finished", id: 1, cancelled: "no", isKept: true },
  ]) {
    assert.equal(isAnswer(said), false, JSON.stringify(said));
  }
});
