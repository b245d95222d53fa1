/**
 * Draw charts with plotly.js. Colours such as "@accent" stand for the site's own (`--ft-accent`), so a chart follows
 * the colour scheme; it is redrawn when the scheme or its figure changes.
 */

import Plotly from "plotly.js-basic-dist-min";
import { coloured } from "./colours.js";
import { growth } from "./growth.js";

/** @import {Figure} from "./growth.js" */

const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };
/** @type {Map<HTMLElement, (error: unknown) => void>} the charts that are drawn, and who is told that one is no more */
const drawn = new Map();
/** @type {WeakMap<HTMLElement, Figure>} what each chart shows */
const shown = new WeakMap();
const eye = new MutationObserver((changes) => {
  for (const plot of new Set(changes.map(({ target }) => target))) soon(/** @type {HTMLElement} */ (plot));
});

/**
 * Draw a chart and keep it up to date.
 *
 * @type {import("../shared/bundles.js").ChartBundle["drawPlot"]}  rejects if it cannot be drawn; `failed` is called if
 *   it cannot be drawn anew later
 */
export async function drawPlot(plot, failed) {
  try {
    await redraw(plot);
  } catch (error) {
    clear(plot);
    throw error;
  }
  plot.dataset.drawn = "";
  drawn.set(plot, failed);
  eye.observe(plot, { attributeFilter: ["data-figure"] });
}

/**
 * Take away what is drawn, perhaps by half.
 *
 * @param {HTMLElement} plot
 */
function clear(plot) {
  drawn.delete(plot);
  shown.delete(plot);
  delete plot.dataset.drawn;
  Plotly.purge(plot);
}

/**
 * Redraw a chart; one that cannot be redrawn is given up.
 *
 * @param {HTMLElement} plot
 */
async function update(plot) {
  const failed = drawn.get(plot);
  try {
    if (failed) await redraw(plot);
  } catch (error) {
    clear(plot);
    failed?.(error);
  }
}

/** @type {Set<HTMLElement>} charts with a new figure */
const waiting = new Set();

/**
 * Redraw a chart in a task of its own, so that several new figures at once do not hold up the page.
 *
 * @param {HTMLElement} plot
 */
function soon(plot) {
  if (waiting.size === 0) setTimeout(next);
  waiting.add(plot);
}

function next() {
  const [plot] = waiting;
  waiting.delete(plot);
  if (waiting.size > 0) setTimeout(next);
  void update(plot);
}

/**
 * Draw the figure that a chart holds now. While a run streams, its lines only grow: then only the new points are added.
 *
 * @param {HTMLElement} plot
 */
async function redraw(plot) {
  const style = getComputedStyle(plot);
  const figure = /** @type {Figure} */ (
    coloured(JSON.parse(plot.dataset.figure ?? "{}"), (name) => style.getPropertyValue(`--ft-${name}`).trim())
  );
  figure.layout = themed(figure.layout, style);
  const before = shown.get(plot);
  const more = before && growth(before, figure);
  shown.set(plot, structuredClone(figure));
  if (more) await Plotly.extendTraces(plot, { x: more.map(({ x }) => x), y: more.map(({ y }) => y) }, more.map(({ at }) => at));
  else await Plotly.react(plot, { data: figure.data, layout: figure.layout, config: CONFIG });
}

/**
 * Put a figure's layout over the site's own look.
 *
 * @param {Record<string, unknown>} layout
 * @param {CSSStyleDeclaration} style
 */
function themed(layout, style) {
  const line = style.getPropertyValue("--ft-line").trim();
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, fixedrange: true };
  /** @type {Record<string, unknown>} */
  const whole = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: style.fontFamily, size: 13, color: style.getPropertyValue("--ft-ink").trim() },
    margin: { l: 8, r: 8, t: 24, b: 8 },
    hovermode: "closest",
    dragmode: false,
    autosize: true,
    ...layout,
  };
  for (const name of new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))])) {
    whole[name] = { ...axis, ...asObject(layout[name]) };
  }
  return whole;
}

/** @param {unknown} value */
function asObject(value) {
  return typeof value === "object" && value !== null ? value : {};
}

function redrawAll() {
  for (const plot of drawn.keys()) {
    if (plot.isConnected) void update(plot);
    else drawn.delete(plot);
  }
}

new MutationObserver(redrawAll).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
