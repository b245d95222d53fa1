/** The import contract of the bundles: a script imports from its own folder and from `shared`, and from nowhere else. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";

const SOURCES = new URL("../../../widgets/browser/", import.meta.url);
const ROOMS = ["chart", "offline", "page", "python", "shared", "worker"];
/** The packages whose code is bundled, and the room that may import each. */
const PACKAGES = { idiomorph: "page", "plotly.js-basic-dist-min": "chart", pyodide: "worker" };
/** Imports of code and of types alike: `from "…"`, `import "…"`, `import("…")`; types have no exception. */
const IMPORTED = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g;

const files = readdirSync(SOURCES, { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.(js|d\.ts)$/.test(name));

/** What a script may not import, of what it does. */
function forbidden(file, text) {
  const room = file.split("/")[0];
  return [...text.matchAll(IMPORTED)]
    .map(([, target]) => target)
    .filter((target) => {
      if (target.startsWith(".")) return ![room, "shared"].includes(posix.join(posix.dirname(file), target).split("/")[0]);
      const [name] = target.split("/");
      // The declarations of what comes without types name every package.
      return PACKAGES[name] !== room && file !== "shared/build.d.ts";
    });
}

test("every script lies in a room", () => {
  assert.deepEqual([...new Set(files.map((name) => name.split("/")[0]))].sort(), ROOMS);
  assert.ok(files.length > 40);
});

test("a bundle imports from its own folder and from shared only, types included", () => {
  const found = files.flatMap((file) =>
    forbidden(file, readFileSync(new URL(file, SOURCES), "utf8")).map((target) => `${file} imports ${target}`),
  );
  assert.deepEqual(found, []);
});

/** They hold types and no code. */
const TYPES = ["page/payload.js", "shared/bundles.js", "shared/protocol.js"];

/** Each is tested through the one script that uses it: `element.js`, `boot.js`. */
const THROUGH = ["page/gateway.js", "page/live-widget.js", "worker/pyodide.js"];

test("every script is imported by a test, in Node or in a document", () => {
  const folder = new URL("../", import.meta.url);
  const tests = readdirSync(folder, { recursive: true }).filter((name) => /\.(test|dom)\.js$/.test(name));
  const imported = tests.flatMap((name) =>
    [...readFileSync(new URL(name, folder), "utf8").matchAll(/"(?:\.\.\/){3}widgets\/browser\/([^"]+)"/g)].map(([, file]) => file),
  );
  const untested = files.filter((file) => file.endsWith(".js") && !imported.includes(file));
  assert.deepEqual(untested.sort(), [...TYPES, ...THROUGH].sort());
});

test("the check finds imports of another bundle, of code and of types, and of unknown packages", () => {
  assert.deepEqual(forbidden("page/a.js", 'import { x } from "../python/client.js";'), ["../python/client.js"]);
  assert.deepEqual(forbidden("page/a.js", ' * @import {Client} from "../python/client.js"'), ["../python/client.js"]);
  assert.deepEqual(forbidden("page/a.js", '/** @type {typeof import("../chart/plot.js")} */'), ["../chart/plot.js"]);
  assert.deepEqual(forbidden("shared/a.js", 'import "../page/course.js"'), ["../page/course.js"]);
  assert.deepEqual(forbidden("page/a.js", 'import Plotly from "plotly.js-basic-dist-min"'), ["plotly.js-basic-dist-min"]);
  assert.deepEqual(forbidden("page/a.js", 'import { y } from "./b.js"; import { z } from "../shared/c.js";'), []);
});
