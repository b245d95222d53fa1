/**
 * What only few readers need is loaded for them alone: saving for offline use, when its panel comes near the viewport
 * or a saved copy is being read, and a word about what does not work when a page is opened as a file.
 */

import { loaded } from "./module-loader.js";
import { ASSETS, IS_SERVED } from "./site.js";
import { showStatus } from "./status.js";

/** @type {WeakSet<object>} the panels that are looked after; for a page without one, the document */
const known = new WeakSet();

/** Called for each page that a reader comes to, for the first one perhaps twice. */
export function loadOnDemand() {
  /** @type {HTMLElement | null} */
  const panel = document.querySelector("[data-offline]");
  const place = panel ?? document;
  if (known.has(place)) return;
  known.add(place);
  if (!IS_SERVED) {
    // No module can be imported from a file.
    const script = document.createElement("script");
    script.src = ASSETS + FILE_NOTICE_FILE;
    document.head.append(script);
  } else if (navigator.serviceWorker?.controller) void load(panel);
  else if (panel) {
    const eye = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      eye.disconnect();
      void load(panel);
    });
    eye.observe(panel);
  }
}

/** @param {HTMLElement | null} panel */
async function load(panel) {
  try {
    const { showOffline } = /** @type {import("../shared/bundles.js").OfflineBundle} */ (await loaded(OFFLINE_FILE));
    showOffline(panel);
  } catch {
    // Without a panel only the word about a newer version is missing.
    if (!panel) return;
    const line = document.createElement("div");
    line.className = "ft-status";
    line.setAttribute("role", "status");
    panel.replaceChildren(line);
    showStatus(line, { text: "The button to save the course could not be loaded.", offer: "retry" });
    line.querySelector("button")?.addEventListener("click", () => {
      showStatus(line, { text: "Loading." });
      void load(panel);
    });
  }
}
