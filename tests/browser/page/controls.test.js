import assert from "node:assert/strict";
import { test } from "node:test";
import { moveSlider, showRows, showText, sliderText, splitOnce, textOf, tokenOf } from "../../../widgets/browser/page/controls.js";

/** A control as far as these functions look at one. */
function control(type, value, { checked = false, dataset = {} } = {}) {
  return {
    type,
    value: value ?? "on",
    checked,
    dataset,
    attributes: {},
    hasAttribute: (name) => name === "value" && value !== null,
    getAttribute: (name) => (name === "aria-label" ? "Rank (slider)" : null),
    setAttribute(name, text) {
      this.attributes[name] = text;
    },
  };
}

test("a box and a list give their value", () => {
  assert.equal(textOf([control("number", "8")]), "8");
  assert.equal(textOf([]), undefined);
});

test("a checkbox without a value means on or off", () => {
  const box = control("checkbox", null);
  assert.equal(textOf([box]), "off");
  showText([box], "on");
  assert.equal(textOf([box]), "on");
});

test("a group gives the chosen values in the order of the page", () => {
  const group = ["q", "k", "v"].map((value) => control("checkbox", value));
  showText(group, "v,q,nonsense");
  assert.equal(textOf(group), "q,v");
  showText(group, "");
  assert.equal(textOf(group), "");
});

test("radio buttons give the chosen value", () => {
  const group = ["a", "b"].map((value) => control("radio", value));
  showText(group, "b");
  assert.equal(textOf(group), "b");
});

test("a logarithmic slider stands at the exponent and speaks the number", () => {
  const slider = control("range", "3", { dataset: { scale: "log2", unit: "GB" } });
  assert.equal(sliderText(slider), "8");
  moveSlider(slider, "64");
  assert.equal(slider.value, "6");
  assert.equal(slider.attributes["aria-valuetext"], "Rank 64 GB");
  for (const text of ["", "0", "x", "-1"]) moveSlider(slider, text);
  assert.equal(slider.value, "6");
});

test("a number stands for the first range that holds it", () => {
  const ranges = '[[8,8,"right"],[7.5,8.5,"near-1"]]';
  const box = control("number", "", { dataset: { ranges, otherwise: "wrong" } });
  assert.equal(tokenOf([box], "8"), "right");
  assert.equal(tokenOf([box], "8.5"), "near-1");
  assert.equal(tokenOf([box], "9"), "wrong");
  assert.equal(tokenOf([box], ""), "");
  assert.equal(tokenOf([control("number", "")], "9"), "9");
  assert.equal(tokenOf([], "9"), "9");
});

test("a name ends at the first equals sign", () => {
  assert.deepEqual(splitOnce("a=b=c"), ["a", "b=c"]);
  assert.deepEqual(splitOnce("a"), ["a", ""]);
});

test("a row is shown while its field holds one of the texts it names", () => {
  const one = { hidden: false, dataset: { shownWhen: "model=custom" } };
  const two = { hidden: true, dataset: { shownWhen: "tuning=lora|qlora" } };
  const widget = { querySelectorAll: () => [one, two] };
  showRows(widget, { model: "a", tuning: "qlora" });
  assert.deepEqual([one.hidden, two.hidden], [true, false]);
  showRows(widget, { model: "custom", tuning: "full" });
  assert.deepEqual([one.hidden, two.hidden], [false, true]);
});
