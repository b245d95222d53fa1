/**
 * The page's side of the worker: one worker for all widgets, started when first asked, watched, started anew once if
 * it dies over a question. Of the states of a widget that wait for an answer only the latest is asked for.
 *
 * @import {Progress, PythonClient, RunEnd, WidgetAtPython as Widget} from "../shared/bundles.js"
 * @import {Answer, LoadingAnswer, RuntimeFile, State, StepAnswer, Unsent} from "../shared/protocol.js"
 */

import { Trouble } from "../shared/trouble.js";
import { unpacked } from "../shared/unpack.js";
import { isAnswer } from "./answer-check.js";

/**
 * Seconds without a sign of life after which the worker is given up. While Python starts there is none, and browsers
 * that compile all of it first take long on a slow device.
 */
const PATIENCE_SECONDS = { boot: 60, start: 180, restore: 15, answer: 10, step: 30 };

/**
 * @typedef {object} Site  where the files lie
 * @property {URL} base
 * @property {RuntimeFile} program   the worker's program
 * @property {RuntimeFile[]} files   what Python needs
 * @property {string} snapshot       the key of a memory snapshot that fits these files
 */

/**
 * @typedef {object} Question  a request that waits for its answer
 * @property {number} patience  seconds
 * @property {number} waited    seconds since the last sign of life
 * @property {((answer: LoadingAnswer | StepAnswer) => void) | undefined} between
 * @property {(answer: Answer) => void} answered
 * @property {(error: Trouble) => void} failed
 */

/** @implements {PythonClient} */
export class Client {
  /** @type {Progress} */
  progress;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {Worker | undefined} */
  #worker;
  /** The address of the worker's program, which the worker itself uses as long as it lives (memory-snapshot-maker.js). */
  #address = "";
  /** @type {Promise<void> | undefined} */
  #live;
  /** @type {Map<number, Question>} */
  #questions = new Map();
  /** @type {Map<number, boolean>} the runs; true while paused */
  #runs = new Map();
  /** @type {Map<string, Promise<unknown>>} which widgets the worker knows */
  #opened = new Map();
  /** @type {Map<string, object>} the latest state asked for, by widget */
  #latest = new Map();
  /** @type {Map<string, Promise<unknown>>} the answer under way, by widget */
  #underWay = new Map();
  /** Is a start from a snapshot under way? */
  #isRestoring = false;
  /** False once a snapshot has failed: the next start goes without, and a new snapshot takes its place. */
  #mayRestore = true;
  #lastId = 0;
  #watch = 0;
  #site;

  /** @param {Site} site */
  constructor(site) {
    this.#site = site;
    const total = site.files.reduce((sum, file) => sum + file.bytes, site.program.bytes);
    this.progress = { phase: "off", bytes: 0, total, isRestored: false };
    const pause = () => this.#pauseRuns(document.hidden);
    document.addEventListener("visibilitychange", pause);
    addEventListener("pageshow", pause);
    addEventListener("pagehide", () => this.#pauseRuns(true));
  }

  /**
   * Be told when `progress` changes.
   *
   * @param {() => void} listener
   * @returns {() => void}  call it to be told no more
   */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Start Python, or wait for the start that is under way. Rejects with a {@link Trouble}. */
  boot() {
    this.#live ??= this.#boot();
    return this.#live;
  }

  /**
   * Work out parts of a widget for a state.
   *
   * @param {Widget} widget
   * @param {State} state
   * @param {string[]} [parts]  names of those that are wanted; all if left out
   * @returns {Promise<Record<string, string> | null>}  part → HTML, with `problems`; null if a later state was asked for meanwhile
   */
  async render(widget, state, parts) {
    const turn = {};
    this.#latest.set(widget.key, turn);
    await this.boot();
    await this.#underWay.get(widget.key);
    if (this.#latest.get(widget.key) !== turn) return null;
    const asked = this.#insist(widget, { kind: "render", key: widget.key, state, parts });
    const over = asked.then(nothing, nothing);
    this.#underWay.set(widget.key, over);
    const answer = await asked;
    return answer.kind === "parts" && this.#latest.get(widget.key) === turn ? answer.parts : null;
  }

  /**
   * Carry out a long run.
   *
   * @param {Widget} widget
   * @param {State} state
   * @param {string} action
   * @param {(step: StepAnswer) => void} step
   * @returns {{finished: Promise<RunEnd>, cancel: () => void}}
   */
  run(widget, state, action, step) {
    let id = 0;
    let isCancelled = false;
    const notBegun = { isComplete: false, isKept: true };
    /** @type {(end: RunEnd) => void} */
    let stopWaiting = () => {};
    /** @type {Promise<RunEnd>} */
    const stopped = new Promise((resolve) => (stopWaiting = resolve));
    const run = this.#ready(widget).then(async () => {
      if (isCancelled) return notBegun;
      const asked = this.#ask({ kind: "run", key: widget.key, state, action }, PATIENCE_SECONDS.step, (answer) => {
        if (answer.kind === "step" && !isCancelled) step(answer);
      });
      id = this.#lastId;
      this.#runs.set(id, false);
      this.#pauseRuns(document.hidden);
      try {
        const answer = await asked;
        return answer.kind === "finished" ? { isComplete: !answer.cancelled, isKept: answer.isKept } : notBegun;
      } finally {
        this.#runs.delete(id);
      }
    });
    const cancel = () => {
      isCancelled = true;
      if (this.#runs.has(id)) this.#tell({ kind: "cancel", run: id });
      else stopWaiting(notBegun);
    };
    return { finished: Promise.race([run, stopped]), cancel };
  }

  async #boot() {
    this.#show({ phase: "loading", bytes: 0 });
    try {
      const program = (this.#address = URL.createObjectURL(await this.#program()));
      try {
        await this.#start(program);
      } catch (error) {
        if (!this.#isRestoring) throw error;
        console.info("The memory snapshot of Python is no good; Python starts without it.", error);
        this.#worker?.terminate();
        this.#isRestoring = this.#mayRestore = false;
        await this.#start(program);
      }
      this.#show({ phase: "live", isRestored: this.#isRestoring });
      this.#isRestoring = false;
    } catch (error) {
      const trouble = error instanceof Trouble ? error : new Trouble("Python could not be loaded.");
      this.#giveUp(trouble, error);
      throw trouble;
    }
  }

  /**
   * Start a worker and Python in it.
   *
   * @param {string} program  address of the worker's program
   */
  async #start(program) {
    const worker = new Worker(program, { type: "module", name: "python" });
    this.#worker = worker;
    worker.onmessage = (/** @type {MessageEvent<unknown>} */ event) => this.#hear(event.data);
    worker.onerror = (event) => this.#giveUp(new Trouble("Python stopped working."), event.message);
    const { base, files, snapshot, program: { bytes: before } } = this.#site;
    const request = { kind: /** @type {const} */ ("boot"), base: base.href, files, snapshot, mayRestore: this.#mayRestore };
    await this.#ask(request, PATIENCE_SECONDS.boot, (answer) => {
      if (answer.kind !== "loading") return;
      const bytes = before + answer.bytes;
      const isAllThere = bytes >= this.progress.total;
      if (isAllThere && !this.#isRestoring) this.#beMorePatient(PATIENCE_SECONDS.start);
      this.#show({ phase: isAllThere ? "starting" : "loading", bytes });
    });
  }

  /**
   * Wait longer than before for everything that is being waited for.
   *
   * @param {number} patience  seconds
   */
  #beMorePatient(patience) {
    for (const question of this.#questions.values()) question.patience = Math.max(question.patience, patience);
  }

  /** Fetch the worker's program. It runs from a blob: such a worker is held to the page's security policy. */
  async #program() {
    const { base, program } = this.#site;
    const stop = new AbortController();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), PATIENCE_SECONDS.boot * 1000);
    };
    alive();
    try {
      const response = await fetch(new URL(program.file, base), { signal: stop.signal });
      if (!response.ok || !response.body) throw new Error(`${response.status} for ${response.url}`);
      const stream = await unpacked(response.body, (bytes) => {
        alive();
        this.#show({ bytes: this.progress.bytes + bytes });
      });
      return new Blob([await new Response(stream).blob()], { type: "text/javascript" });
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Ask, and if the worker dies over it, start another one and ask once more.
   *
   * @param {Widget} widget
   * @param {Unsent} request
   */
  async #insist(widget, request) {
    await this.#ready(widget);
    const worker = this.#worker;
    try {
      return await this.#ask(request, PATIENCE_SECONDS.answer);
    } catch (error) {
      if (this.#worker === worker) throw error;
      await this.#ready(widget);
      return this.#ask(request, PATIENCE_SECONDS.answer);
    }
  }

  /**
   * Start Python if need be and tell it about a widget, once.
   *
   * @param {Widget} widget
   */
  async #ready({ key, widgetId, opening }) {
    await this.boot();
    let opened = this.#opened.get(key);
    if (!opened) {
      opened = this.#ask({ kind: "open", key, widgetId, opening }, PATIENCE_SECONDS.answer);
      this.#opened.set(key, opened);
      opened.catch(() => this.#opened.delete(key));
    }
    await opened;
  }

  /**
   * @param {Unsent} request
   * @param {number} patience  seconds
   * @param {(answer: LoadingAnswer | StepAnswer) => void} [between]
   * @returns {Promise<Answer>}
   */
  #ask(request, patience, between) {
    const id = this.#tell(request);
    clearInterval(this.#watch);
    this.#watch = setInterval(() => this.#lookAfter(), 1000);
    return new Promise((answered, failed) => {
      this.#questions.set(id, { patience, waited: 0, between, answered, failed });
    });
  }

  /**
   * @param {Unsent} request
   * @returns {number}  the request's number
   */
  #tell(request) {
    const id = ++this.#lastId;
    this.#worker?.postMessage({ ...request, id });
    return id;
  }

  /** @param {unknown} answer */
  #hear(answer) {
    // Nothing that Python's worker says by itself; taken for silence.
    if (!isAnswer(answer)) return;
    for (const question of this.#questions.values()) question.waited = 0;
    const question = this.#questions.get(answer.id);
    if (!question) return;
    if (answer.kind === "restoring") {
      this.#isRestoring = true;
      question.patience = PATIENCE_SECONDS.restore;
      return;
    }
    if (answer.kind === "loading" || answer.kind === "step") {
      question.between?.(answer);
      return;
    }
    if (answer.kind === "failed" && answer.isBroken) {
      this.#giveUp(new Trouble(answer.problem), answer.detail);
      return;
    }
    this.#questions.delete(answer.id);
    if (this.#questions.size === 0) clearInterval(this.#watch);
    if (answer.kind !== "failed") {
      question.answered(answer);
      return;
    }
    if (answer.detail) console.warn(answer.problem, answer.detail);
    question.failed(new Trouble(answer.problem));
  }

  /** Once a second: is there a question on which nothing has been heard for too long? A sleeping tab does not count. */
  #lookAfter() {
    const isRunning = [...this.#runs.values()].includes(false);
    for (const [id, question] of this.#questions) {
      if (this.#runs.get(id)) continue;
      const patience = isRunning ? Math.max(question.patience, PATIENCE_SECONDS.step) : question.patience;
      if (++question.waited > patience) {
        this.#giveUp(new Trouble("Python did not answer in time."), `nothing heard for ${patience} s`);
        return;
      }
    }
  }

  /**
   * End the worker and fail everything that waits; the next question starts a new one.
   *
   * @param {Trouble} trouble
   * @param {unknown} detail
   */
  #giveUp(trouble, detail) {
    if (!this.#live) return;
    if (this.#isRestoring) {
      // Only the start itself waits now, and it tries again without the snapshot.
      clearInterval(this.#watch);
      for (const question of this.#questions.values()) question.failed(new Trouble(`${trouble.message} ${detail}`));
      this.#questions.clear();
      return;
    }
    console.warn(trouble.message, detail);
    this.#worker?.terminate();
    this.#worker = undefined;
    URL.revokeObjectURL(this.#address);
    this.#live = undefined;
    if (this.progress.isRestored) this.#mayRestore = false;
    this.#opened.clear();
    this.#runs.clear();
    clearInterval(this.#watch);
    const waiting = [...this.#questions.values()];
    this.#questions.clear();
    for (const question of waiting) question.failed(trouble);
    this.#show({ phase: "off", isRestored: false });
  }

  /** @param {boolean} shallRest */
  #pauseRuns(shallRest) {
    for (const [run, rests] of this.#runs) {
      if (rests === shallRest) continue;
      this.#runs.set(run, shallRest);
      this.#tell({ kind: shallRest ? "pause" : "resume", run });
    }
  }

  /** @param {Partial<Progress>} progress */
  #show(progress) {
    this.progress = { ...this.progress, ...progress };
    for (const listener of this.#listeners) listener();
  }
}

function nothing() {}
