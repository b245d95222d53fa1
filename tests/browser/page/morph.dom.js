/** HTML that enters the page changes the old elements, so that what the reader does there stays. */

import { insert } from "../../../widgets/browser/page/morph.js";
import { equal, put, test } from "../shared/in_document.mjs";

test("a control that has the focus keeps it, and what is being typed in it", () => {
  const part = put('<div><p>8</p><input name="rank" value="8"></div>');
  const [, box] = part.children;
  box.focus();
  box.value = "13";
  insert(part, '<p>13</p><input name="rank" value="16">');
  equal([part.children[1] === box, document.activeElement === box, box.value], [true, true, "13"]);
  equal(part.children[0].textContent, "13");
});

test("what the reader has opened stays open, and what was closed stays closed", () => {
  const part = put("<div><details><summary>Why</summary>8</details></div>");
  part.firstElementChild.open = true;
  insert(part, "<details><summary>Why</summary>16</details>");
  equal([part.firstElementChild.open, part.textContent], [true, "Why16"]);
  part.firstElementChild.open = false;
  insert(part, "<details open><summary>Why</summary>32</details>");
  equal([part.firstElementChild.open, part.textContent], [false, "Why32"]);
});

test("a chart that is drawn keeps its drawing and its look, and takes the new figure", () => {
  const part = put('<div><div class="ft-plot js-plotly" data-drawn="" data-figure="1"><svg></svg></div></div>');
  const drawing = part.querySelector("svg");
  insert(part, '<div class="ft-plot" data-figure="2" aria-label="Loss">No chart yet.</div>');
  const [plot] = part.children;
  equal([plot.querySelector("svg") === drawing, plot.className], [true, "ft-plot js-plotly"]);
  equal([plot.dataset.figure, plot.dataset.drawn, plot.getAttribute("aria-label")], ["2", "", "Loss"]);
});

test("a chart that is not drawn yet is changed like everything else", () => {
  const part = put('<div><div class="ft-plot" data-figure="1">No chart yet.</div></div>');
  insert(part, '<div class="ft-plot" data-figure="2">On its way.</div>');
  equal([part.firstElementChild.dataset.figure, part.textContent], ["2", "On its way."]);
});

test("a button that has the focus takes a new name like any other", () => {
  const part = put("<div><button>Check</button></div>");
  part.firstElementChild.focus();
  insert(part, "<button>Check again</button>");
  equal([document.activeElement === part.firstElementChild, part.textContent], [true, "Check again"]);
});

test("where the focused button is gone the next one that can be pressed has the focus", () => {
  const part = put("<div><button>Check</button></div>");
  part.firstElementChild.focus();
  insert(part, "<p>Right.</p><a href='#next'>Next</a>");
  equal(document.activeElement.textContent, "Next");
});

test("where nothing is left to be focused the part itself has the focus, not the top of the page", () => {
  const part = put("<div><button>Check</button></div>");
  part.firstElementChild.focus();
  insert(part, "<p>Right.</p>");
  equal(document.activeElement === part, true);
});

test("a focus elsewhere is left where it is", () => {
  put("<div><button>Check</button></div><input>");
  const [part, box] = document.body.children;
  box.focus();
  insert(part, "<p>Right.</p>");
  equal(document.activeElement === box, true);
});
