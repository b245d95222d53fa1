/** Have charts drawn when they come near the viewport; only then is the chart library loaded. */

import { inTime } from "./live.js";
import { ASSETS, IS_SERVED } from "./site.js";

/** Milliseconds after which the reader is told that the chart library is slow to come. */
const SLOW = 8000;
let tries = 0;
/** @type {Promise<typeof import("./plot.js")> | undefined} */
let library;
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
    library ??= inTime(load());
    const { drawPlot } = await library;
    target.textContent = "";
    await drawPlot(/** @type {HTMLElement} */ (target));
  } catch (error) {
    console.warn("The chart could not be drawn:", error);
    target.textContent = "The chart could not be drawn here; its numbers stand in the table below.";
    // The next change of the widget tries again.
    library = undefined;
    watched.delete(target);
  } finally {
    clearTimeout(slow);
  }
}

/** Load the chart library; what failed before is not taken from the browser's cache. */
async function load() {
  const response = await fetch(ASSETS + PLOT_FILE, { cache: tries++ ? "reload" : "default" });
  if (!response.ok) throw new Error(`${PLOT_FILE} did not come (${response.status})`);
  const bytes = await response.arrayBuffer();
  // Some servers announce a .gz file as an encoding, and the browser has then already undone it.
  const isPacked = new Uint8Array(bytes)[0] === 0x1f;
  const stream = new Blob([bytes]).stream();
  // It was gzipped, so it cannot be imported from its address. The page's security policy names the hash of this very
  // text (widgets/site/publish/policy.py): nothing else can come in this way.
  const script = document.createElement("script");
  script.textContent = await new Response(isPacked ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
  document.head.append(script);
  script.remove();
  const { ftPlot } = /** @type {{ftPlot?: typeof import("./plot.js")}} */ (globalThis);
  if (!ftPlot) throw new Error(`${PLOT_FILE} did not come whole`);
  return ftPlot;
}
