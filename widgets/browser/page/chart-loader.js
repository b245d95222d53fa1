/**
 * Have charts drawn when they come near the viewport; only then is the chart library loaded (the bundle `chart`). A
 * chart that cannot be drawn says so and offers to try again; its text and its table stay.
 *
 * @import {ChartBundle} from "../shared/bundles.js"
 */

import { inTime } from "./module-loader.js";
import { ASSETS, IS_SERVED } from "./site.js";

/** Milliseconds after which the reader is told that the chart library is slow to come. */
const SLOW_MS = 8000;
let tries = 0;
/** @type {Promise<ChartBundle> | undefined} */
let library;
/** @type {WeakSet<Element>} */
const watched = new WeakSet();
const eye =
  "IntersectionObserver" in globalThis
    ? new IntersectionObserver(
        (entries) => {
          for (const { isIntersecting, target } of entries) if (isIntersecting) void draw(/** @type {HTMLElement} */ (target));
        },
        { rootMargin: "300px" },
      )
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

/** @param {HTMLElement} plot */
async function draw(plot) {
  eye?.unobserve(plot);
  const slow = setTimeout(() => {
    plot.textContent = "The chart is still on its way; its numbers stand in the table below.";
  }, SLOW_MS);
  try {
    library ??= inTime(load());
    const { drawPlot } = await library.catch((error) => {
      library = undefined;
      throw error;
    });
    clearTimeout(slow);
    plot.textContent = "";
    plot.setAttribute("role", "img");
    await drawPlot(plot, (error) => offerRetry(plot, error));
  } catch (error) {
    clearTimeout(slow);
    offerRetry(plot, error);
  }
}

/**
 * @param {HTMLElement} plot
 * @param {unknown} error
 */
function offerRetry(plot, error) {
  console.warn("The chart could not be drawn:", error);
  // The next change of the widget tries again, too.
  watched.delete(plot);
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  line.textContent = "The chart could not be drawn here; its numbers stand in the table below.";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ft-button";
  button.textContent = "Try again";
  button.addEventListener("click", () => void retry(plot));
  // What is inside an image is hidden from screen readers.
  plot.setAttribute("role", "group");
  plot.replaceChildren(line, button);
}

/**
 * Draw a chart once more. The focus stays with the chart when the button goes.
 *
 * @param {HTMLElement} plot
 */
async function retry(plot) {
  plot.tabIndex = -1;
  plot.focus({ preventScroll: true });
  plot.textContent = "The chart is being drawn.";
  watched.add(plot);
  await draw(plot);
  if (document.activeElement === plot) plot.querySelector("button")?.focus();
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
  const { ftPlot } = /** @type {{ftPlot?: ChartBundle}} */ (globalThis);
  if (!ftPlot) throw new Error(`${PLOT_FILE} did not come whole`);
  return ftPlot;
}
