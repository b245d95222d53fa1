/**
 * The way from a widget to Python, before anything of it is loaded: what keeps Python from starting here, what was left
 * unfinished, and that loading has begun. Everything else is said by conversation.js, which comes when first needed.
 *
 * @import {Host, Talk} from "../shared/bundles.js"
 */

import { NOT_LOADED, client, obstacle, withConversation } from "./python-loader.js";
import { recall, storageKey } from "./local-storage.js";

export class Gateway {
  #host;
  #opening;
  #isNoted;
  /** @type {Talk | undefined} */
  #talk;
  #cancelled = 0;

  /**
   * @param {Pick<Host, "element" | "state" | "parts" | "say" | "settle">} widget
   * @param {string} place  name under which the widget's stored fields are kept
   * @param {string} opening  what Python is told about the widget
   */
  constructor(widget, place, opening) {
    this.#opening = opening;
    // Two labs may keep what they leave in one place.
    const note = `run:${widget.element.getAttribute("name")}#${widget.element.id}`;
    this.#isNoted = () => recall(place, note) !== null;
    /** @type {Host} */
    this.#host = { ...widget, client, failed: "", note: storageKey(place, note) };
  }

  /** If there is a note of a run that was cut off: say so, and offer to start it again. */
  offerInterrupted() {
    if (this.#isNoted()) void withConversation().then(({ offerInterrupted }) => offerInterrupted(this.#host), () => {});
  }

  /** The state is another one now. */
  outdate() {
    this.#talk?.outdate();
  }

  /**
   * Let Python answer the present state, starting it if need be.
   *
   * @param {number} [delay]  milliseconds in which a later state may take this one's place
   */
  ask(delay = 0) {
    const { parts, state } = this.#host;
    const stop = obstacle("This answer was not prepared in advance.");
    if (stop) this.#stay(parts.areWaiting ? stop : state.notice);
    else void this.#pass((talk) => talk.ask(delay));
  }

  /**
   * Start a long run; one with the same action that is under way is ended.
   *
   * @param {string} action
   */
  start(action) {
    const stop = obstacle("Nothing was started.");
    if (stop) this.#stay(stop);
    else void this.#pass((talk) => talk.start(action), action);
  }

  /** Ask again for what failed last. */
  retry() {
    const { failed } = this.#host;
    this.#host.failed = "";
    if (failed) this.start(failed);
    else this.ask();
  }

  /** End the run that is under way. */
  cancel() {
    this.#cancelled++;
    if (this.#talk) this.#talk.cancel();
    else this.#host.say({ text: "Cancelled." }, "static");
  }

  /** @param {string} text  why Python is not asked, or "" */
  #stay(text) {
    this.#host.say({ text });
    this.#host.parts.mark(false);
  }

  /**
   * @param {(talk: Talk) => void} act
   * @param {string} [action]  of a run
   */
  async #pass(act, action = "") {
    const { element, parts, say, state } = this.#host;
    const before = this.#cancelled;
    if (!this.#talk) {
      const isAwaited = action || parts.areWaiting;
      parts.mark();
      element.dataset.state = "booting";
      if (action) say({ text: "Python is being loaded for this run.", total: 0, offer: "cancel" });
      else if (isAwaited) say({ text: "Python is being loaded for this answer.", total: 0 });
      try {
        // Both are on their way at once; a client that does not come is missed when it is needed.
        client().catch(() => {});
        const { Conversation } = await withConversation();
        this.#talk ??= new Conversation(this.#host, this.#opening);
      } catch {
        if (action) this.#host.failed = action;
        this.#stay(state.notice);
        const text = `${NOT_LOADED} What you entered is kept; the rest of the page works without Python.`;
        if (isAwaited) say({ text, offer: "retry" }, "error");
        else element.dataset.state = "static";
        return;
      }
    }
    if (!action || before === this.#cancelled) act(this.#talk);
  }
}
