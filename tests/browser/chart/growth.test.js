import assert from "node:assert/strict";
import test from "node:test";

import { growth } from "../../../widgets/browser/chart/growth.js";

const LAYOUT = { xaxis: { range: [0, 10] } };
const line = (/** @type {number[]} */ y, name = "loss") => ({ name, x: y.map((_, place) => place), y });
const figure = (/** @type {object[]} */ ...data) => ({ data, layout: LAYOUT });

test("a line that has grown gives its new points only", () => {
  assert.deepEqual(growth(figure(line([3]), line([9, 8])), figure(line([3]), line([9, 8, 7]))), [{ at: 1, x: [2], y: [7] }]);
});

test("a figure that stayed the same has not grown", () => {
  assert.equal(growth(figure(line([3])), figure(line([3]))), undefined);
});

test("a changed point, option, layout or number of lines is more than growth", () => {
  const before = figure(line([3, 2]));
  assert.equal(growth(before, figure(line([3, 1, 1]))), undefined);
  assert.equal(growth(before, figure(line([3]))), undefined);
  assert.equal(growth(before, figure(line([3, 2, 1], "other"))), undefined);
  assert.equal(growth(before, figure(line([3, 2, 1]), line([1]))), undefined);
  assert.equal(growth(before, { data: [line([3, 2, 1])], layout: {} }), undefined);
});
