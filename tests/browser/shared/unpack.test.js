import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { unpacked } from "../../../widgets/browser/shared/unpack.js";

const TEXT = "the same bytes from every server ".repeat(1000);

/** @param {Uint8Array} bytes */
async function read(bytes, size) {
  let counted = 0;
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
  const text = await new Response(await unpacked(stream, (more) => (counted += more))).text();
  return { text, counted };
}

for (const size of [1, 7, 100_000]) {
  test(`gzip is undone, in pieces of ${size} bytes`, async () => {
    const bytes = new Uint8Array(gzipSync(TEXT));
    assert.deepEqual(await read(bytes, size), { text: TEXT, counted: bytes.length });
  });

  test(`what the server has undone already is left alone, in pieces of ${size} bytes`, async () => {
    const bytes = new TextEncoder().encode(TEXT);
    assert.deepEqual(await read(bytes, size), { text: TEXT, counted: bytes.length });
  });
}

test("an empty file is empty", async () => {
  assert.deepEqual(await read(new Uint8Array(0), 1), { text: "", counted: 0 });
});

test("a truncated file fails", async () => {
  const bytes = new Uint8Array(gzipSync(TEXT));
  await assert.rejects(read(bytes.slice(0, bytes.length / 2), 100));
});
