/**
 * What a widget asks of Python: the answer to its state, and long runs. A wait is put into words, a failure too, with
 * the offer to try again. Loaded with Python's client (gateway.js), so it imports nothing that knows where the site is.
 *
 * @import {Host, PythonClient, Talk} from "../shared/bundles.js"
 */

import { painted } from "../shared/painted.js";
import { wordsFor } from "../shared/trouble.js";
import { merged } from "./list-merge.js";
import { eraseNote, noteRun, runCutOff } from "./run-note.js";
import { LatestStep } from "./steps.js";

/** Milliseconds after which a wait for Python is put into words; most answers come sooner. */
const PATIENCE_MS = 150;
const UNKEPT =
  "What was trained here could not be stored: the browser's storage is full, or not open to this address. " +
  "It lasts only until you leave the page; a model stored before is kept.";

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

/** @implements {Talk} */
export class Conversation {
  #host;
  #self;
  /** @type {PythonClient | undefined} */
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
   * Let Python answer what the present state leaves open, starting it if need be. Parts whose answers were prepared are
   * not asked for; where nothing is open, Python is only started, so that it is there for the next question.
   *
   * @param {number} delay  milliseconds in which a later state may take this one's place
   */
  async ask(delay) {
    const { parts, state, say, settle } = this.#host;
    const turn = ++this.#turn;
    const ended = this.#ended;
    parts.mark();
    if (!this.#isOpen()) {
      parts.showProblems("");
      // A control is no longer marked as refused when the sentence that said so is gone.
      settle();
    }
    this.#wait();
    try {
      const python = await this.#python();
      const live = python.boot();
      live.catch(() => {});
      // What was answered at once is on the screen before Python's answer takes its place.
      await painted();
      if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
      if (turn !== this.#turn) return;
      if (!this.#isOpen()) await live;
      else if (!(await this.#answer(python, turn))) return;
      if (turn !== this.#turn) return;
      this.#rest();
      if (this.#run || ended !== this.#ended) return;
      say({ text: state.notice }, "live");
      void offerInterrupted(this.#host);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  /** Is there a part that does not show its answer, or a text that nobody has found right? */
  #isOpen() {
    const { parts, state } = this.#host;
    const texts = state.dependencyTexts();
    return parts.unanswered(texts).length > 0 || state.isUnchecked(parts.preparedFields(texts));
  }

  /**
   * @param {PythonClient} python
   * @param {number} turn
   * @returns {Promise<boolean>}  false if a later state was asked for meanwhile
   */
  async #answer(python, turn) {
    const { parts, state, settle } = this.#host;
    const asked = { ...state.texts };
    const html = await python.render(this.#self, asked, parts.unanswered(state.dependencyTexts()));
    if (html === null || turn !== this.#turn) return false;
    parts.showProblems(html.problems ?? "");
    state.noteAnswered(asked);
    parts.take(html, state.dependencyTexts(), false);
    settle();
    return true;
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
    const { parts, state, say } = this.#host;
    this.#rest();
    const what = wordsFor(error, "Something went wrong on this page.");
    if (!parts.areWaiting && !this.#run) {
      // Nothing that the reader asked for is missing: the next question tries again.
      say({ text: state.notice }, "static");
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
    const { parts, state, say, settle } = this.#host;
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
    const known = { ...state.texts };
    say({ text: "Starting.", total: 0, offer: "cancel" }, "running");
    try {
      const python = await this.#python();
      this.#wait();
      const steps = new LatestStep((step) => {
        if (this.#run !== mine) return;
        if (step.fields) isMerged = state.leave(step.fields, known, merged);
        parts.take(step.parts, state.dependencyTexts(), true);
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
      const notice = state.notice || (isKept ? "" : UNKEPT);
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
