/** The script of every page: what it sets going, and what it does with what was pressed before it came. */

import { ASSETS, IS_SERVED, SITE } from "../../../widgets/browser/page/site.js";
import { keep } from "../../../widgets/browser/page/local-storage.js";
import { equal, put, test, until } from "../shared/in_document.mjs";

const begin = () => import("../../../widgets/browser/page/course.js");

test("where the site lies is told by the address of the script", () => {
  equal([ASSETS.href, SITE.href, IS_SERVED], ["https://course.example/course/assets/course/", "https://course.example/course/", true]);
});

test("a button that was pressed early is pressed again; one that means something else by now is not", async () => {
  put('<div><button data-copy="a" aria-busy="true">One</button><button data-action="x" aria-busy="true">Two</button></div>');
  const [same, other] = document.querySelectorAll("button");
  const pressed = [];
  for (const button of [same, other]) button.addEventListener("click", () => pressed.push(button.textContent));
  globalThis.ftPressed = [[same, '{"copy":"a"}'], [other, '{"action":"y"}'], [same, '{"copy":"a"}']];
  await begin();
  equal(pressed, ["One", "One"]);
  equal([document.querySelectorAll("[aria-busy]").length, globalThis.ftPressed], [0, undefined]);
});

test("progress is shown at once, and again when the reader comes back to the page", async () => {
  put('<div><p data-progress="lora"></p></div>');
  await begin();
  keep("progress", "lesson:lora", "read");
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  equal(document.querySelector("p").textContent, "Read");
});

test("a theme that changes pages without reload has each page looked after", async () => {
  let listen;
  globalThis.document$ = { subscribe: (listener) => (listen = listener) };
  await begin();
  document.dispatchEvent(new Event("DOMContentLoaded", { bubbles: true }));
  put('<article><p data-progress="dpo"></p><div class="md-typeset__scrollwrap"></div></article>');
  keep("progress", "lesson:dpo", "read");
  listen();
  equal(document.querySelector("p").textContent, "Read");
  await until(() => document.querySelector(".md-typeset__scrollwrap").getAttribute("role") === "group");
});
