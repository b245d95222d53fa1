/** The status line of a widget: what is seen, and what is read out when. */

import { showStatus } from "../../../widgets/browser/page/status.js";
import { equal, put, test } from "../shared/in_document.mjs";

const line = () => put('<div role="status"></div>');
const tags = (element) => [...element.children].map(({ localName }) => localName);

test("sentence, bar, figures and button stand in this order, whichever came first", () => {
  const status = line();
  showStatus(status, { text: "", offer: "cancel" });
  showStatus(status, { text: "It trains.", total: 40, done: 10, figures: "loss 1.2", offer: "cancel" });
  equal(tags(status), ["span", "progress", "small", "em", "button"]);
  equal([status.querySelector("progress").value, status.querySelector("progress").max], [10, 40]);
  showStatus(status, { text: "Done." });
  equal([tags(status), status.textContent], [["span"], "Done."]);
  showStatus(status, { text: "" });
  equal(tags(status), []);
});

test("a button that stays keeps the focus while the line changes", () => {
  const status = line();
  showStatus(status, { text: "Step 1.", total: 0, offer: "cancel" });
  const button = status.querySelector("button");
  button.focus();
  showStatus(status, { text: "Step 2.", total: 9, done: 2, figures: "2 of 9", offer: "cancel" });
  equal([document.activeElement === button, button.dataset.action, button.textContent], [true, "cancel", "Cancel"]);
});

test("a bar names what it is for, and has no value while no end is in sight", () => {
  const status = line();
  showStatus(status, { text: "Python is being loaded.", total: 100, done: 30 });
  showStatus(status, { text: "Python starts.", total: 0 });
  const bar = status.querySelector("progress");
  equal([bar.hasAttribute("value"), bar.getAttribute("aria-label")], [false, "Python starts."]);
});

test("a sentence that has not changed is not written again, since it would be read out again", () => {
  const status = line();
  showStatus(status, { text: "It trains.", total: 9, done: 1 });
  const { firstChild } = status.querySelector("span");
  showStatus(status, { text: "It trains.", total: 9, done: 2 });
  equal(status.querySelector("span").firstChild === firstChild, true);
});

test("ticking figures are hidden from screen readers and read out every fifteen seconds", () => {
  let now = 1000;
  performance.now = () => now;
  const status = line();
  const spoken = () => status.querySelector("em").textContent;
  showStatus(status, { text: "It trains.", figures: "step 1" });
  equal([status.querySelector("small").getAttribute("aria-hidden"), spoken()], ["true", ""]);
  now += 14_000;
  showStatus(status, { text: "It trains.", figures: "step 2" });
  equal(spoken(), "");
  now += 1_000;
  showStatus(status, { text: "It trains.", figures: "step 3" });
  equal(spoken(), "step 3");
  now += 1_000;
  showStatus(status, { text: "It trains.", figures: "step 4" });
  equal([spoken(), status.querySelector("small").textContent], ["step 3", "step 4"]);
});
