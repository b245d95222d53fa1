/**
 * The state of a widget: one text for each field, shown in the controls, kept in the address or on the device.
 *
 * @import {Control} from "./controls.js"
 * @import {FieldSpec, Payload} from "./payload.js"
 */

import { afterButton, names } from "./button.js";
import { keepInAddress, readAddress } from "./address.js";
import { controlsOf, markProblems, moveSlider, showRows, showText, sliderText, textOf, tokenOf } from "./controls.js";
import { keep, recall } from "./local-storage.js";

const NOT_KEPT = "This browser does not let the page store anything, so this lasts only until you leave the page.";

export class WidgetState {
  /** @type {Record<string, string>} */
  texts = {};
  /** What the reader must know about the last change; "" for nothing. */
  notice = "";
  #widget;
  #fields;
  #place;
  /** @type {Map<string, string>} what was put into controls that a button takes over */
  #drafts = new Map();
  /** @type {Set<string>} */
  #taken = new Set();
  /** @type {Record<string, string>} the texts that Python has found right */
  #checked = {};

  /**
   * Take up what the address and the storage hold.
   *
   * @param {HTMLElement} widget
   * @param {Pick<Payload, "fields" | "place">} payload
   */
  constructor(widget, { fields, place }) {
    this.#widget = widget;
    this.#fields = fields;
    this.#place = place;
    const found = readAddress(location.search, widget.id, fields);
    this.#noteTaken();
    for (const field of fields) {
      const { name, default: usual, stored } = field;
      this.texts[name] = stored ? this.#stored(field) : (found[name] ?? usual);
      this.#fit(field);
    }
  }

  /**
   * Take over what another tab has stored in the meantime.
   *
   * @returns {boolean}  true if anything was different
   */
  catchUp() {
    const before = this.texts;
    const fresh = this.#fields.filter((field) => field.stored).map((field) => [field.name, this.#stored(field)]);
    this.texts = { ...before, ...Object.fromEntries(fresh) };
    return fresh.some(([name, text]) => before[name] !== text);
  }

  /**
   * Take over a new state and keep it.
   *
   * @param {Record<string, string>} state
   */
  put(state) {
    this.notice = "";
    for (const field of this.#fields) if (state[field.name] !== this.texts[field.name]) this.#keep(field, state[field.name]);
    this.texts = { ...state };
    keepInAddress(this.#widget.id, this.#fields, () => this.texts);
  }

  /**
   * Take over what a run leaves in the state. What another tab has added to a list since the run began stays in it.
   *
   * @param {Readonly<Record<string, string>>} texts
   * @param {Record<string, string>} known  the state that the run knows of
   * @param {import("../shared/bundles.js").MergeLists} merged
   * @returns {boolean}  true if the state is not what the run made of it
   */
  leave(texts, known, merged) {
    let isMerged = this.catchUp();
    for (const field of this.#fields) {
      const { name, most } = field;
      if (!(name in texts)) continue;
      const text = most ? merged(known[name], this.texts[name], texts[name], most) : texts[name];
      isMerged ||= text !== texts[name];
      this.texts[name] = text;
      known[name] = texts[name];
      this.#keep(field, text);
    }
    return isMerged;
  }

  /**
   * Say whether Python is to look at a text: one that is not the default, that it has not found right before, and that
   * no prepared answer knows.
   *
   * @param {ReadonlySet<string>} prepared  names of the fields whose texts a prepared answer knows
   */
  isUnchecked(prepared) {
    return this.#fields.some(({ name, default: usual }) => {
      const text = this.texts[name];
      return text !== usual && text !== this.#checked[name] && !prepared.has(name);
    });
  }

  /**
   * Python has looked at all texts, and the page shows what it refused. A refused text that was stored, or has no
   * control, cannot be put right by the reader: start anew.
   *
   * @param {Readonly<Record<string, string>>} answered
   */
  noteAnswered(answered) {
    for (const field of this.#fields) {
      const { name, default: usual, stored } = field;
      if (!this.#widget.querySelector(`[data-problem="${name}"]`)) {
        this.#checked[name] = answered[name];
        continue;
      }
      delete this.#checked[name];
      if (!stored && this.#controls(name).length > 0) continue;
      this.texts[name] = usual;
      this.#keep(field, usual);
    }
  }

  /**
   * Read a control that the reader has changed.
   *
   * @param {Control} control
   * @returns {{name: string, text: string | undefined} | undefined}  the field and its new text, undefined if that is
   *   not to be taken over; nothing if the control belongs to no field
   */
  read(control) {
    let { name } = control;
    const { mirror } = control.dataset;
    if (mirror && control instanceof HTMLInputElement) {
      name = mirror;
      showText(this.#controls(name), sliderText(control));
    }
    if (!(name in this.texts)) return undefined;
    const text = textOf(this.#controls(name)) ?? "";
    if (!this.#taken.has(name)) return { name, text: text === this.texts[name] ? undefined : text };
    this.#drafts.set(name, text);
    return { name, text: undefined };
  }

  /**
   * What the reader has put into the controls of a field.
   *
   * @param {string} name
   */
  typed(name) {
    return textOf(this.#controls(name));
  }

  /**
   * Work out the state after a button; what it takes over is a draft no more.
   *
   * @param {DOMStringMap} button  its `dataset`
   */
  after(button) {
    const after = afterButton(button, this.#fields, this.texts, (name) => this.typed(name));
    for (const [name, text] of Object.entries(after.state)) if (text !== this.texts[name]) this.#drafts.delete(name);
    return after;
  }

  /** The text of every field, and of what is counted, as the cold answers know them. */
  dependencyTexts() {
    /** @type {Record<string, string>} */
    const texts = {};
    for (const [name, text] of Object.entries(this.texts)) {
      texts[name] = tokenOf(this.#controls(name), text);
      texts[`count:${name}`] = String(text ? text.split(",").length : 0);
    }
    return texts;
  }

  /** After HTML has changed: put the controls, their rows and their marks in order again. */
  settle() {
    this.#noteTaken();
    for (const [name, text] of Object.entries(this.texts)) {
      showText(this.#controls(name), this.#drafts.get(name) ?? text);
      for (const slider of /** @type {NodeListOf<HTMLInputElement>} */ (
        this.#widget.querySelectorAll(`[data-mirror="${CSS.escape(name)}"]`)
      )) {
        moveSlider(slider, text);
      }
    }
    showRows(this.#widget, this.texts);
    markProblems(this.#widget);
  }

  /** @param {string} name */
  #controls(name) {
    return controlsOf(this.#widget, name);
  }

  /** Controls that some button takes over are not taken over at each change, whether that button is there or not. */
  #noteTaken() {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.#widget.querySelectorAll("[data-commit]"))) {
      for (const name of names(button.dataset.commit)) this.#taken.add(name);
    }
  }

  /**
   * Show a field's text in its controls; a text that they cannot hold gives way to the default.
   *
   * @param {FieldSpec} field
   */
  #fit({ name, default: usual }) {
    const controls = this.#controls(name);
    showText(controls, this.texts[name]);
    const text = textOf(controls);
    if (text === undefined || text === this.texts[name] || this.#taken.has(name)) return;
    const isGroup = controls[0].type === "checkbox" && text !== "";
    this.texts[name] = isGroup ? text : usual;
    showText(controls, this.texts[name]);
  }

  /**
   * @param {FieldSpec} field
   * @returns {string}
   */
  #stored({ name, default: usual, max, kept_as }) {
    const kept = recall(...(kept_as ?? /** @type {[string, string]} */ ([this.#place, name])));
    return kept === null || kept.length > max ? usual : kept;
  }

  /**
   * Keep a stored field that belongs to this widget.
   *
   * @param {FieldSpec} field
   * @param {string} text
   */
  #keep({ name, default: usual, stored, kept_as }, text) {
    if (stored && !kept_as && !keep(this.#place, name, text === usual ? null : text)) this.notice = NOT_KEPT;
  }
}
