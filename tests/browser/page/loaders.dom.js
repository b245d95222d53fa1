/** Files that are loaded when they are needed: `module-loader.js`, `python-loader.js`, `offline-loader.js`. */

import { inTime, loaded } from "../../../widgets/browser/page/module-loader.js";
import { loadOnDemand } from "../../../widgets/browser/page/offline-loader.js";
import { client, isOutdated, obstacle } from "../../../widgets/browser/page/python-loader.js";
import { asked, equal, holds, put, serve, test, until } from "../shared/in_document.mjs";

const OFFLINE = "export const showOffline = (panel) => { panel.append('The panel.'); };";

test("a module is loaded once, and one that failed from another address, since browsers remember failures", async () => {
  const failed = await loaded("late.js").catch(() => "failed");
  await serve("late.js", "export const here = true;");
  const [one, other] = await Promise.all([loaded("late.js"), loaded("late.js")]);
  equal([failed, one.here, one === other, await asked()], ["failed", true, true, ["late.js", "late.js?1"]]);
});

test("what does not come within a minute is given up", async () => {
  const due = [];
  globalThis.setTimeout = (act, delay) => due.push([act, delay]);
  const given = inTime(new Promise(() => {})).catch((error) => error.message);
  equal(due.map(([, delay]) => delay), [60_000]);
  due[0][0]();
  equal(await given, "nothing came in time");
  equal(await inTime(Promise.resolve(1)), 1);
});

test("nothing keeps Python from starting here; without workers, WebAssembly or decompression that is said", () => {
  equal(obstacle("It was not started."), "");
  for (const name of ["WebAssembly", "Worker", "DecompressionStream"]) {
    const kept = globalThis[name];
    delete globalThis[name];
    holds(obstacle("It was not started."), "It was not started. It needs Python, and this browser cannot run Python");
    globalThis[name] = kept;
  }
});

test("a client that does not come is said in words for the reader", async () => {
  const error = await client().catch((one) => one);
  equal([error.name, error.message], ["Trouble", "Python could not be loaded."]);
  await serve("python.js", "export const client = 'the client';");
  equal(await client(), "the client");
});

test("a page is older than the site when its client is no longer listed; where that cannot be known it is not", async () => {
  equal(await isOutdated(), false);
  await serve("manifest.json", '[{"file":"python-new.js"},{"file":"x.js"}]');
  equal(await isOutdated(), true);
  await serve("manifest.json", '[{"file":"python.js"},{"file":"x.js"}]');
  equal(await isOutdated(), false);
  await serve("manifest.json", "not JSON");
  equal(await isOutdated(), false);
});

test("the panel for saving is loaded when it comes into view, once", async () => {
  await serve("offline.js", OFFLINE);
  put('<div style="height: 5000px"></div><div data-offline></div>');
  const panel = document.querySelector("[data-offline]");
  loadOnDemand();
  loadOnDemand();
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  equal(await asked(), []);
  panel.scrollIntoView();
  await until(() => panel.textContent === "The panel.");
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  equal([panel.textContent, await asked()], ["The panel.", ["offline.js"]]);
});

test("a panel whose script does not come says so, and another try brings it", async () => {
  const panel = put("<div data-offline></div>");
  loadOnDemand();
  await until(() => panel.querySelector("button"));
  holds(panel.textContent, "The button to save the course could not be loaded.");
  await serve("offline.js", OFFLINE);
  panel.querySelector("button").click();
  await until(() => panel.textContent.endsWith("The panel."));
});

test("a page without a panel loads nothing", async () => {
  put("<p>Text</p>");
  loadOnDemand();
  equal(await asked(), []);
});
