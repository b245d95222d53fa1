/**
 * What a widget asks of Python: the answer to its state, and long runs. A wait is put into words, a failure too, with
 * the offer to try again. Loaded with Python's client (gateway.js), so it imports nothing that knows where the site is.
 *
 * @import {Client} from "./client.js"
 * @import {Parts} from "../page/parts.js"
 * @import {Settings} from "../page/state.js"
 * @import {Status} from "../page/status.js"
 */

import { merged } from "./list-merge.js";
import { painted } from "../shared/painted.js";
import { eraseNote, noteRun, runCutOff } from "./run-note.js";
import { LatestStep } from "./steps.js";

/** Milliseconds after which a wait for Python is put into words; most answers come sooner. */
const PATIENCE_MS = 150;
const UNKEPT =
  "What was trained here could not be stored: the browser's storage is full, or not open to this address. " +
  "It lasts only until you leave the page; a model stored before is kept.";

/**
 * @typedef {object} Host  the widget, as far as it is needed here
 * @property {HTMLElement} element
 * @property {Settings} settings
 * @property {Parts} parts
 * @property {(status: Status, state?: string) => void} say  shows a status, and sets `data-state`
 * @property {() => void} settle  puts controls and charts in order after HTML has changed
 * @property {() => Promise<Client>} client
 * @property {string} failed  the action of the run that failed last, or ""
 * @property {string} note    name of the note that a run is under way (run-note.js)
 */

let count = 0;

/**
 * If the page was left in the middle of a run, in this tab or another one: say so, and offer to start it again.
 *
 * @param {Pick<Host, "note" | "failed" | "say">} host
 */
export async function offerInterrupted(host) {
  const action = await runCutOff(host.note);
  if (action === null) return;
  eraseNote(host.note);
  host.failed = action;
  const text = "The page was left before the last run was done. Nothing of that run was kept.";
  host.say({ text, offer: "retry" });
}

export class Conversation {
  #host;
  #self;
  /** @type {Client | undefined} */
  #client;
  /** @type {() => void} */
  #unlisten = () => {};
  /** @type {{cancel: () => void, action: string, over: () => void} | undefined} */
  #run;
  #turn = 0;
  /** How many runs have ended: what was said at the end of one must not be wiped by an answer that was on its way. */
  #ended = 0;
  #impatient = 0;

  /**
   * @param {Host} host
   * @param {string} opening  what Python is told about the widget
   */
  constructor(host, opening) {
    this.#host = host;
    const widgetId = host.element.id;
    this.#self = { key: `${++count}:${widgetId}`, widgetId, opening };
  }

  /**
   * Let Python answer the present state, starting it if need be.
   *
   * @param {number} delay  milliseconds in which a later state may take this one's place
   */
  async ask(delay) {
    const { parts, settings, say, settle } = this.#host;
    const turn = ++this.#turn;
    const ended = this.#ended;
    parts.mark();
    this.#wait();
    try {
      const python = await this.#python();
      void python.boot().catch(() => {});
      // What was answered at once is on the screen before Python's answer takes its place.
      await painted();
      if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
      if (turn !== this.#turn) return;
      const html = await python.render(this.#self, { ...settings.state });
      if (html === null || turn !== this.#turn) return;
      parts.showProblems(html.problems ?? "");
      settings.forgetRefused();
      parts.take(html, settings.texts(), false);
      settle();
      this.#rest();
      if (this.#run || ended !== this.#ended) return;
      say({ text: settings.notice }, "live");
      void offerInterrupted(this.#host);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  /** The state is another one now: what Python still answers to the last one is not shown. */
  outdate() {
    this.#turn++;
  }

  /** Get the client and follow its progress. */
  async #python() {
    const client = (this.#client ??= await this.#host.client());
    this.#unlisten();
    if (this.#host.element.isConnected) this.#unlisten = client.listen(() => this.#wait());
    return client;
  }

  /** Say how far Python is, if an answer waits for it. */
  #wait() {
    const { element, parts, say } = this.#host;
    const { phase, bytes, total } = this.#client?.progress ?? { phase: "loading", bytes: 0, total: 0 };
    if (phase !== "live") element.dataset.state = phase === "off" ? "static" : "booting";
    if (!parts.areWaiting && !this.#run) return;
    const size = `${(bytes / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
    const offer = this.#run ? "cancel" : undefined;
    if (phase === "loading") {
      const text = `Python is being loaded for this ${this.#run ? "run" : "answer"}.`;
      say({ text, done: bytes, total, figures: total ? size : "", offer });
    } else if (phase === "starting") {
      say({ text: "Python is starting.", total: 0, offer });
    } else if (phase === "live" && this.#run) {
      if (element.dataset.state === "booting") say({ text: "Starting.", total: 0, offer }, "running");
    } else if (phase === "live") {
      clearTimeout(this.#impatient);
      this.#impatient = setTimeout(() => {
        if (parts.areWaiting && !this.#run) say({ text: "Python is working this out.", total: 0 });
      }, PATIENCE_MS);
    }
  }

  #rest() {
    clearTimeout(this.#impatient);
    this.#host.parts.mark(false);
  }

  /** @param {unknown} error */
  #fail(error) {
    const { parts, settings, say } = this.#host;
    this.#rest();
    const what = error instanceof Error && error.constructor !== TypeError ? error.message : "Python could not be loaded.";
    if (!parts.areWaiting && !this.#run) {
      // Nothing that the reader asked for is missing: the next question tries again.
      say({ text: settings.notice }, "static");
      return;
    }
    const text = `${what} What you entered is kept; the rest of the page works without Python.`;
    say({ text, offer: "retry" }, "error");
  }

  /** End the run that is under way. A widget that has left the page is told nothing more until it asks again. */
  cancel() {
    this.#run?.cancel();
    if (!this.#host.element.isConnected) this.#unlisten();
  }

  /**
   * Start a long run; one with the same action that is under way is ended.
   *
   * @param {string} action
   */
  async start(action) {
    const { parts, settings, say, settle } = this.#host;
    if (this.#run && this.#run.action !== action) {
      say({ text: "Something runs already. Let it finish or cancel it first.", total: 0, offer: "cancel" });
      return;
    }
    this.#run?.cancel();
    this.#run?.over();
    let isCancelled = false;
    const mine = {
      cancel: () => {
        isCancelled = true;
      },
      action,
      over: noteRun(this.#host.note, action),
    };
    this.#run = mine;
    let figures = "";
    let isMerged = false;
    const known = { ...settings.state };
    say({ text: "Starting.", total: 0, offer: "cancel" }, "running");
    try {
      const python = await this.#python();
      this.#wait();
      const steps = new LatestStep((step) => {
        if (this.#run !== mine) return;
        if (step.fields) isMerged = settings.leave(step.fields, known, merged);
        parts.take(step.parts, settings.texts(), true);
        settle();
        const { done, total } = step;
        figures = step.text;
        say({ text: "Running.", done, total, figures, offer: "cancel" }, "running");
      });
      const run = python.run(this.#self, { ...known }, action, (step) => steps.add(step));
      mine.cancel = run.cancel;
      if (isCancelled) run.cancel();
      const { isComplete, isKept } = await run.finished;
      if (this.#run !== mine) return;
      steps.flush();
      this.#run = undefined;
      mine.over();
      const notice = settings.notice || (isKept ? "" : UNKEPT);
      const text = isComplete ? `Done. ${figures} ${notice}`.trim() : "Cancelled.";
      say({ text }, isComplete ? "done" : "live");
      if (isMerged) void this.ask(0);
      this.#ended++;
    } catch (error) {
      if (this.#run !== mine) return;
      this.#host.failed = action;
      mine.over();
      this.#fail(error);
      this.#run = undefined;
      this.#ended++;
    }
  }
}
