/** What the theme leaves nameless, or out of reach of the keyboard, gets a name and can be reached. */

import { watchTheme } from "../../../widgets/browser/page/theme.js";
import { equal, put, test, until } from "../shared/in_document.mjs";

const label = (selector) => document.querySelector(selector).getAttribute("aria-label");

test("notes, copy buttons, tables and the search are named, and a name that is there stays", () => {
  put(`<article>
    <a class="md-annotation__index"><span data-md-annotation-id="3"></span></a>
    <button class="md-code__button one" title="Copy to clipboard"></button>
    <button class="md-code__button two" title="Copy" aria-label="Copy the program"></button>
    <nav class="md-code__nav"></nav>
    <div class="md-typeset__scrollwrap"></div>
    <div class="md-search" role="dialog"></div>
  </article>`);
  watchTheme();
  equal(label(".md-annotation__index"), "Note 3");
  equal([label(".one"), label(".two")], ["Copy to clipboard", "Copy the program"]);
  equal(document.querySelector("nav").getAttribute("role"), "presentation");
  const table = document.querySelector(".md-typeset__scrollwrap");
  equal([table.tabIndex, table.getAttribute("role")], [0, "group"]);
  equal(label(".md-search"), "Search");
});

test("what the theme builds later is named, too", async () => {
  const article = put("<article></article>");
  watchTheme();
  article.innerHTML = '<button class="md-code__button" title="Copy to clipboard"></button>';
  await until(() => label("button") === "Copy to clipboard");
});
