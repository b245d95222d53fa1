import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../widgets/browser/address.js";

const FIELDS = [
  { name: "model", default: "a/b", stored: false, max: 8 },
  { name: "targets", default: "q", stored: false, max: 64 },
  { name: "votes", default: "", stored: true, max: 64 },
];

test("settings are read by widget and name", () => {
  assert.deepEqual(readAddress("?w.model=x%2Fy&other.targets=k", "w", FIELDS), { model: "x/y" });
});

test("a text that is too long, and a stored field, are not read from the address", () => {
  assert.deepEqual(readAddress("?w.model=123456789&w.votes=a", "w", FIELDS), {});
});

test("nonsense in the address is read as far as it can be", () => {
  assert.deepEqual(readAddress("?w.model=%E0%A4%A&&&=&w.targets=%", "w", FIELDS), {
    model: "\ufffd%A",
    targets: "%",
  });
});

test("only what differs from the default is written, and nothing of others is lost", () => {
  const state = { model: "a/b", targets: "q,v", votes: "a,b" };
  assert.equal(writeAddress("?h=lora&w.model=x", "w", FIELDS, state), "?h=lora&w.targets=q,v");
  assert.equal(writeAddress("?w.targets=k", "w", FIELDS, { ...state, targets: "q" }), "");
});

test("what is written is read back", () => {
  const state = { model: "a&b=c+d", targets: "é #?", votes: "" };
  const { model, targets } = state;
  assert.deepEqual(readAddress(writeAddress("", "w", FIELDS, state), "w", FIELDS), { model, targets });
});
