import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress } from "../../../widgets/browser/page/address.js";
import { storedFiles } from "../../../widgets/browser/worker/zip.js";
import { handle } from "../../../widgets/browser/worker/handler.js";
import { CASES, chances, one, text, value } from "./hostile.mjs";

const FIELDS = [
  { name: "rank", default: "8", stored: false, max: 64 },
  { name: "target_modules", default: "q,v", stored: false, max: 400 },
  { name: "votes", default: "", stored: true, max: 4000 },
  { name: "__proto__", default: "", stored: false, max: 64 },
];

test("any address gives texts of the known fields, none too long and none that is stored elsewhere", () => {
  const chance = chances(1);
  for (let number = 0; number < CASES; number++) {
    const query = Array.from({ length: 4 }, () => `${chance() < 0.5 ? "w.rank" : text(chance)}=${text(chance)}`).join("&");
    const found = readAddress(`?${query}`, "w", FIELDS);
    for (const [name, kept] of Object.entries(found)) {
      const field = FIELDS.find((one) => one.name === name);
      assert.ok(field && !field.stored && typeof kept === "string" && kept.length <= field.max);
    }
    assert.equal({}.rank, undefined, "no prototype was altered");
  }
});

test("any state is found again in the address that was written for it", () => {
  const chance = chances(2);
  const fields = FIELDS.slice(0, 2);
  for (let number = 0; number < CASES; number++) {
    const before = `?other=${encodeURIComponent(text(chance).toWellFormed())}`;
    const state = { rank: text(chance).toWellFormed().slice(0, 64), target_modules: "k,o" };
    const search = writeAddress(before, "w", fields, state);
    assert.deepEqual({ rank: "8", ...readAddress(search, "w", fields) }, { ...state });
    assert.equal(new URLSearchParams(search).get("other"), new URLSearchParams(before).get("other"));
  }
});

test("any message is answered, or followed by silence; none makes the worker throw", async () => {
  const chance = chances(3);
  const bridge = Object.fromEntries(
    ["open_widget", "render", "begin", "advance", "end"].map((name) => [
      name,
      () => one(chance, ["{}", "", "null", "[]", '{"problem":"no"}', '{"parts":{}}', "{", '{"total":3,"done":1}', "7"]),
    ]),
  );
  for (let number = 0; number < CASES; number++) {
    let steps = 0;
    const runtime = {
      bridge: chance() < 0.9 ? bridge : undefined,
      runs: new Map(),
      breathe: async () => {},
      boot: async () => {
        throw new Error("no");
      },
    };
    const request = { id: number, kind: value(chance), key: value(chance), state: value(chance), run: value(chance) };
    if (chance() < 0.5) delete request.run;
    for await (const answer of handle(request, runtime)) {
      assert.equal(typeof answer.kind, "string");
      assert.equal(answer.id, number);
      if (++steps > 50) break;
    }
  }
});

test("any bytes in place of the package's archive are refused or read within their bounds", () => {
  const chance = chances(4);
  for (let number = 0; number < CASES; number++) {
    const bytes = Uint8Array.from({ length: Math.floor(chance() * 200) }, () => chance() * 256);
    if (chance() < 0.7 && bytes.length > 30) bytes.set([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0]);
    try {
      for (const { data } of storedFiles(bytes)) assert.ok(data.byteOffset + data.length <= bytes.length);
    } catch (error) {
      assert.match(error.message, /course's package/);
    }
  }
});
