/**
 * The status line of a widget. Its sentence is read out when it changes; the figures that tick beside a progress bar
 * would talk without end, so they are read out now and then.
 *
 * @import {Status} from "../shared/bundles.js"
 */

/** Milliseconds between two readings of the figures. */
const SPOKEN_EVERY_MS = 15_000;
/** @type {WeakMap<HTMLElement, number>} when the figures of a line may be read out next */
const speakAt = new WeakMap();

const LABELS = { retry: "Try again", cancel: "Cancel", reload: "Reload the page" };

/**
 * @param {HTMLElement} line  the element with `role="status"`
 * @param {Status} status
 */
export function showStatus(line, status) {
  const text = child(line, "span", status.text !== "");
  if (text && text.textContent !== status.text) text.textContent = status.text;
  const bar = child(line, "progress", status.total !== undefined);
  if (bar) {
    bar.setAttribute("aria-label", status.text);
    if (status.total) {
      bar.max = status.total;
      bar.value = status.done ?? 0;
    } else {
      bar.removeAttribute("value");
    }
  }
  const figures = child(line, "small", Boolean(status.figures));
  if (figures) {
    figures.setAttribute("aria-hidden", "true");
    figures.textContent = status.figures ?? "";
  }
  const now = performance.now();
  const isDue = Boolean(figures) && now >= (speakAt.get(line) ?? now + 1);
  if (!figures || isDue || !speakAt.has(line)) speakAt.set(line, now + SPOKEN_EVERY_MS);
  const voice = child(line, "em", Boolean(figures));
  if (voice) {
    voice.className = "ft-visually-hidden";
    if (isDue) voice.textContent = status.figures ?? "";
  }
  const button = child(line, "button", status.offer !== undefined);
  if (button && status.offer) {
    button.type = "button";
    button.className = "ft-button";
    button.dataset.action = status.offer;
    button.textContent = LABELS[status.offer];
  }
}

/** In this order they stand in the line. */
const TAGS = /** @type {const} */ (["span", "progress", "small", "em", "button"]);

/**
 * Give the one child of that tag, made or removed as wanted. One that stays is not moved: it may have the focus.
 *
 * @template {typeof TAGS[number]} Tag
 * @param {HTMLElement} line
 * @param {Tag} tag
 * @param {boolean} isWanted
 * @returns {HTMLElementTagNameMap[Tag] | null}
 */
function child(line, tag, isWanted) {
  const found = line.querySelector(tag);
  if (!isWanted) found?.remove();
  if (found || !isWanted) return isWanted ? found : null;
  const made = document.createElement(tag);
  const later = TAGS.slice(TAGS.indexOf(tag) + 1).join(",");
  line.insertBefore(made, later ? line.querySelector(later) : null);
  return made;
}
