/** What the reader has changed before the script came, and which sentence belongs to which refused control. */

import { changedControls, controlsOf, markProblems } from "../../../widgets/browser/page/controls.js";
import { equal, put, test } from "../shared/in_document.mjs";

const FORM = `<form id="w">
  <input type="number" name="rank" value="8">
  <input type="range" name="slider" min="0" max="10" step="3" value="4">
  <select name="model"><option value="a"><option value="b" selected></select>
  <select name="plain"><option value="a"><option value="b"></select>
  <textarea name="votes">p1:a</textarea>
  <input type="checkbox" name="on" checked>
  <input type="radio" name="choice" value="x" checked>
  <input type="radio" name="choice" value="y">
  <input type="file" name="file">
</form>`;
const named = (form, name) => controlsOf(form, name)[0];

test("a form that nobody touched holds no changes, though the browser has moved a slider onto its steps", () => {
  equal(changedControls(put(FORM)).length, 0);
});

test("each kind of control that was changed is found and can be put back", () => {
  const form = put(FORM);
  named(form, "rank").value = "13";
  named(form, "slider").value = "9";
  named(form, "model").value = "a";
  named(form, "plain").value = "b";
  named(form, "votes").value = "";
  named(form, "on").checked = false;
  controlsOf(form, "choice")[1].checked = true;
  const changed = changedControls(form);
  equal(changed.map(({ control }) => control.name), ["rank", "slider", "model", "plain", "votes", "on", "choice"]);
  form.reset();
  for (const { restore } of changed) restore();
  equal([named(form, "rank").value, named(form, "model").value, named(form, "on").checked], ["13", "a", false]);
  equal(controlsOf(form, "choice").map(({ checked }) => checked), [false, true]);
});

test("a refused control is tied to the sentence that says why, until it is right", () => {
  const form = put(`${FORM}<p data-problem="rank">Too large.</p>`);
  const problem = document.querySelector("[data-problem]");
  form.append(problem);
  markProblems(form);
  const box = named(form, "rank");
  equal([box.getAttribute("aria-invalid"), box.getAttribute("aria-errormessage"), problem.id], ["true", "w-rank-problem", "w-rank-problem"]);
  equal(form.querySelectorAll("[aria-invalid]").length, 1);
  problem.remove();
  markProblems(form);
  equal([box.hasAttribute("aria-invalid"), box.hasAttribute("aria-errormessage")], [false, false]);
});
