/** What the chart library is asked for: the site's colours, the new points of a line that grows, and no more. */

import { drawPlot } from "../../../widgets/browser/chart/plot.js";
import { calls, faults } from "./plotly.mjs";
import { equal, put, test, until } from "../shared/in_document.mjs";

const figure = (y, layout = {}) => JSON.stringify({ data: [{ x: y.map((_, at) => at), y, line: { color: "@accent" } }], layout });
const shown = (text) => {
  const plot = put('<div class="ft-plot" style="--ft-accent: teal; --ft-line: silver; --ft-ink: black"></div>');
  plot.dataset.figure = text;
  return plot;
};
const names = () => calls.map(([name]) => name);

test("a figure is drawn in the site's colours, its own layout over the site's", async () => {
  const plot = shown(figure([1, 2], { xaxis: { title: "step" }, yaxis2: {}, dragmode: "zoom" }));
  await drawPlot(plot, () => {});
  const [[name, data, layout]] = calls;
  equal([name, data[0].line.color, plot.dataset.drawn], ["react", "teal", ""]);
  equal([layout.font.color, layout.dragmode], ["black", "zoom"]);
  equal([layout.xaxis.gridcolor, layout.xaxis.title, layout.yaxis2.gridcolor], ["silver", "step", "silver"]);
});

test("a line that has grown gets its new points only; another figure is drawn anew", async () => {
  const plot = shown(figure([1, 2]));
  await drawPlot(plot, () => {});
  plot.dataset.figure = figure([1, 2, 3]);
  await until(() => calls.length === 2);
  equal(calls[1], ["extendTraces", { x: [[2]], y: [[3]] }, [0]]);
  plot.dataset.figure = figure([5, 2, 3]);
  await until(() => calls.length === 3);
  equal(names(), ["react", "extendTraces", "react"]);
});

test("a chart follows the colour scheme", async () => {
  const plot = shown(figure([1]));
  await drawPlot(plot, () => {});
  plot.style.setProperty("--ft-accent", "gold");
  document.body.setAttribute("data-md-color-scheme", "slate");
  await until(() => calls.length === 2);
  equal(calls[1][1][0].line.color, "gold");
});

test("a chart that cannot be drawn is taken away, and whoever wanted it is told", async () => {
  const plot = shown(figure([1]));
  faults.next = new Error("no");
  const error = await drawPlot(plot, () => {}).catch((one) => one);
  equal([error.message, names(), "drawn" in plot.dataset], ["no", ["react", "purge"], false]);
});

test("a chart that cannot be drawn anew is given up, and whoever wanted it is told once", async () => {
  const failed = [];
  const plot = shown(figure([1]));
  await drawPlot(plot, (error) => failed.push(error.name));
  plot.dataset.figure = "{";
  await until(() => failed.length > 0);
  equal([failed, names(), "drawn" in plot.dataset], [["SyntaxError"], ["react", "purge"], false]);
});
