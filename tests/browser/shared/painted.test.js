import assert from "node:assert/strict";
import { test } from "node:test";
import { painted } from "../../../widgets/browser/shared/painted.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Wait for the screen, with frames and timers that come when the test says so. */
function wait() {
  const frames = [];
  /** @type {Map<number, () => void>} milliseconds → what is due then */
  const due = new Map();
  const { setTimeout } = globalThis;
  globalThis.requestAnimationFrame = (act) => frames.push(act);
  globalThis.setTimeout = (act, delay = 0) => due.set(delay, act);
  let isPainted = false;
  void painted().then(() => (isPainted = true));
  frames.push(() => (globalThis.setTimeout = setTimeout));
  return { frames, due, isPainted: () => isPainted };
}

test("what has changed is on the screen in the task after the next frame, not before", async () => {
  const { frames, due, isPainted } = wait();
  assert.deepEqual([...due.keys()], [150]);
  for (const frame of frames) frame();
  await settle();
  assert.equal(isPainted(), false);
  due.get(0)();
  await settle();
  assert.equal(isPainted(), true);
});

test("a tab that is out of sight paints no frame and is not waited for longer than 150 ms", async () => {
  const { due, isPainted } = wait();
  await settle();
  assert.equal(isPainted(), false);
  due.get(150)();
  await settle();
  assert.equal(isPainted(), true);
});
