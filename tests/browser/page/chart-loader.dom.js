/** A chart is drawn when it comes near the viewport; one that cannot be drawn says so and offers another try. */

import { drawCharts } from "../../../widgets/browser/page/chart-loader.js";
import { asked, equal, holds, put, serve, test, until } from "../shared/in_document.mjs";

const CHART = '<div><div class="ft-plot" data-figure="{}">No chart yet.</div></div>';
const LIBRARY = 'globalThis.ftPlot = { drawPlot: async (plot, failed) => { plot.dataset.drawn = ""; globalThis.failed = failed; } };';
const plot = () => document.querySelector(".ft-plot");

test("the library is loaded for a chart in view, once for all, and what is drawn is an image", async () => {
  await serve("plot.js", LIBRARY);
  drawCharts(put(CHART + CHART));
  drawCharts(document.body);
  await until(() => document.querySelectorAll("[data-drawn]").length === 2);
  equal([plot().textContent, plot().getAttribute("role"), await asked()], ["", "img", ["plot.js"]]);
});

test("for a chart far below nothing is loaded", async () => {
  await serve("plot.js", LIBRARY);
  put(`<div style="height: 5000px"></div>${CHART}`);
  drawCharts(document.body);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  equal(await asked(), []);
  plot().scrollIntoView();
  await until(() => "drawn" in plot().dataset);
});

test("without the library the numbers are pointed to, and another try draws and keeps the focus", async () => {
  drawCharts(put(CHART));
  await until(() => plot().querySelector("button"));
  holds(plot().textContent, "its numbers stand in the table below");
  equal([plot().getAttribute("role"), plot().querySelector("p").getAttribute("role")], ["group", "status"]);
  plot().querySelector("button").focus();
  plot().querySelector("button").click();
  await until(() => document.activeElement === plot().querySelector("button") && plot().querySelector("button"));
  await serve("plot.js", LIBRARY);
  plot().querySelector("button").click();
  await until(() => "drawn" in plot().dataset);
  equal([document.activeElement === plot(), plot().getAttribute("role")], [true, "img"]);
});

test("a library that is another script than it should be is not taken for one", async () => {
  await serve("plot.js", "globalThis.other = 1;");
  drawCharts(put(CHART));
  await until(() => plot().querySelector("button"));
  equal("drawn" in plot().dataset, false);
});

test("a chart that fails later offers another try as well", async () => {
  await serve("plot.js", LIBRARY);
  drawCharts(put(CHART));
  await until(() => globalThis.failed);
  globalThis.failed(new Error("no"));
  equal(plot().querySelector("button").textContent, "Try again");
});

test("after a failure the next change of the widget tries again, too", async () => {
  drawCharts(put(CHART));
  await until(() => plot().querySelector("button"));
  await serve("plot.js", LIBRARY);
  drawCharts(document.body);
  await until(() => "drawn" in plot().dataset);
});
