/** The worker's wiring: a message in, the handler's answers out. */

import assert from "node:assert/strict";
import { test } from "node:test";

const said = [];
let hear;
globalThis.self = {
  location: { href: "blob:worker", origin: "http://localhost" },
  addEventListener: (name, listener) => {
    assert.equal(name, "message");
    hear = (data) => listener({ data });
  },
  postMessage: (answer) => said.push(answer),
};
await import("../../../widgets/browser/worker/worker.js");

test("each question is answered with its number, though Python has not been started", async () => {
  await hear({ kind: "cancel", id: 1, run: 7 });
  await hear({ kind: "render", id: 2, key: "w", state: {} });
  assert.deepEqual(said.splice(0), [
    { kind: "done", id: 1 },
    { kind: "failed", id: 2, problem: "Python has not been started yet.", detail: "" },
  ]);
});

test("the worker that makes a snapshot says when it is done, though none could be made", async () => {
  await hear({ kind: "make", base: "http://localhost/assets/course/", snapshot: "k", module: {}, files: [] });
  assert.deepEqual(said.splice(0), ["made"]);
});
