/**
 * A widget at work: carries what the reader does to the widget's state and the state's HTML back into the page. It knows
 * nothing about what a widget is about; `widgets/core/contract.md` is the contract.
 *
 * A change is answered from the answers that travel with the page where they hold it, and by Python where not. The control shows the change first, the answer comes with the next frame: a slow device shows at
 * once that something happens.
 *
 * @import {Payload} from "./payload.js"
 * @import {Status} from "../shared/bundles.js"
 */

import { painted } from "../shared/painted.js";
import { names } from "./button.js";
import { flush } from "./address.js";
import { drawCharts } from "./chart-loader.js";
import { changedControls, controlsOf, isControl } from "./controls.js";
import { Gateway } from "./gateway.js";
import { Parts } from "./parts.js";
import { keepRecords } from "./progress.js";
import { isOutdated } from "./python-loader.js";
import { WidgetState } from "./state.js";
import { showStatus } from "./status.js";

/** Milliseconds without a key after which a half-typed text goes to Python. */
const TYPING_MS = 300;
/** Milliseconds after which a slider that trains begins to, so that it can be moved over several stops. */
const SETTLING_MS = 400;
const OUTDATED =
  "The course was updated since this page was opened. Reload the page: what you entered and your progress are kept.";
const FOCUSABLE = "input, select, textarea, button";

export class LiveWidget {
  #element;
  #payload;
  #state;
  #parts;
  #python;
  #soon = 0;
  /** @type {number | undefined} while an answer is due: the milliseconds until Python is asked, too */
  #due;
  /** @type {AbortController | undefined} ends what the widget hears of the window */
  #hears;

  /**
   * @param {HTMLElement} element
   * @param {Payload} payload
   */
  constructor(element, payload) {
    const early = changedControls(element);
    const parts = new Parts(element, payload.parts);
    const state = new WidgetState(element, payload);
    const say = this.#say.bind(this);
    const settle = this.#settle.bind(this);
    this.#element = element;
    this.#payload = payload;
    this.#parts = parts;
    this.#state = state;
    this.#python = new Gateway({ element, state, parts, say, settle }, payload.place, payload.opening);
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("input", (event) => this.#changed(event));
    element.addEventListener("change", (event) => this.#changed(event));
    element.addEventListener("click", (event) => this.#clicked(event));
    element.addEventListener("keydown", (event) => this.#pressed(event));
    for (const { control, restore } of early) {
      restore();
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.#show();
    if (parts.areWaiting) this.#whenSeen(() => this.#python.ask());
    else this.#python.offerInterrupted();
  }

  /** Another tab stored something, or did while this page was out of sight: then a browser tells it of nothing. */
  listen() {
    if (this.#hears) return;
    this.#hears = new AbortController();
    const { signal } = this.#hears;
    addEventListener("storage", () => this.#catchUp(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#catchUp(), { signal });
  }

  /** The widget has left the page: its run ends, and it hears of nothing more. */
  leave() {
    this.#hears?.abort();
    this.#hears = undefined;
    this.#python.cancel();
  }

  /** @param {Event} event */
  #changed(event) {
    const control = event.target;
    if (!(control instanceof Element) || !isControl(control)) return;
    if (control.dataset.readsInto && control instanceof HTMLInputElement) {
      if (event.type === "change") void this.#readFile(control);
      return;
    }
    const read = this.#state.read(control);
    if (!read) return;
    const { name, text } = read;
    if (text !== undefined) {
      const isTyped =
        event.type === "input" && !control.dataset.mirror && /^(number|text|search|textarea)$/.test(control.type);
      this.#apply({ ...this.#state.texts, [name]: text }, isTyped ? TYPING_MS : 0);
    }
    if (event.type === "change" && this.#payload.runs_on.includes(name)) {
      clearTimeout(this.#soon);
      this.#soon = setTimeout(() => this.#start("run"), SETTLING_MS);
    }
  }

  /** @param {Event} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    const button = /** @type {HTMLElement | null} */ (target?.closest("[data-action]"));
    if (!button || !this.#element.contains(button) || button.getAttribute("aria-disabled") === "true") return;
    // Not every browser gives the focus to a button that is clicked; the widget's keys need it here.
    if (!this.#element.contains(document.activeElement)) button.focus({ preventScroll: true });
    if (button.closest(".ft-status") && button.dataset.action === "reload") {
      flush();
      location.reload();
    } else if (button.closest(".ft-status") && button.dataset.action === "retry") this.#python.retry();
    else this.press(button);
  }

  /**
   * Do what a button declares.
   *
   * @param {HTMLElement} button
   */
  press(button) {
    this.answerNow();
    const { action = "", commit, set, append, drop, empty, next } = button.dataset;
    if (action === "cancel") {
      this.#python.cancel();
      return;
    }
    if (empty && names(commit).some((name) => !this.#state.typed(name))) {
      this.#say({ text: empty });
      return;
    }
    if (commit || set !== undefined || append || drop) {
      this.#state.catchUp();
      const { state, problem } = this.#state.after(button.dataset);
      if (problem) {
        this.#say({ text: problem });
        return;
      }
      this.#apply(state, 0);
    }
    if (action === "run" || button.dataset.run !== undefined) this.#start(action);
    if (next) {
      this.answerNow();
      const part = this.#element.querySelector(`[data-part="${CSS.escape(next)}"]`);
      /** @type {HTMLElement | null | undefined} */ (part?.querySelector(FOCUSABLE))?.focus();
    }
  }

  /**
   * Enter in a box that a button takes over presses that button.
   *
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    const control = event.target;
    if (event.key !== "Enter" || !(control instanceof HTMLInputElement) || event.isComposing) return;
    const button = /** @type {HTMLElement | null} */ (this.#element.querySelector(`[data-commit~="${CSS.escape(control.name)}"]`));
    if (control.name && button) this.press(button);
  }

  #catchUp() {
    if (this.#state.catchUp()) this.#answer(0);
  }

  /**
   * Take over a new state: keep it, answer it.
   *
   * @param {Record<string, string>} state
   * @param {number} delay  milliseconds before Python is asked
   */
  #apply(state, delay) {
    this.#state.put(state);
    this.#answer(delay);
  }

  /** @param {number} delay */
  #answer(delay) {
    this.#python.outdate();
    if (this.#due === undefined) void painted().then(() => this.answerNow());
    this.#due = delay;
  }

  /** Give the answer that is due: what is done next may depend on what it shows. */
  answerNow() {
    const delay = this.#due;
    if (delay === undefined) return;
    this.#due = undefined;
    this.#show();
    this.#python.ask(delay);
  }

  #show() {
    this.#parts.show(this.#state.dependencyTexts());
    this.#settle();
  }

  /** After HTML has changed: put controls, charts and records in order again. */
  #settle() {
    this.#state.settle();
    drawCharts(this.#element);
    keepRecords(this.#element);
  }

  /** @param {string} action */
  #start(action) {
    clearTimeout(this.#soon);
    this.answerNow();
    this.#python.start(action);
  }

  /**
   * Put a file that the reader chose into the control of a field, as if it had been typed
   * (`<input type="file" data-reads-into="FIELD">`).
   *
   * @param {HTMLInputElement} input
   */
  async #readFile(input) {
    const [file] = input.files ?? [];
    const name = input.dataset.readsInto ?? "";
    const field = this.#payload.fields.find((one) => one.name === name);
    if (!file || !field) return;
    if (file.size > field.max) {
      this.#say({ text: `${file.name} is too large: ${file.size} bytes, at most ${field.max} are read.` });
      return;
    }
    const text = await file.text().catch(() => null);
    if (text === null) {
      this.#say({ text: `${file.name} could not be read. Was it moved or changed? Choose it again.` });
      input.value = "";
      return;
    }
    const [control] = controlsOf(this.#element, name);
    control.value = text;
    control.dispatchEvent(new Event("change", { bubbles: true }));
    this.#say({ text: `${file.name} is read.` });
    input.value = "";
  }

  /**
   * @param {Status} status
   * @param {string} [state]  a new `data-state`
   */
  #say(status, state) {
    if (state) this.#element.dataset.state = state;
    const line = /** @type {HTMLElement | null} */ (this.#element.querySelector(":scope > .ft-status"));
    if (line) showStatus(line, status);
    if (state !== "error" || status.offer !== "retry") return;
    void isOutdated().then((is) => {
      if (is && this.#element.dataset.state === "error") this.#say({ text: OUTDATED, offer: "reload" });
    });
  }

  /** @param {() => void} act */
  #whenSeen(act) {
    const eye = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      eye.disconnect();
      act();
    });
    eye.observe(this.#element);
  }
}
