import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { forgetAll, keep, recall, storageKey, storedKeys } from "../../../widgets/browser/page/local-storage.js";

/** Storage as browsers have it: entries are properties of the object. */
class FakeStorage {
  getItem(key) {
    return this[key] ?? null;
  }
  setItem(key, text) {
    this[key] = String(text);
  }
  removeItem(key) {
    delete this[key];
  }
}

const define = (name, value) => Object.defineProperty(globalThis, name, { configurable: true, value });

beforeEach(() => {
  for (const name of ["localStorage", "sessionStorage"]) define(name, new FakeStorage());
  define("caches", undefined);
  define("navigator", {});
});

test("a text is kept under the site's path and the widget's place", () => {
  assert.equal(keep("quiz/lora", "attempt", "1"), true);
  assert.equal(localStorage["ft|/|quiz/lora|attempt"], "1");
  assert.equal(recall("quiz/lora", "attempt"), "1");
  keep("quiz/lora", "attempt", null);
  assert.deepEqual(Object.keys(localStorage), []);
});

test("deleting everything leaves what others stored", async () => {
  localStorage.setItem("ft|/other/|quiz/lora|attempt", "1");
  localStorage.setItem("theme", "dark");
  keep("a", "b", "c");
  keep("a", "d", "e");
  assert.equal(storedKeys().length, 2);
  assert.equal(await forgetAll(), 2);
  assert.deepEqual(Object.keys(localStorage).sort(), ["ft|/other/|quiz/lora|attempt", "theme"]);
});

test("deleting everything deletes what this tab keeps for itself, too", async () => {
  sessionStorage.setItem("ft|/|offline|later", "1");
  sessionStorage.setItem("ft|/other/|offline|later", "1");
  await forgetAll();
  assert.deepEqual(Object.keys(sessionStorage), ["ft|/other/|offline|later"]);
});

test("what cannot be deleted is no reason to leave the rest", async () => {
  const deleted = [];
  const no = async () => {
    throw new DOMException("no", "SecurityError");
  };
  const folder = { removeEntry: async (name) => deleted.push(decodeURIComponent(name)) };
  const worker = { scope: "http://localhost/", unregister: async () => deleted.push("worker") };
  const navigator = {
    serviceWorker: { getRegistrations: async () => [worker] },
    storage: { getDirectory: async () => folder },
  };
  define("navigator", navigator);
  define("caches", { keys: no });
  assert.equal(await forgetAll(), 1);
  assert.deepEqual(deleted.splice(0), ["worker", "ft|/|"]);
  navigator.serviceWorker.getRegistrations = no;
  define("caches", { keys: async () => ["ft|/|offline", "other"], delete: async (name) => deleted.push(name) });
  assert.equal(await forgetAll(), 2);
  assert.deepEqual(deleted, ["ft|/|offline", "ft|/|"]);
});

test("full storage keeps the text until the page is left, and says so", () => {
  localStorage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  assert.equal(keep("a", "b", "c"), false);
  assert.equal(recall("a", "b"), "c");
});

test("blocked storage throws nowhere", async () => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      throw new Error("SecurityError");
    },
  });
  assert.equal(keep("x", "y", "z"), false);
  assert.equal(recall("x", "y"), "z");
  assert.deepEqual(storedKeys(), []);
  assert.equal(await forgetAll(), 0);
  assert.equal(recall("x", "y"), null);
});

test("the key of a field is documented", () => {
  assert.equal(storageKey("human-rater", "votes"), "ft|/|human-rater|votes");
});
