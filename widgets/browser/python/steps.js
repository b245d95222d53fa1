/**
 * The steps of a run, shown no faster than the page can. A slow page shows fewer of them, so that the reader's own
 * clicks, such as one on Cancel, never queue behind steps.
 *
 * @import {StepAnswer} from "../shared/protocol.js"
 */

/** After a step was shown, the page is left alone for this many times as long as showing it took. */
const REST_FACTOR = 3;

export class LatestStep {
  /** @type {StepAnswer | undefined} what waits to be shown, with the latest HTML of each part */
  #waiting;
  #timer = 0;
  #freeAt = 0;
  #show;

  /** @param {(step: StepAnswer) => void} show */
  constructor(show) {
    this.#show = show;
  }

  /** @param {StepAnswer} step */
  add(step) {
    const before = this.#waiting;
    const fields = before?.fields || step.fields ? { ...before?.fields, ...step.fields } : undefined;
    this.#waiting = { ...step, parts: { ...before?.parts, ...step.parts }, ...(fields && { fields }) };
    if (!before) this.#timer = setTimeout(() => this.flush(), Math.max(0, this.#freeAt - performance.now()));
  }

  /** Show what waits, now. */
  flush() {
    clearTimeout(this.#timer);
    const step = this.#waiting;
    if (!step) return;
    this.#waiting = undefined;
    const start = performance.now();
    this.#show(step);
    // Charts are drawn after this task's own work, so the time is taken at the next one.
    setTimeout(() => {
      const end = performance.now();
      this.#freeAt = end + REST_FACTOR * (end - start);
    });
  }
}
