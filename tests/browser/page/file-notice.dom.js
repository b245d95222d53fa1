/** What a page that was opened as a file says about itself. */

import { equal, holds, put, test } from "../shared/in_document.mjs";

test("a page opened as a file says at its top, at its charts and in its search what needs a web server", async () => {
  put(`<div><input class="md-search__input" placeholder="Search"><div class="md-content"><h1>LoRA</h1>
    <div class="ft-plot" data-figure="{}" style="height: 300px"></div></div></div>`);
  await import("../../../widgets/browser/page/file-notice.js");
  const notice = document.querySelector(".md-content").firstElementChild;
  equal([notice.localName, notice.getAttribute("aria-label")], ["aside", "Opened as a file"]);
  holds(notice.textContent, "python3 -m http.server");
  const plot = document.querySelector(".ft-plot");
  equal([plot.textContent, plot.style.height], ["The chart needs a web server; its numbers stand in the table below.", "auto"]);
  const search = document.querySelector("input");
  equal([search.disabled, search.placeholder], [true, "Search needs a web server"]);
});
