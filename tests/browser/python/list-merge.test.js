import assert from "node:assert/strict";
import { test } from "node:test";
import { merged } from "../../../widgets/browser/python/list-merge.js";

test("what no other tab has touched becomes what this tab made of it", () => {
  assert.equal(merged("a", "a", "a,b", 6), "a,b");
  assert.equal(merged("a", "a", "", 6), "");
});

test("what two tabs have added is kept from both", () => {
  assert.equal(merged("a", "a,b", "a,c", 6), "a,b,c");
  assert.equal(merged("", "b", "c", 6), "b,c");
  assert.equal(merged('[{"n":1}]', '[{"n":1},{"n":2}]', '[{"n":1},{"n":3}]', 6), '[{"n":1},{"n":2},{"n":3}]');
  assert.equal(merged("", '[{"n":2}]', '[{"n":3}]', 6), '[{"n":2},{"n":3}]');
});

test("what the other tab has deleted does not come back", () => {
  assert.equal(merged("a,b", "", "a,b,c", 6), "c");
});

test("of too many items the newest stay", () => {
  assert.equal(merged("a,b", "a,b,c", "a,b,d", 3), "b,c,d");
});

test("a list that was altered by hand is no reason to lose the new item", () => {
  assert.equal(merged("", "[oops", '[{"n":3}]', 6), '[{"n":3}]');
});
