import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { hidden: false, addEventListener() {} };
globalThis.addEventListener = () => {};
globalThis.WORKER_PROGRAM = { name: "worker.js", file: "worker.js.gz", bytes: 7 };
globalThis.RUNTIME_FILES = [{ name: "x.wasm", file: "x.wasm.gz", bytes: 93 }, { name: "y.zip", file: "y.zip.gz", bytes: 100 }];
globalThis.SNAPSHOT = "k";

test("the one client of the page counts every file that the build lists, and starts nothing by itself", async () => {
  globalThis.Worker = class {
    constructor() {
      assert.fail("a worker was started");
    }
  };
  globalThis.fetch = () => assert.fail("a file was asked for");
  const { client } = await import("../../../widgets/browser/python/python.js");
  assert.deepEqual(client.progress, { phase: "off", bytes: 0, total: 200, isRestored: false });
});
