import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

/** Workers that the client has started, newest last; each keeps what it was told. */
let workers = [];
let isProgramThere = true;

class FakeWorker {
  told = [];
  isEnded = false;
  constructor() {
    workers.push(this);
  }
  postMessage(message) {
    this.told.push(message);
    if (message.kind === "boot" || message.kind === "open") this.answer({ kind: "done", id: message.id });
  }
  /** Answer as a worker does: later. */
  answer(data) {
    queueMicrotask(() => !this.isEnded && this.onmessage({ data }));
  }
  terminate() {
    this.isEnded = true;
  }
  asked(kind) {
    return this.told.filter((message) => message.kind === kind);
  }
}

const listeners = new Map();
globalThis.Worker = FakeWorker;
globalThis.document = { hidden: false, addEventListener: (name, listener) => listeners.set(name, listener) };
globalThis.addEventListener = (name, listener) => listeners.set(name, listener);
/** Addresses of programs that still take room. */
const addresses = new Set();
let made = 0;
URL.createObjectURL = () => {
  const address = `blob:${++made}`;
  addresses.add(address);
  return address;
};
URL.revokeObjectURL = (address) => addresses.delete(address);
globalThis.fetch = async () => new Response(isProgramThere ? "program" : "", { status: isProgramThere ? 200 : 404 });
console.warn = () => {};

const { Client } = await import("../../../widgets/browser/python/client.js");
const WIDGET = { key: "1:w", widgetId: "w", opening: "{}" };

function makeClient() {
  return new Client({
    base: new URL("http://localhost/assets/course/"),
    program: { name: "worker.js", file: "worker.js.gz", bytes: 7 },
    files: [{ name: "x.wasm", file: "x.wasm.gz", bytes: 93 }],
    snapshot: "k",
  });
}

const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const last = () => workers.at(-1);

beforeEach(() => {
  workers = [];
  isProgramThere = true;
  document.hidden = false;
  mock.timers.reset();
});

/** Answer the render requests that have no answer yet. */
function answerRenders(worker) {
  for (const { id, state } of worker.asked("render").splice(0)) {
    worker.answer({ kind: "parts", id, parts: { echo: state.x } });
  }
}

test("a state is asked for once Python is live, and the widget is made known once", async () => {
  const client = makeClient();
  const first = client.render(WIDGET, { x: "1" });
  await settle();
  answerRenders(last());
  assert.deepEqual(await first, { echo: "1" });
  const second = client.render(WIDGET, { x: "2" });
  await settle();
  answerRenders(last());
  assert.deepEqual(await second, { echo: "2" });
  assert.equal(workers.length, 1);
  assert.equal(last().asked("open").length, 1);
});

test("while Python starts only the latest state of each widget waits", async () => {
  const client = makeClient();
  const answers = ["1", "2", "3"].map((x) => client.render(WIDGET, { x }));
  const other = client.render({ ...WIDGET, key: "2:v" }, { x: "v" });
  await settle();
  assert.deepEqual(last().asked("render").map(({ state }) => state.x), ["3", "v"]);
  answerRenders(last());
  assert.deepEqual(await Promise.all([...answers, other]), [null, null, { echo: "3" }, { echo: "v" }]);
});

test("while one answer is under way only the latest state waits, and a late answer is dropped", async () => {
  const client = makeClient();
  const first = client.render(WIDGET, { x: "1" });
  await settle();
  const second = client.render(WIDGET, { x: "2" });
  const third = client.render(WIDGET, { x: "3" });
  await settle();
  assert.equal(last().asked("render").length, 1);
  answerRenders(last());
  await settle();
  assert.deepEqual(last().asked("render").map(({ state }) => state.x), ["1", "3"]);
  answerRenders(last());
  assert.deepEqual(await Promise.all([first, second, third]), [null, null, { echo: "3" }]);
});

test("progress counts the bytes of all files and ends live", async () => {
  const client = makeClient();
  const seen = [];
  client.listen(() => seen.push(`${client.progress.phase} ${client.progress.bytes}/${client.progress.total}`));
  const post = mock.method(FakeWorker.prototype, "postMessage", function (message) {
    this.told.push(message);
    for (const bytes of [50, 93]) this.answer({ kind: "loading", id: message.id, bytes });
    this.answer({ kind: "done", id: message.id });
  });
  await client.boot();
  post.mock.restore();
  assert.deepEqual(seen, ["loading 0/100", "loading 7/100", "loading 57/100", "starting 100/100", "live 100/100"]);
});

test("once everything has arrived, a slow device has three minutes to start Python", async () => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  for (const [bytes, seconds] of [[92, 61], [93, 181]]) {
    const client = makeClient();
    const post = mock.method(FakeWorker.prototype, "postMessage", function (message) {
      this.told.push(message);
      this.answer({ kind: "loading", id: message.id, bytes });
    });
    const failed = assert.rejects(client.boot(), /did not answer in time/);
    await settle();
    mock.timers.tick((seconds - 1) * 1000);
    assert.equal(last().isEnded, false);
    mock.timers.tick(1000);
    await failed;
    assert.equal(last().isEnded, true);
    post.mock.restore();
  }
  mock.timers.reset();
});

test("a program that cannot be loaded fails in words, and the next question tries again", async () => {
  const client = makeClient();
  isProgramThere = false;
  await assert.rejects(client.render(WIDGET, { x: "1" }), { message: "Python could not be loaded." });
  assert.equal(client.progress.phase, "off");
  isProgramThere = true;
  const again = client.render(WIDGET, { x: "1" });
  await settle();
  answerRenders(last());
  assert.deepEqual(await again, { echo: "1" });
});

test("an error of Python is told to whoever asked and ends nothing", async () => {
  const client = makeClient();
  const asked = client.render(WIDGET, { x: "1" });
  await settle();
  last().answer({ kind: "failed", id: last().asked("render")[0].id, problem: "no", detail: "" });
  await assert.rejects(asked, { message: "no" });
  assert.equal(last().isEnded, false);
});

test("a worker that dies over a question is replaced once and asked again", async () => {
  const client = makeClient();
  const asked = client.render(WIDGET, { x: "1" });
  await settle();
  last().onerror({ message: "out of memory" });
  await settle();
  assert.equal(workers.length, 2);
  assert.equal(workers[0].isEnded, true);
  answerRenders(last());
  assert.deepEqual(await asked, { echo: "1" });
});

test("a worker that was replaced leaves no program behind", async () => {
  addresses.clear();
  const client = makeClient();
  for (let turn = 0; turn < 3; turn++) {
    await client.boot();
    assert.equal(addresses.size, 1, "it starts its helper from it, too");
    last().onerror({ message: "" });
    assert.equal(addresses.size, 0);
  }
});

test("a worker that dies twice over a question is given up", async () => {
  const client = makeClient();
  const asked = client.render(WIDGET, { x: "1" });
  const failed = assert.rejects(asked, { message: "Python stopped working." });
  await settle();
  last().onerror({ message: "" });
  await settle();
  last().onerror({ message: "" });
  await failed;
  assert.equal(workers.length, 2);
});

test("a worker whose Python has broken down is replaced, and asked once more", async () => {
  const client = makeClient();
  const asked = client.render(WIDGET, { x: "1" });
  await settle();
  last().answer({ kind: "failed", id: last().asked("render")[0].id, problem: "Broken.", detail: "", isBroken: true });
  await settle();
  assert.equal(workers.length, 2);
  assert.equal(workers[0].isEnded, true);
  answerRenders(last());
  assert.deepEqual(await asked, { echo: "1" });
});

test("a worker that says nothing for ten seconds counts as dead", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const client = makeClient();
  const asked = client.render(WIDGET, { x: "1" });
  await settle();
  mock.timers.tick(10_000);
  assert.equal(workers[0].isEnded, false);
  mock.timers.tick(1000);
  assert.equal(workers[0].isEnded, true);
  await settle();
  answerRenders(last());
  assert.deepEqual(await asked, { echo: "1" });
});

test("a run streams its steps and can be cancelled", async () => {
  const client = makeClient();
  const steps = [];
  const run = client.run(WIDGET, { x: "1" }, "run", (step) => steps.push(step.done));
  await settle();
  const { id } = last().asked("run")[0];
  last().answer({ kind: "step", id, parts: {}, done: 1, total: 3, text: "" });
  await settle();
  run.cancel();
  assert.deepEqual(last().asked("cancel").map((order) => order.run), [id]);
  last().answer({ kind: "step", id, parts: {}, done: 2, total: 3, text: "" });
  last().answer({ kind: "finished", id, cancelled: true, isKept: true });
  assert.deepEqual(await run.finished, { isComplete: false, isKept: true });
  assert.deepEqual(steps, [1]);
});

test("a run cancelled before Python is live never begins", async () => {
  const client = makeClient();
  const run = client.run(WIDGET, {}, "run", () => {});
  run.cancel();
  assert.equal((await run.finished).isComplete, false);
  await settle();
  assert.equal(last().asked("run").length, 0);
});

test("a run rests while the tab is hidden, however long, and goes on", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const client = makeClient();
  const run = client.run(WIDGET, {}, "run", () => {});
  await settle();
  const { id } = last().asked("run")[0];
  document.hidden = true;
  listeners.get("visibilitychange")();
  assert.deepEqual(last().asked("pause").map((order) => order.run), [id]);
  mock.timers.tick(600_000);
  assert.equal(last().isEnded, false);
  document.hidden = false;
  listeners.get("visibilitychange")();
  assert.equal(last().asked("resume").length, 1);
  last().answer({ kind: "finished", id, cancelled: false, isKept: false });
  assert.deepEqual(await run.finished, { isComplete: true, isKept: false });
});

test("a run whose worker dies fails and is not begun again by itself", async () => {
  const client = makeClient();
  const run = client.run(WIDGET, {}, "run", () => {});
  const failed = assert.rejects(run.finished, { message: "Python stopped working." });
  await settle();
  last().onerror({ message: "" });
  await failed;
  assert.equal(workers.length, 1);
});

/** Let workers that may restore say so, and then do what `act` says. */
function restoring(act) {
  return mock.method(FakeWorker.prototype, "postMessage", function (message) {
    this.told.push(message);
    if (message.kind === "boot" && message.mayRestore) {
      this.answer({ kind: "restoring", id: message.id });
      act(this, message);
    } else if (message.kind === "boot" || message.kind === "open") {
      this.answer({ kind: "done", id: message.id });
    }
  });
}

test("a start from a snapshot is known as such", async () => {
  const client = makeClient();
  const post = restoring((worker, { id }) => worker.answer({ kind: "done", id }));
  await client.boot();
  post.mock.restore();
  assert.equal(client.progress.isRestored, true);
  assert.deepEqual(last().asked("boot").map(({ snapshot, mayRestore }) => [snapshot, mayRestore]), [["k", true]]);
});

for (const [how, act] of Object.entries({
  "is said to have failed": (worker, { id }) => worker.answer({ kind: "failed", id, problem: "no", detail: "" }),
  "breaks the worker": (worker) => queueMicrotask(() => worker.onerror({ message: "out of bounds" })),
})) {
  test(`a start from a snapshot that ${how} is followed by one without, unseen`, async () => {
    const client = makeClient();
    const phases = [];
    client.listen(() => phases.push(client.progress.phase));
    const post = restoring(act);
    await client.boot();
    post.mock.restore();
    assert.equal(workers.length, 2);
    assert.equal(workers[0].isEnded, true);
    assert.equal(last().asked("boot")[0].mayRestore, false);
    assert.equal(client.progress.isRestored, false);
    assert.equal(phases.at(-1), "live");
    assert.ok(!phases.includes("off"));
  });
}

test("a start from a snapshot that hangs is given up soon, and followed by one without", async () => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const client = makeClient();
  const post = restoring(() => {});
  const booted = client.boot();
  await settle();
  mock.timers.tick(20_000);
  await booted;
  post.mock.restore();
  mock.timers.reset();
  assert.equal(workers.length, 2);
  assert.equal(last().asked("boot")[0].mayRestore, false);
});

test("after a Python from a snapshot has broken down the next one starts without it", async () => {
  const client = makeClient();
  const post = restoring((worker, { id }) => worker.answer({ kind: "done", id }));
  const answer = client.render(WIDGET, { x: "1" });
  await settle();
  await settle();
  const [{ id }] = last().asked("render");
  last().answer({ kind: "failed", id, problem: "broken", detail: "", isBroken: true });
  await settle();
  await settle();
  assert.equal(workers.length, 2);
  assert.equal(last().asked("boot")[0].mayRestore, false);
  answerRenders(last());
  assert.deepEqual(await answer, { echo: "1" });
  post.mock.restore();
});
