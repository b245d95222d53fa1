/**
 * What works anywhere on a page:
 *
 * - a button with `data-copy="ID"` copies the text of that element;
 * - with `data-source="ID"` and `data-filename="NAME"` it saves the text as a file (without a name it copies it);
 * - `data-action="forget-all"` deletes everything that this site stored on the device; it stands in a popover that
 *   asks whether the reader means it, and what was done is said on the button that opened this;
 * - `data-key="1"` on a widget's button: that key presses it while the focus is inside the widget.
 */

import { FtWidget } from "./element.js";
import { forgetAll } from "./local-storage.js";

/** Milliseconds for which a button says what it has done. */
const SAYING_MS = 2500;

/** @param {MouseEvent} event */
export function pageClicked({ target }) {
  const button = target instanceof Element ? target.closest("button") : null;
  if (!button) return;
  const { copy, source = copy, filename, action } = button.dataset;
  if (source !== undefined && filename !== undefined) {
    save(filename, textOf(source));
    say(button, "Saved");
  } else if (source !== undefined) {
    void copyText(textOf(source)).then((done) => say(button, done ? "Copied" : "Not copied"));
  }
  if (action === "forget-all") {
    const question = /** @type {HTMLElement | null} */ (button.closest("[popover]"));
    /** @type {HTMLElement | null} */
    const opener = question && document.querySelector(`[popovertarget="${question.id}"]`);
    void forgetAll().then((entries) => {
      question?.hidePopover?.();
      say(opener ?? button, entries === 1 ? "Deleted 1 entry" : `Deleted ${entries} entries`);
    });
  }
}

/** @param {string} id */
function textOf(id) {
  const element = document.getElementById(id);
  return element instanceof HTMLTextAreaElement ? element.value : (element?.textContent ?? "");
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard here (an insecure origin): select the text so that the reader can copy it.
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * Let a button say for a while what it has done; screen readers hear it too.
 *
 * @param {HTMLElement} button
 * @param {string} words
 */
function say(button, words) {
  const label = (button.dataset.label ??= button.textContent ?? "");
  button.textContent = words;
  const voice = document.createElement("span");
  voice.className = "ft-visually-hidden";
  voice.setAttribute("role", "status");
  button.after(voice);
  // A live region speaks when its text changes, so the text comes a moment after the element.
  setTimeout(() => (voice.textContent = words), 50);
  setTimeout(() => {
    voice.remove();
    // An answer may have come meanwhile and have given the button its name, or a new one.
    if (button.textContent === words) button.textContent = label;
  }, SAYING_MS);
}

/** @param {KeyboardEvent} event */
export function keyPressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  const focused = document.activeElement;
  if (focused?.matches('select, textarea, [contenteditable], input:not([type="button"], [type="checkbox"], [type="radio"])')) {
    return;
  }
  const widget = focused?.closest("ft-widget");
  const live = widget instanceof FtWidget ? widget.live : undefined;
  if (!widget || !live) return;
  live.answerNow();
  const button = widget.querySelector(`[data-key="${CSS.escape(event.key)}"]:not([disabled])`);
  if (!(button instanceof HTMLElement)) return;
  event.preventDefault();
  live.press(button);
}
