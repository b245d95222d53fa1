import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { storedFiles } from "../../../widgets/browser/worker/zip.js";

/** An archive as the build writes it. */
const archive = new Uint8Array(
  execFileSync(
    process.env.PYTHON ?? "python3",
    [
      "-c",
      "import sys; from widgets.site.assets.wheel import stored_zip\n" +
        "sys.stdout.buffer.write(stored_zip({'a/b.py': b'one', 'a/empty.py': b'', 'c/é.bin': bytes(range(256))}))",
    ],
    { env: { ...process.env, PYTHONPATH: process.cwd() } },
  ),
);

test("every file of the archive is found, with its path and bytes", () => {
  const files = storedFiles(archive);
  assert.deepEqual(files.map(({ path }) => path), ["a/b.py", "a/empty.py", "c/é.bin"]);
  assert.equal(new TextDecoder().decode(files[0].data), "one");
  assert.equal(files[1].data.length, 0);
  assert.deepEqual([...files[2].data], [...Array(256).keys()]);
});

test("what is no archive, or only a part of one, is refused", () => {
  assert.throws(() => storedFiles(new TextEncoder().encode("<!doctype html>".repeat(9))), /not a zip archive/);
  assert.throws(() => storedFiles(new Uint8Array(0)), /not a zip archive/);
  assert.throws(() => storedFiles(archive.subarray(0, 34)), /damaged/);
});

test("a compressed file is refused", () => {
  const packed = archive.slice();
  packed[8] = 8;
  assert.throws(() => storedFiles(packed), /damaged/);
});
