/** HTML enters the page in one place only. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const SOURCES = new URL("../../../widgets/browser/", import.meta.url);
/** Whatever makes elements, or code, from text. */
const SINKS =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML\w*|parseFromString|srcdoc|eval|Function)\b\s*(=(?!=)|\()|\bdocument\.write/;

/** Code without its comments. */
const withoutComments = (text) => text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");

test("HTML is made from text in morph.js alone", () => {
  const names = readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith(".js"));
  assert.ok(names.length > 30);
  const found = names.filter((name) => SINKS.test(withoutComments(readFileSync(new URL(name, SOURCES), "utf8"))));
  assert.deepEqual(found, ["page/morph.js"]);
});

test("a script element gets text in chart-loader.js alone, where the security policy names its hash", () => {
  const makesScript = /createElement\(["']script["']\)/;
  const names = readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith(".js"));
  const found = names.filter((name) => {
    const code = withoutComments(readFileSync(new URL(name, SOURCES), "utf8"));
    return makesScript.test(code) && /script\.(textContent|text|innerText|append\()/.test(code);
  });
  assert.deepEqual(found, ["page/chart-loader.js"]);
});
