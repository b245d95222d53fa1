import assert from "node:assert/strict";
import { test } from "node:test";
import { handle } from "../../../widgets/browser/worker/handler.js";

/** A runtime without Python: `said` holds what each function of the bridge answers. */
function makeRuntime(said = {}) {
  const calls = [];
  const answer = (name) => (...parameters) => {
    calls.push([name, ...parameters]);
    const next = said[name];
    return JSON.stringify(Array.isArray(next) ? (next.shift() ?? {}) : (next ?? {}));
  };
  const bridge = Object.fromEntries(["open_widget", "render", "begin", "advance", "end"].map((n) => [n, answer(n)]));
  return { bridge, calls, runs: new Map(), breathe: async () => {}, boot: async () => bridge };
}

async function collect(request, runtime) {
  const answers = [];
  for await (const answer of handle(request, runtime)) answers.push(answer);
  return answers;
}

const STEP = { parts: { chart: "<p>" }, done: 1, total: 2, text: "loss 1.0" };

test("render answers with the parts", async () => {
  const runtime = makeRuntime({ render: { parts: { figures: "<p>8</p>", problems: "" } } });
  const request = { kind: "render", id: 7, key: "1:w", state: { rank: "8" }, parts: ["figures"] };
  assert.deepEqual(await collect(request, runtime), [
    { kind: "parts", id: 7, parts: { figures: "<p>8</p>", problems: "" } },
  ]);
  assert.deepEqual(runtime.calls, [["render", "1:w", '{"rank":"8"}', '["figures"]']]);
});

test("what Python is told about a widget reaches it as it stands in the page", async () => {
  const runtime = makeRuntime();
  const request = { kind: "open", id: 1, key: "1:w", widgetId: "w", opening: '{"content":{"x":1.0}}' };
  assert.deepEqual(await collect(request, runtime), [{ kind: "done", id: 1 }]);
  assert.deepEqual(runtime.calls, [["open_widget", "1:w", "w", '{"content":{"x":1.0}}']]);
});

test("what Python says about a problem reaches the page", async () => {
  const runtime = makeRuntime({ render: { problem: "no such widget", detail: "Traceback" } });
  assert.deepEqual(await collect({ kind: "render", id: 2, key: "k", state: {} }, runtime), [
    { kind: "failed", id: 2, problem: "no such widget", detail: "Traceback" },
  ]);
});

test("an exception becomes an answer, not silence", async () => {
  const runtime = makeRuntime();
  runtime.bridge.render = () => {
    throw new Error("memory access out of bounds");
  };
  const [answer] = await collect({ kind: "render", id: 3, key: "k", state: {} }, runtime);
  assert.equal(answer.kind, "failed");
  assert.equal(answer.isBroken, true);
  assert.match(answer.detail, /out of bounds/);
});

test("a Python that wants to be replaced is said to be broken, in an answer and in a run", async () => {
  const said = { problem: "no memory left", detail: "MemoryError", is_broken: true };
  const expected = { kind: "failed", id: 5, problem: "no memory left", detail: "MemoryError", isBroken: true };
  const rendering = { kind: "render", id: 5, key: "k", state: {} };
  assert.deepEqual(await collect(rendering, makeRuntime({ render: said })), [expected]);
  const running = { kind: "run", id: 5, key: "k", state: {}, action: "run" };
  assert.deepEqual((await collect(running, makeRuntime({ advance: [STEP, said] }))).at(-1), expected);
});

test("a question before the start is refused", async () => {
  const [answer] = await collect({ kind: "render", id: 4, key: "k", state: {} }, { ...makeRuntime(), bridge: undefined });
  assert.equal(answer.kind, "failed");
});

test("the start reports bytes and makes Python known", async () => {
  const runtime = makeRuntime();
  const { bridge } = runtime;
  runtime.bridge = undefined;
  runtime.boot = async (request, loading) => {
    loading(10);
    await new Promise(setImmediate);
    loading(5);
    loading(5);
    await new Promise(setImmediate);
    return bridge;
  };
  const answers = await collect({ kind: "boot", id: 1, base: "http://localhost/", files: [] }, runtime);
  assert.deepEqual(
    answers.map((answer) => answer.bytes ?? answer.kind),
    [10, 20, "done"],
  );
  assert.equal(runtime.bridge, bridge);
});

test("a start that fails says so", async () => {
  const runtime = { ...makeRuntime(), bridge: undefined, boot: () => Promise.reject(new Error("404 for x.wasm")) };
  const [answer] = await collect({ kind: "boot", id: 1, base: "", files: [] }, runtime);
  assert.deepEqual(answer, { kind: "failed", id: 1, problem: "Python could not be started.", detail: "Error: 404 for x.wasm" });
});

test("a run streams its steps and ends", async () => {
  const runtime = makeRuntime({ advance: [STEP, { ...STEP, done: 2 }] });
  const answers = await collect({ kind: "run", id: 9, key: "k", state: { lr: "1" }, action: "run" }, runtime);
  assert.deepEqual(
    answers.map(({ kind, done }) => [kind, done]),
    [["step", 1], ["step", 2], ["finished", undefined]],
  );
  assert.equal(answers.at(-1).cancelled, false);
  assert.deepEqual(runtime.calls[0], ["begin", 9, "k", '{"lr":"1"}', "run"]);
  assert.deepEqual(runtime.calls.at(-1), ["end", 9]);
  assert.equal(runtime.runs.size, 0);
});

test("a run that cannot begin, or breaks, is said and closed", async () => {
  for (const said of [{ begin: { problem: "learning rate" } }, { advance: [STEP, { problem: "diverged" }] }]) {
    const runtime = makeRuntime(said);
    const answers = await collect({ kind: "run", id: 9, key: "k", state: {}, action: "run" }, runtime);
    assert.equal(answers.at(-1).kind, "failed");
    assert.deepEqual(runtime.calls.at(-1), ["end", 9]);
  }
});

test("what a run leaves in the state and on the device is there when the run is said to be done", async () => {
  const runtime = makeRuntime({ advance: [{ ...STEP, fields: { runs: "1" } }] });
  let stored = 0;
  runtime.keep = async () => ++stored > 1;
  const seen = [];
  for await (const answer of handle({ kind: "run", id: 9, key: "k", state: {}, action: "run" }, runtime)) {
    seen.push([answer.kind, answer.fields, stored, answer.isKept]);
  }
  assert.deepEqual(seen, [["step", { runs: "1" }, 0, undefined], ["finished", undefined, 1, false]]);
});

test("a cancel that comes between two steps ends the run", async () => {
  const runtime = makeRuntime({ advance: Array(100).fill(STEP) });
  let breaths = 0;
  runtime.breathe = async () => {
    if (++breaths === 3) assert.deepEqual(await collect({ kind: "cancel", id: 10, run: 9 }, runtime), [{ kind: "done", id: 10 }]);
  };
  const answers = await collect({ kind: "run", id: 9, key: "k", state: {}, action: "run" }, runtime);
  assert.deepEqual(answers.map(({ kind }) => kind), ["step", "step", "finished"]);
  assert.equal(answers.at(-1).cancelled, true);
});

test("a paused run waits until it may go on", async () => {
  const runtime = makeRuntime({ advance: [STEP, STEP] });
  const orders = ["pause", undefined, undefined, "resume"];
  const pauses = [];
  runtime.breathe = async (milliseconds) => {
    pauses.push(milliseconds);
    const kind = orders.shift();
    if (kind) await collect({ kind, id: 1, run: 9 }, runtime);
    else if (orders.length) assert.equal(runtime.calls.filter(([name]) => name === "advance").length, 0);
  };
  const answers = await collect({ kind: "run", id: 9, key: "k", state: {}, action: "run" }, runtime);
  assert.deepEqual(answers.map(({ kind }) => kind), ["step", "step", "finished"]);
  assert.deepEqual(pauses.slice(0, 5), [0, 100, 100, 100, 0]);
});

test("an order for a run that is over changes nothing", async () => {
  const runtime = makeRuntime();
  assert.deepEqual(await collect({ kind: "pause", id: 1, run: 99 }, runtime), [{ kind: "done", id: 1 }]);
  assert.equal(runtime.runs.size, 0);
});

test("a start from a snapshot is announced before it is done", async () => {
  const runtime = makeRuntime();
  const { bridge } = runtime;
  runtime.bridge = undefined;
  runtime.boot = async (request, loading, restoring) => {
    await new Promise(setImmediate);
    restoring();
    await new Promise(setImmediate);
    loading(5);
    return bridge;
  };
  const answers = await collect({ kind: "boot", id: 1, base: "http://localhost/", files: [] }, runtime);
  assert.deepEqual(
    answers.map((answer) => answer.bytes ?? answer.kind),
    ["restoring", 5, "done"],
  );
});
