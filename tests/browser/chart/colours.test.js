import assert from "node:assert/strict";
import { test } from "node:test";
import { coloured } from "../../../widgets/browser/chart/colours.js";

test("names of colours are replaced however deep they stand, and nothing else is", () => {
  const colour = (name) => ({ accent: "#123456" })[name] ?? "";
  const figure = { data: [{ y: [1, null, "a@b"], line: { color: "@accent" } }], layout: { title: "@unknown" } };
  assert.deepEqual(coloured(figure, colour), {
    data: [{ y: [1, null, "a@b"], line: { color: "#123456" } }],
    layout: { title: "@unknown" },
  });
});
