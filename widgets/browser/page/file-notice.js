/** A page opened as a file: say at its top, at its charts and in its search what works and what does not. */

const notice = document.createElement("aside");
notice.className = "ft-file-notice";
notice.setAttribute("aria-label", "Opened as a file");
notice.textContent =
  "This page was opened as a file. Reading, quizzes and the prepared answers of the widgets work. Python, training, " +
  "charts and search do not: browsers allow them only for pages from a web server. To start one, run " +
  "“python3 -m http.server” in the course's folder and open http://localhost:8000.";
document.querySelector(".md-content")?.prepend(notice);

for (const plot of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".ft-plot[data-figure]"))) {
  plot.textContent = "The chart needs a web server; its numbers stand in the table below.";
  plot.style.height = "auto";
}

for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input.md-search__input"))) {
  box.placeholder = "Search needs a web server";
  box.disabled = true;
}
