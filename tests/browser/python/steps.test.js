import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { LatestStep } from "../../../widgets/browser/python/steps.js";

const step = (/** @type {number} */ done, /** @type {object} */ parts, /** @type {object} */ more = {}) => ({
  kind: /** @type {const} */ ("step"), id: 1, parts, done, total: 9, text: "", ...more,
});

test("steps that come while the page is busy are shown as one, each part as it was last", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const shown = [];
  const steps = new LatestStep((one) => shown.push(one));
  steps.add(step(1, { chart: "1", answers: "a" }));
  steps.add(step(2, { chart: "2" }, { fields: { runs: "x" } }));
  assert.equal(shown.length, 0);
  mock.timers.tick(1);
  assert.deepEqual(shown, [step(2, { chart: "2", answers: "a" }, { fields: { runs: "x" } })]);
  mock.timers.reset();
});

test("at the end of a run what waits is shown at once, and only once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const shown = [];
  const steps = new LatestStep((one) => shown.push(one.done));
  steps.add(step(1, {}));
  steps.flush();
  steps.flush();
  mock.timers.tick(1000);
  assert.deepEqual(shown, [1]);
  mock.timers.reset();
});

test("after a step that took long the page rests for a while", async () => {
  const shown = [];
  const steps = new LatestStep(() => {
    const until = performance.now() + 20;
    while (performance.now() < until);
    shown.push(performance.now());
  });
  steps.add(step(1, {}));
  steps.flush();
  await new Promise((resolve) => setTimeout(resolve, 5));
  steps.add(step(2, {}));
  while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(shown[1] - shown[0] >= 60, `${shown[1] - shown[0]} ms`);
});
