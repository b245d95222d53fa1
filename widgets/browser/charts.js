/** Have charts drawn when they come near the viewport; only then is the chart library loaded. */

import { ASSETS, IS_SERVED } from "./site.js";

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
  try {
    const { drawPlot } = /** @type {typeof import("./plot.js")} */ (await import(`${ASSETS}${PLOT_FILE}`));
    await drawPlot(/** @type {HTMLElement} */ (target));
  } catch (error) {
    // The same numbers stand in the table below the chart.
    console.warn("The chart could not be drawn:", error);
    target.textContent = "The chart could not be drawn here; its numbers stand in the table below.";
  }
}
