/** Have charts drawn when they come near the viewport; only then is the chart library loaded. */

import { ASSETS, IS_SERVED } from "./site.js";

/** Milliseconds after which the reader is told that the chart library is slow to come. */
const SLOW = 8000;
let tries = 0;
/** @type {WeakSet<Element>} */
const watched = new WeakSet();
const eye =
  "IntersectionObserver" in globalThis
    ? new IntersectionObserver((entries) => entries.forEach(draw), { rootMargin: "300px" })
    : undefined;

/** @param {Element} root */
export function drawCharts(root) {
  if (!IS_SERVED) return;
  for (const plot of root.querySelectorAll(".ft-plot[data-figure]")) {
    if (watched.has(plot)) continue;
    watched.add(plot);
    eye?.observe(plot);
  }
}

/** @param {IntersectionObserverEntry} entry */
async function draw({ isIntersecting, target }) {
  if (!isIntersecting) return;
  eye?.unobserve(target);
  // The same numbers stand in the table below the chart.
  const slow = setTimeout(() => {
    target.textContent = "The chart is still on its way; its numbers stand in the table below.";
  }, SLOW);
  try {
    // A module that failed once is remembered as failed under its address, so another try needs another address.
    const address = `${ASSETS}${PLOT_FILE}${tries ? `?${tries}` : ""}`;
    const { drawPlot } = /** @type {typeof import("./plot.js")} */ (await import(address));
    target.textContent = "";
    await drawPlot(/** @type {HTMLElement} */ (target));
  } catch (error) {
    console.warn("The chart could not be drawn:", error);
    target.textContent = "The chart could not be drawn here; its numbers stand in the table below.";
    tries++;
    watched.delete(target);
  } finally {
    clearTimeout(slow);
  }
}
