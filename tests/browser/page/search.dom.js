/** What is found is read out, and a search that does not come is said to be late. */

import { watchSearch } from "../../../widgets/browser/page/search.js";
import { equal, holds, put, test } from "../shared/in_document.mjs";

const SEARCH = '<div><input class="md-search__input"><div class="md-search-result__meta">Initializing search</div></div>';

/** Watch the search of a page; gives its parts, and what is to be done later. */
function watched() {
  const [box, answer] = put(SEARCH).children;
  const later = [];
  globalThis.setTimeout = (act, delay) => later.push([act, delay]);
  watchSearch();
  const type = () => box.dispatchEvent(new Event("input"));
  return { box, answer, later, type };
}

test("the number of results is read out", () => {
  equal(watched().answer.getAttribute("role"), "status");
});

test("a search that has said nothing five seconds after the first key offers to reload the page", () => {
  const { answer, later, type } = watched();
  type();
  type();
  equal(later.map(([, delay]) => delay), [5000]);
  later[0][0]();
  holds(answer.textContent, "The search has not loaded yet.");
  equal(answer.querySelector("button").textContent, "Reload the page");
});

test("a search that has answered offers nothing, and Enter is left to it", () => {
  const { box, answer, later, type } = watched();
  type();
  answer.textContent = "2 matching documents";
  later[0][0]();
  equal(answer.textContent, "2 matching documents");
  const enter = new KeyboardEvent("keydown", { key: "Enter", cancelable: true });
  box.dispatchEvent(enter);
  equal(enter.defaultPrevented, false);
});

test("a page without a search is left alone", () => {
  put("<p>Text</p>");
  watchSearch();
  equal(document.body.innerHTML, "<p>Text</p>");
});
