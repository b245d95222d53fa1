/**
 * What only few readers need is loaded for them alone: saving for offline use, when its panel comes near the viewport
 * or a saved copy is being read, and a word about what does not work when a page is opened as a file.
 */

import { ASSETS, IS_SERVED } from "./site.js";

export function loadOnDemand() {
  if (!IS_SERVED) {
    // No module can be imported from a file.
    const script = document.createElement("script");
    script.src = ASSETS + FILE_NOTICE_FILE;
    document.head.append(script);
    return;
  }
  const panel = document.querySelector("[data-offline]");
  const load = () => import(ASSETS + OFFLINE_FILE).catch(() => {});
  if (navigator.serviceWorker?.controller) void load();
  else if (panel) {
    const eye = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      eye.disconnect();
      void load();
    });
    eye.observe(panel);
  }
}
