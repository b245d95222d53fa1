/**
 * `<ft-widget>`: carries what the reader does to the widget's state and the state's HTML back into the page. It knows
 * nothing about what a widget is about; `widgets/core/widget.py` is the contract.
 *
 * A change is answered from the answers that travel with the page where they hold it, and by Python in any case, as
 * soon as it is there. A part is touched only when a text on which it depends has changed, so what a long run has put
 * into a part stays until then.
 *
 * @import {Client} from "./client.js"
 * @import {FieldSpec, PartSpec, Payload} from "./payload.js"
 * @import {Status} from "./status.js"
 */

import { afterButton, names } from "./actions.js";
import { keepInAddress, readAddress } from "./address.js";
import { ColdAnswers, coldKey } from "./cold.js";
import { controlsOf, isControl, markProblems, moveSlider, showRows, showText, sliderText, textOf, tokenOf } from "./controls.js";
import { insert } from "./insert.js";
import { client, obstacle } from "./live.js";
import { drawCharts } from "./charts.js";
import { LatestStep } from "./steps.js";
import { keepRecords } from "./progress.js";
import { showStatus } from "./status.js";
import { keep, recall, storageKey } from "./store.js";

/** Milliseconds after which a wait for Python is put into words; most answers come sooner. */
const PATIENT = 150;
/** Milliseconds without a key after which a half-typed text goes to Python. */
const TYPING = 300;
/** Milliseconds after which a slider that trains begins to, so that it can be moved over several stops. */
const SETTLING = 400;
/** Under this name is kept which run is under way: a page that finds it was left in the middle of one. */
const UNDER_WAY = "under way";
const NOT_KEPT = "This browser does not let the page store anything, so this lasts only until you leave the page.";

let count = 0;

/**
 * @typedef {object} Shown  a part and what it shows
 * @property {PartSpec} spec
 * @property {HTMLElement} element
 * @property {ColdAnswers} cold
 * @property {string | undefined} key  the texts for which it shows the answer; undefined while it is out of date
 */

export class FtWidget extends HTMLElement {
  /** @type {Payload | undefined} */
  #payload;
  /** @type {Record<string, string>} */
  #state = {};
  /** @type {Shown[]} */
  #parts = [];
  /** @type {Map<string, string>} what was put into controls that a button takes over */
  #drafts = new Map();
  /** @type {Set<string>} */
  #taken = new Set();
  /** @type {{key: string, widgetId: string, payload: string}} */
  #self = { key: "", widgetId: "", payload: "" };
  /** @type {{cancel: () => void, action: string} | undefined} */
  #run;
  /** @type {Client | undefined} */
  #client;
  /** @type {() => void} */
  #unlisten = () => {};
  #turn = 0;
  #impatient = 0;
  #soon = 0;
  #notice = "";
  #failedAction = "";

  connectedCallback() {
    if (this.#payload) return;
    const script = this.querySelector("script.ft-payload");
    const text = script?.textContent ?? "";
    try {
      this.#payload = /** @type {Payload} */ (JSON.parse(text));
    } catch (error) {
      console.warn(`The data of the widget ${this.id} cannot be read:`, error);
      this.#say({ text: "This widget's data did not arrive whole. Reload the page to try again." }, "error");
      return;
    }
    // A theme that changes pages without reload would run what it finds in script elements.
    script?.remove();
    this.#self = { key: `${++count}:${this.id}`, widgetId: this.id, payload: text };
    for (const spec of this.#payload.parts) {
      const element = /** @type {HTMLElement | null} */ (this.querySelector(`[data-part="${spec.name}"]`));
      if (element) this.#parts.push({ spec, element, cold: new ColdAnswers(spec.cold), key: "" });
    }
    // Sums are taken from what the other parts show, so they come last.
    this.#parts.sort((one, other) => Number(isSum(one)) - Number(isSum(other)));
    this.addEventListener("submit", (event) => event.preventDefault());
    this.addEventListener("input", (event) => this.#changed(event));
    this.addEventListener("change", (event) => this.#changed(event));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("keydown", (event) => this.#pressed(event));
    addEventListener("storage", (event) => this.#storedElsewhere(event));
    this.#start();
    this.dataset.upgraded = "";
  }

  /** Take up what the address and the storage hold. */
  #start() {
    const { fields, place } = this.#spec;
    const found = readAddress(location.search, this.id, fields);
    this.#noteTaken();
    for (const field of fields) {
      const kept = field.stored ? recall(place, field.name) : found[field.name];
      this.#state[field.name] = kept == null || kept.length > field.max ? field.default : kept;
      this.#fit(field);
    }
    this.#show();
    drawCharts(this);
    keepRecords(this);
    if (this.#isWaiting) this.#whenSeen(() => this.#askPython());
    else this.#offerInterrupted();
  }

  /** The page was left in the middle of a run: say so, and offer to start it again. */
  #offerInterrupted() {
    const action = recall(this.#spec.place, UNDER_WAY);
    if (!action) return;
    keep(this.#spec.place, UNDER_WAY, null);
    this.#failedAction = action;
    this.#say({ text: "The page was left before the last run was done. Nothing of that run was kept.", offer: "retry" });
  }

  get #spec() {
    if (!this.#payload) throw new Error("the widget has no data");
    return this.#payload;
  }

  get #isWaiting() {
    return this.#parts.some((part) => part.key === undefined);
  }

  /**
   * Show a field's text in its controls; a text that they cannot hold gives way to the default.
   *
   * @param {FieldSpec} field
   */
  #fit({ name, default: usual }) {
    const controls = controlsOf(this, name);
    showText(controls, this.#state[name]);
    const text = textOf(controls);
    if (text === undefined || text === this.#state[name] || this.#taken.has(name)) return;
    const isGroup = controls[0].type === "checkbox" && text !== "";
    this.#state[name] = isGroup ? text : usual;
    showText(controls, this.#state[name]);
  }

  /** Controls that some button takes over are not taken over at each change, whether that button is there or not. */
  #noteTaken() {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-commit]"))) {
      for (const name of names(button.dataset.commit)) this.#taken.add(name);
    }
  }

  /** @param {Event} event */
  #changed(event) {
    const control = event.target;
    if (!(control instanceof Element) || !isControl(control)) return;
    if (control.dataset.readsInto && control instanceof HTMLInputElement) {
      if (event.type === "change") void this.#readFile(control);
      return;
    }
    let name = control.name;
    const mirrored = control.dataset.mirror;
    if (mirrored && control instanceof HTMLInputElement) {
      name = mirrored;
      showText(controlsOf(this, name), sliderText(control));
    }
    if (!(name in this.#state)) return;
    const text = textOf(controlsOf(this, name)) ?? "";
    if (this.#taken.has(name)) this.#drafts.set(name, text);
    else if (text !== this.#state[name]) {
      const isTyped = event.type === "input" && !mirrored && /^(number|text|search|textarea)$/.test(control.type);
      this.#apply({ ...this.#state, [name]: text }, isTyped ? TYPING : 0);
    }
    if (event.type === "change" && this.#spec.runs_on.includes(name)) {
      clearTimeout(this.#soon);
      this.#soon = setTimeout(() => void this.#startRun("run"), SETTLING);
    }
  }

  /** @param {Event} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    const button = /** @type {HTMLElement | null} */ (target?.closest("[data-action]"));
    if (!button || !this.contains(button) || button.getAttribute("aria-disabled") === "true") return;
    const action = button.dataset.action ?? "";
    if (button.closest(".ft-status")) {
      if (action === "retry") this.#retry();
      else this.#run?.cancel();
      return;
    }
    this.press(button);
  }

  /**
   * Do what a button declares.
   *
   * @param {HTMLElement} button
   */
  press(button) {
    const { action = "", commit, set, append, drop, empty } = button.dataset;
    if (action === "cancel") {
      this.#run?.cancel();
      return;
    }
    const typed = (/** @type {string} */ name) => textOf(controlsOf(this, name));
    if (empty && names(commit).some((name) => !typed(name))) {
      this.#say({ text: empty });
      return;
    }
    if (commit || set !== undefined || append || drop) {
      const { state, problem } = afterButton(button.dataset, this.#spec.fields, this.#state, typed);
      for (const name of Object.keys(state)) if (state[name] !== this.#state[name]) this.#drafts.delete(name);
      if (problem) {
        this.#say({ text: problem });
        return;
      }
      this.#apply(state, 0);
    }
    if (action === "run" || button.dataset.run !== undefined) void this.#startRun(action);
  }

  /**
   * Enter in a box that a button takes over presses that button.
   *
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    const control = event.target;
    if (event.key !== "Enter" || !(control instanceof HTMLInputElement) || event.isComposing) return;
    const button = /** @type {HTMLElement | null} */ (this.querySelector(`[data-commit~="${CSS.escape(control.name)}"]`));
    if (control.name && button) this.press(button);
  }

  /**
   * Another tab changed what is stored.
   *
   * @param {StorageEvent} event
   */
  #storedElsewhere({ key, newValue }) {
    const { fields, place } = this.#spec;
    const field = fields.find((one) => one.stored && storageKey(place, one.name) === key);
    if (!field) return;
    const text = newValue === null || newValue.length > field.max ? field.default : newValue;
    if (text !== this.#state[field.name]) this.#apply({ ...this.#state, [field.name]: text }, 0);
  }

  /**
   * Take over a new state: keep it, answer it.
   *
   * @param {Record<string, string>} state
   * @param {number} delay  milliseconds before Python is asked
   */
  #apply(state, delay) {
    const { fields, place } = this.#spec;
    this.#notice = "";
    for (const { name, default: usual, stored } of fields) {
      if (!stored || state[name] === this.#state[name]) continue;
      if (!keep(place, name, state[name] === usual ? null : state[name])) this.#notice = NOT_KEPT;
    }
    this.#state = { ...state };
    keepInAddress(this.id, fields, () => this.#state);
    this.#show();
    void this.#askPython(delay);
  }

  /** Show what can be shown at once, and mark what cannot. */
  #show() {
    const texts = this.#texts();
    for (const part of this.#parts) {
      const { spec, cold } = part;
      if (isSum(part)) {
        if (this.#parts.some((other) => other !== part && other.key === undefined)) part.key = undefined;
        else Object.assign(texts, this.#sums(spec));
      }
      const key = coldKey(spec, texts);
      if (part.key === key && key !== undefined) continue;
      const html = cold.get(key);
      part.key = html === undefined ? undefined : key;
      if (html !== undefined) insert(part.element, html);
    }
    for (const part of this.#parts) mark(part);
    if (!this.#isWaiting) this.#problems("");
    this.#settle();
  }

  /** The text of every field, and of what is counted, as the cold answers know them. */
  #texts() {
    /** @type {Record<string, string>} */
    const texts = {};
    for (const [name, text] of Object.entries(this.#state)) {
      texts[name] = tokenOf(controlsOf(this, name), text);
      texts[`count:${name}`] = String(text ? text.split(",").length : 0);
    }
    return texts;
  }

  /** @param {PartSpec} spec */
  #sums({ on }) {
    /** @type {Record<string, string>} */
    const sums = {};
    for (const name of on.filter((one) => one.startsWith("sum:"))) {
      const attribute = `data-sum-${name.slice(4)}`;
      let sum = 0;
      for (const element of this.querySelectorAll(`[${attribute}]`)) sum += Number(element.getAttribute(attribute));
      sums[name] = String(sum);
    }
    return sums;
  }

  /** After HTML has changed: put the controls, their rows and their marks in order again. */
  #settle() {
    this.#noteTaken();
    for (const [name, text] of Object.entries(this.#state)) {
      const controls = controlsOf(this, name);
      showText(controls, this.#drafts.get(name) ?? text);
      for (const slider of /** @type {NodeListOf<HTMLInputElement>} */ (
        this.querySelectorAll(`[data-mirror="${CSS.escape(name)}"]`)
      )) {
        moveSlider(slider, text);
      }
    }
    showRows(this, this.#state);
    markProblems(this);
    drawCharts(this);
    keepRecords(this);
  }

  /** @param {string} html */
  #problems(html) {
    const element = /** @type {HTMLElement | null} */ (this.querySelector('[data-part="problems"]'));
    if (element && (html || element.firstChild)) insert(element, html);
  }

  /** A refused text that was stored, or has no control, cannot be put right by the reader: start anew. */
  #forgetRefused() {
    for (const { name, default: usual, stored } of this.#spec.fields) {
      if (!this.querySelector(`[data-problem="${name}"]`)) continue;
      if (!stored && controlsOf(this, name).length > 0) continue;
      this.#state[name] = usual;
      if (stored) keep(this.#spec.place, name, null);
    }
  }

  /**
   * Let Python answer the present state, starting it if need be.
   *
   * @param {number} delay  milliseconds in which a later state may take this one's place
   */
  async #askPython(delay = 0) {
    const turn = ++this.#turn;
    const stop = obstacle();
    if (stop) {
      this.#say({ text: this.#isWaiting ? stop : this.#notice });
      this.#rest();
      return;
    }
    for (const part of this.#parts) mark(part);
    this.#wait();
    await painted();
    try {
      const python = await this.#python();
      void python.boot().catch(() => {});
      if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
      if (turn !== this.#turn) return;
      const parts = await python.render(this.#self, { ...this.#state });
      if (parts === null || turn !== this.#turn) return;
      this.#problems(parts.problems ?? "");
      this.#forgetRefused();
      this.#take(parts, false);
      this.#settle();
      this.#rest();
      if (this.#run) return;
      this.#say({ text: this.#notice }, "live");
      this.#offerInterrupted();
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  /** Get the client and follow its progress. */
  async #python() {
    if (!this.#client) {
      this.#client = await client();
      this.#unlisten();
      this.#unlisten = this.#client.listen(() => this.#wait());
    }
    return this.#client;
  }

  /**
   * Put Python's parts into the page, those whose texts have changed.
   *
   * @param {Record<string, string>} parts
   * @param {boolean} isStep  true for the parts of a run, which go in whatever they depend on
   */
  #take(parts, isStep) {
    const texts = this.#texts();
    for (const part of this.#parts) {
      const html = parts[part.spec.name];
      if (html === undefined) continue;
      if (isSum(part)) Object.assign(texts, this.#sums(part.spec));
      const key = coldKey(part.spec, texts) ?? "?";
      if (isStep || isSum(part) || part.key !== key) insert(part.element, html);
      part.key = key;
      mark(part);
    }
  }

  /** Say how far Python is, if an answer waits for it. */
  #wait() {
    const { phase, bytes, total } = this.#client?.progress ?? { phase: "loading", bytes: 0, total: 0 };
    if (phase !== "live") this.dataset.state = phase === "off" ? "static" : "booting";
    if (!this.#isWaiting && !this.#run) return;
    const size = `${(bytes / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
    const offer = this.#run ? "cancel" : undefined;
    if (phase === "loading") {
      const text = `Python is being loaded for this ${this.#run ? "run" : "answer"}.`;
      this.#say({ text, done: bytes, total, figures: total ? size : "", offer });
    } else if (phase === "starting") {
      this.#say({ text: "Python is starting.", total: 0, offer });
    } else if (phase === "live" && this.#run) {
      if (this.dataset.state === "booting") this.#say({ text: "Starting.", total: 0, offer }, "running");
    } else if (phase === "live") {
      clearTimeout(this.#impatient);
      this.#impatient = setTimeout(() => {
        if (this.#isWaiting && !this.#run) this.#say({ text: "Python is working this out.", total: 0 });
      }, PATIENT);
    }
  }

  #rest() {
    clearTimeout(this.#impatient);
    for (const part of this.#parts) mark(part, false);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#rest();
    const what = error instanceof Error && error.constructor !== TypeError ? error.message : "Python could not be loaded.";
    if (!this.#isWaiting && !this.#run) {
      // Nothing that the reader asked for is missing: the next question tries again.
      this.#say({ text: this.#notice }, "static");
      return;
    }
    const text = `${what} What you entered is kept; the rest of the page works without Python.`;
    this.#say({ text, offer: "retry" }, "error");
  }

  #retry() {
    const action = this.#failedAction;
    this.#failedAction = "";
    void (action ? this.#startRun(action) : this.#askPython());
  }

  /** @param {string} action */
  async #startRun(action) {
    const stop = obstacle();
    if (stop) {
      this.#say({ text: stop });
      return;
    }
    clearTimeout(this.#soon);
    if (this.#run && this.#run.action !== action) {
      this.#say({ text: "Something runs already. Let it finish or cancel it first.", total: 0, offer: "cancel" });
      return;
    }
    this.#run?.cancel();
    let isCancelled = false;
    const mine = {
      cancel: () => {
        isCancelled = true;
      },
      action,
    };
    this.#run = mine;
    let figures = "";
    keep(this.#spec.place, UNDER_WAY, action);
    this.#say({ text: "Starting.", total: 0, offer: "cancel" }, "running");
    try {
      const python = await this.#python();
      this.#wait();
      const steps = new LatestStep((step) => {
        if (this.#run !== mine) return;
        if (step.fields) this.#leave(step.fields);
        this.#take(step.parts, true);
        this.#settle();
        const { done, total } = step;
        figures = step.text;
        this.#say({ text: "Running.", done, total, figures, offer: "cancel" }, "running");
      });
      const run = python.run(this.#self, { ...this.#state }, action, (step) => steps.add(step));
      mine.cancel = run.cancel;
      if (isCancelled) run.cancel();
      const isComplete = await run.finished;
      if (this.#run !== mine) return;
      steps.flush();
      this.#run = undefined;
      keep(this.#spec.place, UNDER_WAY, null);
      const text = isComplete ? `Done. ${figures}`.trim() : "Cancelled.";
      this.#say({ text }, isComplete ? "done" : "live");
    } catch (error) {
      if (this.#run !== mine) return;
      this.#failedAction = action;
      keep(this.#spec.place, UNDER_WAY, null);
      this.#fail(error);
      this.#run = undefined;
    }
  }

  /**
   * Take over what a run leaves in the state. The parts that show it come with the same step.
   *
   * @param {Record<string, string>} texts
   */
  #leave(texts) {
    for (const { name, stored, default: usual } of this.#spec.fields) {
      if (!(name in texts)) continue;
      this.#state[name] = texts[name];
      if (stored && !keep(this.#spec.place, name, texts[name] === usual ? null : texts[name])) this.#notice = NOT_KEPT;
    }
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
    const field = this.#spec.fields.find((one) => one.name === name);
    if (!file || !field) return;
    if (file.size > field.max) {
      this.#say({ text: `${file.name} is too large: ${file.size} bytes, at most ${field.max} are read.` });
      return;
    }
    const [control] = controlsOf(this, name);
    control.value = await file.text();
    control.dispatchEvent(new Event("change", { bubbles: true }));
    this.#say({ text: `${file.name} is read.` });
    input.value = "";
  }

  /**
   * @param {Status} status
   * @param {string} [state]  a new `data-state`
   */
  #say(status, state) {
    if (state) this.dataset.state = state;
    const line = /** @type {HTMLElement | null} */ (this.querySelector(":scope > .ft-status"));
    if (line) showStatus(line, status);
  }

  /** @param {() => void} act */
  #whenSeen(act) {
    const eye = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      eye.disconnect();
      act();
    });
    eye.observe(this);
  }
}

/** What was answered at once is on the screen before the work for Python begins. A hidden tab paints nothing. */
function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, PATIENT);
  });
}

/** @param {Shown} part */
function isSum({ spec }) {
  return spec.on.some((name) => name.startsWith("sum:"));
}

/**
 * Mark a part that waits for its answer, and one that shows the answer for other settings.
 *
 * @param {Shown} part
 * @param {boolean} [waits]
 */
function mark({ element, key }, waits = true) {
  element.toggleAttribute("data-outdated", key === undefined);
  if (key === undefined && waits) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
}
