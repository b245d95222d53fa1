/** The panel for saving: what it says before anything is saved, and what it offers. `test_offline.py` saves for real. */

import { showOffline } from "../../../widgets/browser/offline/offline.js";
import { equal, holds, put, serve, test, until } from "../shared/in_document.mjs";

const LIST = JSON.stringify({
  version: "v1",
  release: "1.0",
  bytes: 2_500_000,
  files: [{ path: "index.html", bytes: 500_000, sha256: "a" }, { path: "copy.html", bytes: 500_000, sha256: "a" }, { path: "x", bytes: 2e6, sha256: "b" }],
});
const site = (text) => serve("../../offline.json", text);
const actions = () => [...document.querySelectorAll("button")].map(({ dataset }) => dataset.action);

/** Show the panel and wait for what it says. */
async function shown() {
  const panel = put("<div data-offline></div>");
  showOffline(panel);
  await until(() => panel.querySelector("[role=status]")?.textContent);
  return panel;
}

test("before anything is saved the panel says what would be, how much it is, and offers it", async () => {
  await site(LIST);
  const panel = await shown();
  await until(() => actions().length > 0);
  holds(panel.textContent, "Saves all pages, Python, the widgets and the tiny model in this browser: 2.5 MB.");
  equal([actions(), panel.querySelector("progress").hidden], [["save"], true]);
});

test("what has arrived of a copy is counted, and can be gone on with or removed", async () => {
  await site(LIST);
  const cache = await caches.open("ft|/course/|offline");
  await cache.put("https://course.example/course/saved/b", new Response("x"));
  const panel = await shown();
  await until(() => actions().length > 0);
  holds(panel.textContent, "2.0 MB of 2.5 MB are saved; the rest is still to be loaded.");
  equal(actions(), ["save", "remove"]);
});

test("a list that does not come is said, and the button that looks again keeps the focus for the next one", async () => {
  const panel = await shown();
  await until(() => actions().length > 0);
  holds(panel.textContent, "published without the list that saving needs");
  equal(actions(), ["look"]);
  document.querySelector("button").focus();
  await site(LIST);
  document.querySelector("button").click();
  await until(() => actions()[0] === "save");
  equal(document.activeElement.dataset.action, "save");
});

test("a page without a panel says nothing to somebody who has saved nothing", async () => {
  await site(LIST);
  put("<p>Text</p>");
  showOffline(null);
  await until(() => performance.getEntriesByName("https://course.example/course/offline.json").length > 0);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  equal(document.body.textContent, "Text");
});
