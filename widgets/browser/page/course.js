/** The script of every page: small, classic and deferred, so that it works from a file too. */

import { drawCharts } from "./chart-loader.js";
import { FtWidget } from "./element.js";
import { loadOnDemand } from "./offline-loader.js";
import { keyPressed, pageClicked } from "./page-buttons.js";
import { showProgress, watchLessonEnd } from "./progress.js";
import { watchSearch } from "./search.js";
import { watchTheme } from "./theme.js";

customElements.define("ft-widget", FtWidget);
document.addEventListener("click", pageClicked);
document.addEventListener("keydown", keyPressed);
addEventListener("pageshow", showProgress);
watchSearch();
arrive();
pressAgain();
// The theme's script runs after this one, if it comes at all. It says when it has changed pages without reload.
addEventListener("DOMContentLoaded", () => {
  /** @type {{document$?: {subscribe: (listener: () => void) => void}}} */ (globalThis).document$?.subscribe(arrive);
});

function arrive() {
  showProgress();
  watchLessonEnd();
  watchTheme();
  drawCharts(document.body);
  loadOnDemand();
}

/**
 * Do what buttons declare that were pressed before this script came (early.js). One that declares something else by now
 * is left alone: what the device kept has taken the place of what the reader saw, perhaps another pair to vote on.
 */
function pressAgain() {
  const pressed = globalThis.ftPressed ?? [];
  globalThis.ftPressed = undefined;
  for (const [button, declared] of pressed) {
    button.removeAttribute("aria-busy");
    if (JSON.stringify(button.dataset) === declared) button.click();
  }
}
