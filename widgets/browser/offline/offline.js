/**
 * "Save this course for offline use": the panel on the pages that have one, and a word to readers of a saved copy when
 * there is a newer version. Loaded on demand (`page/offline-loader.js`).
 */

import { wordsFor } from "../shared/trouble.js";
import { PLACE, available, hasPart, megabytes, missing, obstacle, remove, save, saved } from "./download.js";

/** In the session's storage: the version of which the reader wants to hear later. */
const LATER = `${PLACE}|later`;
/** Milliseconds after which the wait for the server is put into words. */
const SLOW_MS = 1000;

/**
 * @typedef {keyof typeof LABELS} Name  of a button
 *
 * @typedef {object} Shown
 * @property {string} text
 * @property {Name[]} [buttons]
 * @property {[number, number]} [bytes]  done and total: a bar
 */

const LABELS = {
  save: "Save this course for offline use",
  update: "Update",
  again: "Try again",
  look: "Try again",
  stop: "Stop",
  remove: "Remove the saved copy",
  reload: "Reload this page",
  later: "Later",
};

class Panel {
  #line = document.createElement("p");
  #bar = document.createElement("progress");
  #figures = document.createElement("small");
  #buttons = document.createElement("div");
  /** @type {AbortController | undefined} */
  #saving;
  /** Is it a word about a newer version, on pages without the panel? */
  #isNotice = false;
  #turn = 0;
  /** @type {HTMLElement | undefined} */
  #place;

  constructor() {
    this.#line.setAttribute("role", "status");
    this.#bar.setAttribute("aria-label", "Saved so far");
    this.#figures.setAttribute("aria-hidden", "true");
    this.#buttons.className = "ft-offline-buttons";
    this.#buttons.addEventListener("click", (event) => void this.#clicked(event));
  }

  /**
   * Stand in an element of the page, be it the first one or another page's.
   *
   * @param {HTMLElement} place
   * @param {boolean} isNotice
   */
  stand(place, isNotice) {
    if (this.#isNotice) this.#place?.remove();
    this.#place = place;
    this.#isNotice = isNotice;
    void this.look();
  }

  /** Look how things stand and say it. */
  async look() {
    if (this.#saving) this.#enter();
    if (this.#saving || !this.#place?.isConnected) return;
    const turn = ++this.#turn;
    const slow = setTimeout(() => {
      // Nothing is said yet, or there is no answer to give but this one.
      if (!this.#line.isConnected || !this.#buttons.hasChildNodes()) this.#show({ text: "Waiting for the server." });
    }, SLOW_MS);
    /** @type {Shown} */
    let shown;
    try {
      shown = await standing(this.#isNotice);
    } catch (error) {
      shown = { text: words(error), buttons: ["look"] };
    }
    clearTimeout(slow);
    // Meanwhile the reader may have pressed a button, or come back to the page.
    if (turn === this.#turn) this.#show(shown);
  }

  /** Take the place of what stands there. */
  #enter() {
    if (this.#line.parentElement === this.#place) return;
    this.#place?.replaceChildren(this.#line, this.#bar, this.#figures, this.#buttons);
  }

  /** @param {MouseEvent} event */
  async #clicked({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    const action = button?.dataset.action;
    if (action === "stop") this.#saving?.abort();
    else if (action === "reload") location.reload();
    else if (action === "remove") await this.#remove();
    else if (action === "later") this.#later();
    else if (action === "look") await this.#lookAgain("Waiting for the server.");
    else if (action) await this.#save();
  }

  /** @param {string} text  while the server is asked */
  async #lookAgain(text) {
    this.#show({ text, buttons: ["look"] });
    await this.look();
  }

  async #save() {
    this.#turn++;
    this.#saving = new AbortController();
    const text = "The course is being saved.";
    this.#show({ text, bytes: [0, 0], buttons: ["stop"] });
    try {
      const before = await saved();
      const done = await save((...bytes) => this.#show({ text, bytes, buttons: ["stop"] }), this.#saving.signal);
      this.#saving = undefined;
      if (!done) await this.#lookAgain("Stopped.");
      else if (before) this.#show({ text: "The saved copy is up to date.", buttons: ["reload"] });
      else this.#show(await standing(false));
    } catch (error) {
      this.#saving = undefined;
      const isKept = await hasPart().catch(() => false);
      const rest = isKept ? "What was saved before is kept." : "";
      this.#show({ text: `${words(error)} ${rest}`.trim(), buttons: isKept ? ["again", "remove"] : ["again"] });
    }
  }

  async #remove() {
    this.#turn++;
    try {
      await remove();
      this.#show({ text: "The saved copy is removed. Your answers, votes and progress stay.", buttons: ["save"] });
    } catch (error) {
      this.#show({ text: words(error), buttons: ["remove"] });
    }
  }

  #later() {
    try {
      sessionStorage.setItem(LATER, this.#place?.dataset.version ?? "");
    } catch {
      // Where nothing can be stored, the next page says it again.
    }
    this.#place?.remove();
  }

  /** @param {Shown} shown */
  #show({ text, bytes, buttons = [] }) {
    this.#enter();
    if (this.#line.textContent !== text) this.#line.textContent = text;
    this.#bar.hidden = this.#figures.hidden = !bytes;
    if (bytes?.[1]) {
      [this.#bar.value, this.#bar.max] = bytes;
      this.#figures.textContent = `${(bytes[0] / 1e6).toFixed(1)} of ${megabytes(bytes[1])}`;
    } else {
      this.#bar.removeAttribute("value");
      this.#figures.textContent = "";
    }
    /** @type {Name[]} */
    const names = this.#isNotice && !this.#saving ? [...buttons.filter((name) => name !== "remove"), "later"] : buttons;
    if (names.join() === this.#buttons.dataset.names) return;
    this.#buttons.dataset.names = names.join();
    const hadFocus = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren(...names.map(made));
    // A reader who has pressed a button goes on from the one that takes its place.
    if (hadFocus) this.#buttons.querySelector("button")?.focus();
  }
}

/** @param {Name} name */
function made(name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = /^(save|update|again|look|reload)$/.test(name) ? "ft-button ft-primary" : "ft-button";
  button.dataset.action = name;
  button.textContent = LABELS[name];
  return button;
}

/**
 * Say how things stand, and what can be done.
 *
 * @param {boolean} isNotice
 * @returns {Promise<Shown>}
 */
async function standing(isNotice) {
  const stop = await obstacle();
  if (stop) return { text: stop };
  const index = await saved();
  if (!index) {
    const { bytes, total } = await missing(await available());
    const text =
      bytes < total
        ? `${megabytes(total - bytes)} of ${megabytes(total)} are saved; the rest is still to be loaded.`
        : `Saves all pages, Python, the widgets and the tiny model in this browser: ${megabytes(total)}.`;
    return { text, buttons: bytes < total ? ["save", "remove"] : ["save"] };
  }
  const day = new Date(index.savedAt).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const about = `Saved for offline use: ${megabytes(index.bytes)}, version ${index.release} (${index.version}), ${day}.`;
  try {
    const list = await available();
    if (list.version === index.version) return { text: about, buttons: ["remove"] };
    const { bytes } = await missing(list);
    const start = isNotice ? `You read the copy that you saved on ${day}.` : about;
    return {
      text: `${start} There is a newer version (${megabytes(bytes)} to load).`,
      buttons: ["update", "remove"],
    };
  } catch {
    return { text: `${about} The server cannot be reached now.`, buttons: ["remove"] };
  }
}

/** @param {unknown} error */
function words(error) {
  return wordsFor(error, "The browser could not store the course.");
}

/** @param {string} version */
function isForLater(version) {
  try {
    return sessionStorage.getItem(LATER) === version;
  } catch {
    return false;
  }
}

/** On pages without the panel: tell a reader of the saved copy of a newer version, once in each session. */
async function tellOfNewer() {
  const [index, list] = await Promise.all([saved(), available()]);
  if (!index || index.version === list.version || isForLater(list.version)) return;
  // A reader who was quicker has come to a page with the panel, which says it by itself.
  if (document.querySelector("[data-offline]")) return;
  const place = document.createElement("aside");
  place.className = "ft-offline ft-offline-notice";
  place.setAttribute("aria-label", "Saved copy");
  place.dataset.version = list.version;
  document.body.append(place);
  panel.stand(place, true);
}

const panel = new Panel();
for (const event of ["online", "offline"]) addEventListener(event, () => void panel.look());
document.addEventListener("visibilitychange", () => void (document.hidden || panel.look()));

/**
 * Show the panel of a page, or on a page without one the word about a newer version.
 *
 * @type {import("../shared/bundles.js").OfflineBundle["showOffline"]}
 */
export function showOffline(place) {
  if (place) panel.stand(place, false);
  else tellOfNewer().catch(() => {});
}
