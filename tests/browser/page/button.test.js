import assert from "node:assert/strict";
import { test } from "node:test";
import { afterButton } from "../../../widgets/browser/page/button.js";

const FIELDS = ["answer", "attempt", "votes"].map((name) => ({ name, default: "", stored: true, max: 12 }));
const STATE = { answer: "", attempt: "0", votes: "" };
const typed = () => "b";

test("commit takes over what the controls hold", () => {
  assert.equal(afterButton({ commit: "answer" }, FIELDS, STATE, typed).state.answer, "b");
});

test("a field without a control keeps its text at a commit", () => {
  const { state } = afterButton({ commit: "answer" }, FIELDS, { ...STATE, answer: "a" }, () => undefined);
  assert.equal(state.answer, "a");
});

test("set decodes its texts", () => {
  const { state } = afterButton({ set: "attempt=1&answer=a%26b%2Bc+d%3D" }, FIELDS, STATE, typed);
  assert.deepEqual(state, { ...STATE, attempt: "1", answer: "a&b+c+d=" });
});

test("append adds an item, drop takes the last one", () => {
  const once = afterButton({ append: "votes=p1:a" }, FIELDS, STATE, typed).state;
  const twice = afterButton({ append: "votes=p2:b" }, FIELDS, once, typed).state;
  assert.equal(twice.votes, "p1:a,p2:b");
  assert.equal(afterButton({ drop: "votes" }, FIELDS, twice, typed).state.votes, "p1:a");
  assert.equal(afterButton({ drop: "votes" }, FIELDS, once, typed).state.votes, "");
  assert.equal(afterButton({ drop: "votes" }, FIELDS, STATE, typed).state.votes, "");
});

test("a vote on a pair takes the place of an earlier one on the same pair", () => {
  const { state } = afterButton({ append: "votes=p1:b" }, FIELDS, { ...STATE, votes: "p1:a,p2:a" }, typed);
  assert.equal(state.votes, "p1:b,p2:a");
});

test("a text that grows too long is refused and the state stays", () => {
  const full = { ...STATE, votes: "p1:a,p2:b" };
  const { state, problem } = afterButton({ append: "votes=p3:a" }, FIELDS, full, typed);
  assert.deepEqual(state, full);
  assert.match(problem, /no room/);
});
