import assert from "node:assert/strict";
import { test } from "node:test";

/** What the page listens to, and the clock's next call. */
const listeners = new Map();
let next = () => {};
globalThis.addEventListener = (name, listener) => listeners.set(name, listener);
globalThis.Element = class {};
globalThis.setTimeout = (call) => ((next = call), 1);
globalThis.clearTimeout = () => {};
globalThis.location = new URL("http://localhost/lessons/lora.html");
globalThis.history = { state: null, replaceState: (state, title, address) => (location.href = new URL(address, location).href) };

const { keepInAddress, readAddress, writeAddress } = await import("../../../widgets/browser/page/address.js");

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

/** A widget whose setting changes to a text. */
function change(text) {
  const [field] = FIELDS;
  keepInAddress("w", [field], () => ({ model: text }));
}

test("a change that waits is not written into the address of the page that came meanwhile", () => {
  change("x");
  location.href = "http://localhost/lessons/sft.html?a=b";
  next();
  assert.equal(location.href, "http://localhost/lessons/sft.html?a=b");
});

test("a link that changes the page without reload leaves the old one with its change written", () => {
  location.href = "http://localhost/lessons/lora.html#part";
  const link = Object.assign(new Element(), { closest: (tag) => (tag === "a" ? link : null) });
  const button = Object.assign(new Element(), { closest: () => null });
  change("x");
  listeners.get("click")({ target: button });
  assert.equal(location.href, "http://localhost/lessons/lora.html#part", "other clicks write nothing by themselves");
  listeners.get("click")({ target: link });
  assert.equal(location.href, "http://localhost/lessons/lora.html?w.model=x#part");
});
