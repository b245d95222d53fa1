/**
 * What tests of the page's scripts use that need a real document (`*.dom.js`). `tests/components/test_in_a_document.py`
 * bundles each such file, opens a page of a made-up site for each of its tests and runs it there. The site holds what
 * `serve` put into its folder of assets, and nothing else.
 */

// Imported first, because it reads where the site lies from the script that is running.
import { ASSETS } from "../../../widgets/browser/page/site.js";

/** Milliseconds after which a state that does not come fails a test. */
const PATIENCE_MS = 20_000;

/** Milliseconds after which a test is given up that waits for something else. */
const LONGEST_MS = 60_000;

/** @type {Map<string, () => unknown>} */
const tests = new Map();
// A test may put a clock of its own in place of this one.
const { setTimeout } = globalThis;
globalThis.runTest = (name) => {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("the test does not end")), LONGEST_MS));
  return Promise.race([tests.get(name)(), late]);
};

/** A test: what is true, and how that is seen. */
export function test(name, act) {
  tests.set(name, act);
}

/** Fail unless two values are written alike as JSON. */
export function equal(found, wanted, about = "") {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value) ?? "undefined");
  if (one !== other) throw new Error(`${about} found ${one}, wanted ${other}`.trim());
}

/** Fail unless a text holds a part. */
export function holds(text, part) {
  if (!String(text).includes(part)) throw new Error(`“${text}” does not hold “${part}”`);
}

/** Put HTML into the page; gives its first element. */
export function put(html) {
  document.body.innerHTML = html;
  return document.body.firstElementChild;
}

/** Wait for a state. */
export async function until(isThere, what = String(isThere)) {
  const end = performance.now() + PATIENCE_MS;
  while (!isThere()) {
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** From now on the site has this file among its assets; without a text it has none of that name. */
export async function serve(file, text) {
  await fetch(`${ASSETS}${file}`, { method: text === undefined ? "DELETE" : "PUT", body: text });
}

/** @returns {Promise<string[]>}  the assets that were asked for, with what stands behind their names */
export async function asked() {
  return (await fetch(`${ASSETS}asked`, { method: "OPTIONS" })).json();
}
