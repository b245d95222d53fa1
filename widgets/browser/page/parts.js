/**
 * The parts of a widget and what they show: answers that travel with the page, or Python's.
 *
 * A part is touched only when a text on which it depends has changed, so what a long run has put into a part stays
 * until then.
 *
 * @import {PartSpec} from "./payload.js"
 */

import { ColdAnswers, coldKey } from "./cold.js";
import { insert } from "./morph.js";

/**
 * @typedef {object} Shown  a part and what it shows
 * @property {PartSpec} spec
 * @property {HTMLElement} element
 * @property {ColdAnswers} cold
 * @property {string | undefined} key  the texts for which it shows the answer; undefined while it is out of date
 */

export class Parts {
  #widget;
  /** @type {Shown[]} */
  #all = [];

  /**
   * @param {HTMLElement} widget
   * @param {readonly PartSpec[]} specs
   */
  constructor(widget, specs) {
    this.#widget = widget;
    for (const spec of specs) {
      const element = this.#element(spec.name);
      if (element) this.#all.push({ spec, element, cold: new ColdAnswers(spec.cold), key: "" });
    }
    // Sums are taken from what the other parts show, so they come last.
    this.#all.sort((one, other) => Number(isSum(one)) - Number(isSum(other)));
  }

  /** True while one of them is out of date. */
  get areWaiting() {
    return this.#all.some(({ key }) => key === undefined);
  }

  /**
   * Show what can be shown at once, and mark what cannot.
   *
   * @param {Record<string, string>} texts  the text of every field and count
   */
  show(texts) {
    for (const part of this.#all) {
      const { spec, cold } = part;
      if (isSum(part)) {
        if (this.#all.some((other) => other !== part && other.key === undefined)) part.key = undefined;
        else Object.assign(texts, this.#sums(spec));
      }
      const key = coldKey(spec, texts);
      if (part.key === key && key !== undefined) continue;
      const html = cold.get(key);
      part.key = html === undefined ? undefined : key;
      if (html !== undefined) insert(part.element, html);
    }
    this.mark();
  }

  /**
   * Name the parts that do not show the answer for these texts.
   *
   * @param {Record<string, string>} texts
   * @returns {string[]}
   */
  unanswered(texts) {
    const late = this.#all.filter((part) => !isSum(part) && part.key !== (coldKey(part.spec, texts) ?? "?"));
    const sums = this.#all.filter((part) => isSum(part) && (late.length > 0 || part.key === undefined));
    return [...late, ...sums].map(({ spec }) => spec.name);
  }

  /**
   * Name the fields whose texts a prepared answer knows; such a text is a right one.
   *
   * @param {Record<string, string>} texts
   * @returns {Set<string>}
   */
  preparedFields(texts) {
    return new Set(this.#all.filter(({ spec, cold }) => cold.has(coldKey(spec, texts))).flatMap(({ spec }) => spec.on));
  }

  /**
   * Put Python's parts into the page, those whose texts have changed.
   *
   * @param {Record<string, string>} parts
   * @param {Record<string, string>} texts
   * @param {boolean} isStep  true for the parts of a run, which go in whatever they depend on
   */
  take(parts, texts, isStep) {
    for (const part of this.#all) {
      const html = parts[part.spec.name];
      if (html === undefined) continue;
      if (isSum(part)) Object.assign(texts, this.#sums(part.spec));
      const key = coldKey(part.spec, texts) ?? "?";
      if (isStep || isSum(part) || part.key !== key) insert(part.element, html);
      part.key = key;
      mark(part, true);
    }
  }

  /**
   * Mark the parts that show the answer for other settings.
   *
   * @param {boolean} [wait]  whether an answer for them is on its way
   */
  mark(wait = true) {
    for (const part of this.#all) mark(part, wait);
  }

  /** @param {string} html */
  showProblems(html) {
    const element = this.#element("problems");
    if (element && (html || element.firstChild)) insert(element, html);
  }

  /**
   * @param {string} name
   * @returns {HTMLElement | null}
   */
  #element(name) {
    return this.#widget.querySelector(`[data-part="${name}"]`);
  }

  /** @param {PartSpec} spec */
  #sums({ on }) {
    /** @type {Record<string, string>} */
    const sums = {};
    for (const name of on.filter((one) => one.startsWith("sum:"))) {
      const attribute = `data-sum-${name.slice(4)}`;
      let sum = 0;
      for (const element of this.#widget.querySelectorAll(`[${attribute}]`)) sum += Number(element.getAttribute(attribute));
      sums[name] = String(sum);
    }
    return sums;
  }
}

/** @param {Shown} part */
function isSum({ spec }) {
  return spec.on.some((name) => name.startsWith("sum:"));
}

/**
 * @param {Shown} part
 * @param {boolean} waits
 */
function mark({ element, key }, waits) {
  element.toggleAttribute("data-outdated", key === undefined);
  if (key === undefined && waits) element.setAttribute("aria-busy", "true");
  else element.removeAttribute("aria-busy");
}
