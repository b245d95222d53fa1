/**
 * The one place where HTML enters the page. It comes from Python's escaping builder, at build or in the worker.
 * The old elements are changed into the new ones rather than replaced, so the focus, the selection, what the
 * reader opened and the drawn charts stay.
 */

import { Idiomorph } from "idiomorph";

/**
 * @param {HTMLElement} part
 * @param {string} html
 */
export function insert(part, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  Idiomorph.morph(part, fresh.content, {
    morphStyle: "innerHTML",
    // What is being typed stays. Of any other element that has the focus this would keep the old content: a button's name.
    ignoreActiveValue: focused?.matches("input, select, textarea") ?? false,
    callbacks: {
      beforeAttributeUpdated: (name, element) => !(name === "open" && element.tagName === "DETAILS"),
      beforeNodeMorphed: (old, fresh) => !old.isEqualNode(fresh) && keepChart(old, fresh),
    },
  });
  if (focused && !focused.isConnected) focusWithin(part);
}

/**
 * A chart that is drawn keeps what is drawn in it and gets the new figure; plot.js watches the attribute.
 *
 * @param {Node} old
 * @param {Node} fresh
 */
function keepChart(old, fresh) {
  if (!(old instanceof HTMLElement && fresh instanceof HTMLElement)) return true;
  if (!old.matches(".ft-plot[data-drawn]") || !fresh.matches(".ft-plot")) return true;
  for (const { name, value } of fresh.attributes) {
    if (name !== "class" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  return false;
}

/**
 * The focused element is gone: put the focus where the reader goes on, not at the top of the page.
 *
 * @param {HTMLElement} part
 */
function focusWithin(part) {
  const next = /** @type {HTMLElement | null} */ (
    part.querySelector("button:not([disabled]), input:not([disabled]), select, summary, a[href]")
  );
  if (!next) part.tabIndex = -1;
  (next ?? part).focus({ preventScroll: true });
}
