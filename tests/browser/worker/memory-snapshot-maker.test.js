/** When a memory snapshot is made: while the reader does nothing, once, and never beside a run. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

const workers = [];
globalThis.Worker = class {
  told = [];
  isEnded = false;
  constructor(address) {
    this.address = address;
    workers.push(this);
  }
  postMessage(message) {
    this.told.push(message);
  }
  terminate() {
    this.isEnded = true;
  }
};
globalThis.self = { location: { href: "blob:worker", origin: "http://localhost" } };
const { busy, idle, make, offer } = await import("../../../widgets/browser/worker/memory-snapshot-maker.js");
const REQUEST = { kind: "make", base: "http://localhost/assets/course/", snapshot: "k", module: {}, files: [] };
const IDLE_MS = 1500;

beforeEach(() => {
  workers.length = 0;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("without anything to make it from there is no second worker", () => {
  idle();
  mock.timers.tick(IDLE_MS);
  assert.equal(workers.length, 0);
});

test("it is begun after a second and a half without a question, in a worker of the same program", () => {
  offer(REQUEST);
  idle();
  mock.timers.tick(IDLE_MS - 1);
  busy(false);
  mock.timers.tick(IDLE_MS);
  assert.equal(workers.length, 0);
  idle();
  mock.timers.tick(IDLE_MS);
  assert.deepEqual([workers[0].address, workers[0].told], ["blob:worker", [REQUEST]]);
  workers[0].onmessage();
});

test("a question lets it go on, a run ends it, and it is begun anew after the run, until it is made", () => {
  const begin = () => {
    idle();
    mock.timers.tick(IDLE_MS);
    return workers.at(-1);
  };
  offer(REQUEST);
  const first = begin();
  busy(false);
  assert.equal(first.isEnded, false);
  busy(true);
  assert.equal(first.isEnded, true);
  const second = begin();
  assert.notEqual(second, first);
  second.onmessage();
  assert.equal(begin(), second, "it is made once");
});

test("nothing is made where the browser keeps no caches, or where there is no room", async () => {
  await make(REQUEST);
  globalThis.caches = { open: async () => ({ keys: () => assert.fail("it was made") }) };
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { storage: { estimate: async () => ({ quota: 100, usage: 99 }) } },
  });
  await make(REQUEST);
});
