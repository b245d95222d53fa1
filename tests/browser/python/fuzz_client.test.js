import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES, chances, said } from "../shared/hostile.mjs";

const workers = [];
globalThis.Worker = class {
  told = [];
  constructor() {
    workers.push(this);
  }
  postMessage(message) {
    this.told.push(message);
    if (message.kind === "boot" || message.kind === "open") queueMicrotask(() => this.say({ kind: "done", id: message.id }));
  }
  say(data) {
    this.onmessage?.({ data });
  }
  terminate() {
    this.onmessage = undefined;
  }
};
globalThis.document = { hidden: false, addEventListener: () => {} };
globalThis.addEventListener = () => {};
URL.createObjectURL = () => "blob:x";
globalThis.fetch = async () => new Response("program");
console.warn = () => {};
console.info = () => {};

const { Client } = await import("../../../widgets/browser/python/client.js");
const { Trouble } = await import("../../../widgets/browser/shared/trouble.js");
const WIDGET = { key: "1:w", widgetId: "w", opening: "{}" };
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("whatever the worker says, a question ends in texts, in nothing or in words for the reader", async () => {
  const chance = chances(8);
  const makeClient = () =>
    new Client({
      base: new URL("http://localhost/assets/course/"),
      program: { name: "worker.js", file: "worker.js.gz", bytes: 7 },
      files: [],
      snapshot: "k",
    });
  let client = makeClient();
  const ends = { texts: 0, nothing: 0, trouble: 0 };
  for (let number = 0; number < CASES; number++) {
    if (number % 500 === 0) client = makeClient();
    const asked = client.render(WIDGET, { x: "1" });
    let isOver = false;
    const over = () => (isOver = true);
    asked.then(over, over);
    for (let isTried = false; !isOver; ) {
      const { told } = workers.at(-1) ?? { told: [] };
      if (told.at(-1)?.kind !== "render") {
        await settle();
        continue;
      }
      const { id } = told.pop();
      const worker = workers.at(-1);
      // Asked once more, the next worker answers as it should.
      if (!isTried) worker.say(said(chance, id));
      isTried = true;
      assert.ok(Number.isFinite(client.progress.bytes));
      worker.say({ kind: "parts", id, parts: { echo: "1" } });
      await settle();
    }
    try {
      const parts = await asked;
      if (parts === null) ends.nothing++;
      else assert.ok(Object.values(parts).every((html) => typeof html === "string") && ++ends.texts);
    } catch (error) {
      assert.ok(error instanceof Trouble, String(error));
      assert.equal(typeof error.message, "string");
      ends.trouble++;
    }
  }
  assert.ok(Object.values(ends).every((count) => count > CASES / 100), JSON.stringify(ends));
});
