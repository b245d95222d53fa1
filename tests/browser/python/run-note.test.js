import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { eraseNote, noteRun, runCutOff } from "../../../widgets/browser/python/run-note.js";

const NAME = "ft|/|lab/sft-lab|run:sft-lab#sft-lab";

/** Storage that is made of entries, or that is blocked. */
function put(name, isBlocked = false) {
  const entries = new Map();
  const storage = {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, text) => void entries.set(key, text),
    removeItem: (key) => void entries.delete(key),
  };
  const get = () => {
    if (isBlocked) throw new Error("SecurityError");
    return storage;
  };
  Object.defineProperty(globalThis, name, { configurable: true, get });
  return storage;
}

/** Locks that all tabs share: only shared ones are asked for, so each is granted at once. */
class FakeLocks {
  held = [];
  async request(name, { mode, signal }, work) {
    signal.throwIfAborted();
    assert.equal(mode, "shared");
    const lock = { name };
    this.held.push(lock);
    await work(lock);
    this.held.splice(this.held.indexOf(lock), 1);
  }
  async query() {
    return { held: [...this.held], pending: [] };
  }
}

let page;
let local;

/** Tell the page's listeners of something. */
function happen(kind, details = {}) {
  page.dispatchEvent(Object.assign(new Event(kind), details));
}

/** Let a search go through all its looks. */
async function found() {
  const search = runCutOff(NAME);
  for (let look = 0; look < 20; look++) {
    mock.timers.tick(500);
    await new Promise(setImmediate);
  }
  return search;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page);
  local = put("localStorage");
  put("sessionStorage");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks: new FakeLocks() } });
});

test("a run is noted while it lasts, and nobody takes it for one that was cut off", async () => {
  const over = noteRun(NAME, "run");
  assert.equal(local.getItem(NAME), "run");
  assert.equal(await found(), null);
  over();
  assert.equal(local.getItem(NAME), null);
  assert.equal(await found(), null);
  assert.deepEqual(navigator.locks.held, []);
});

test("a note whose page is gone is of a run that was cut off", async () => {
  noteRun(NAME, "draw");
  navigator.locks.held = [];
  assert.equal(await found(), "draw");
  eraseNote(NAME);
  assert.equal(await found(), null);
});

test("a page that holds its lock a moment longer than it lives is waited for", async () => {
  noteRun(NAME, "run");
  const search = runCutOff(NAME);
  mock.timers.tick(0);
  await new Promise(setImmediate);
  navigator.locks.held = [];
  mock.timers.tick(400);
  await new Promise(setImmediate);
  assert.equal(await search, "run");
});

test("a run that lives keeps its note when the same run in another tab ends, and when everything is deleted", () => {
  noteRun(NAME, "run");
  for (const key of [NAME, null]) {
    local.removeItem(NAME);
    happen("storage", { key, newValue: null });
    assert.equal(local.getItem(NAME), "run");
  }
});

test("a run that is over does not come back with what other tabs do", () => {
  noteRun(NAME, "run")();
  happen("storage", { key: NAME, newValue: null });
  happen("pageshow", { persisted: true });
  assert.equal(local.getItem(NAME), null);
});

test("a page that is kept for the way back holds no lock until it is shown again", async () => {
  noteRun(NAME, "run");
  happen("pagehide", { persisted: true });
  assert.equal(await found(), "run");
  eraseNote(NAME);
  happen("pageshow", { persisted: true });
  assert.equal(local.getItem(NAME), "run");
  assert.equal(await found(), null);
});

test("without locks only the tab that noted a run takes it for one that was cut off", async () => {
  navigator.locks = undefined;
  noteRun(NAME, "run");
  assert.equal(await runCutOff(NAME), "run");
  put("sessionStorage");
  assert.equal(local.getItem(NAME), "run");
  assert.equal(await runCutOff(NAME), null);
});

test("blocked or full storage, and locks that are refused, throw nowhere", async () => {
  navigator.locks.request = async () => {
    throw new Error("SecurityError");
  };
  local.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  noteRun(NAME, "run")();
  put("localStorage", true);
  noteRun(NAME, "run")();
  assert.equal(await found(), null);
  eraseNote(NAME);
});
