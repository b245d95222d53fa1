/**
 * "Save this course for offline use": the panel on the pages that have one, and a word to readers of a saved copy when
 * there is a newer version. Loaded on demand (`on-demand.js`).
 */

import { Trouble, available, hasPart, megabytes, missing, obstacle, remove, save, saved } from "./saving.js";

/** In the session's storage: the version of which the reader wants to hear later. */
const LATER = "ft|offline|later";

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
  #isNotice;

  /**
   * @param {HTMLElement} place
   * @param {boolean} isNotice  a word about a newer version, on pages without the panel
   */
  constructor(place, isNotice) {
    this.place = place;
    this.#isNotice = isNotice;
    this.#line.setAttribute("role", "status");
    this.#bar.setAttribute("aria-label", "Saved so far");
    this.#figures.setAttribute("aria-hidden", "true");
    this.#buttons.className = "ft-offline-buttons";
    place.replaceChildren(this.#line, this.#bar, this.#figures, this.#buttons);
    place.addEventListener("click", (event) => void this.#clicked(event));
  }

  /** Look how things stand and say it. */
  async look() {
    if (this.#saving) return;
    try {
      this.#show(await standing(this.#isNotice));
    } catch (error) {
      this.#show({ text: words(error), buttons: ["again"] });
    }
  }

  /** @param {MouseEvent} event */
  async #clicked({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    const action = button?.dataset.action;
    if (action === "stop") this.#saving?.abort();
    else if (action === "reload") location.reload();
    else if (action === "remove") await this.#remove();
    else if (action === "later") this.#later();
    else if (action) await this.#save();
  }

  async #save() {
    this.#saving = new AbortController();
    const text = "The course is being saved.";
    this.#show({ text, bytes: [0, 0], buttons: ["stop"] });
    try {
      const before = await saved();
      const done = await save((...bytes) => this.#show({ text, bytes, buttons: ["stop"] }), this.#saving.signal);
      this.#saving = undefined;
      if (!done) await this.look();
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
    try {
      await remove();
      this.#show({ text: "The saved copy is removed. Your answers, votes and progress stay.", buttons: ["save"] });
    } catch (error) {
      this.#show({ text: words(error), buttons: ["remove"] });
    }
  }

  #later() {
    sessionStorage.setItem(LATER, this.place.dataset.version ?? "");
    this.place.remove();
  }

  /** @param {Shown} shown */
  #show({ text, bytes, buttons = [] }) {
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
  button.className = /^(save|update|again|reload)$/.test(name) ? "ft-button ft-primary" : "ft-button";
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
  if (error instanceof Trouble) return error.message;
  console.warn("The course could not be saved:", error);
  return "The browser could not store the course.";
}

/** On pages without the panel: tell a reader of the saved copy of a newer version, once in each session. */
async function tellOfNewer() {
  const [index, list] = await Promise.all([saved(), available()]);
  if (!index || index.version === list.version || sessionStorage.getItem(LATER) === list.version) return;
  const place = document.createElement("aside");
  place.className = "ft-offline ft-offline-notice";
  place.setAttribute("aria-label", "Saved copy");
  place.dataset.version = list.version;
  document.body.append(place);
  await new Panel(place, true).look();
}

const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-offline]"));
for (const place of places) {
  const panel = new Panel(place, false);
  void panel.look();
  for (const event of ["online", "offline"]) addEventListener(event, () => void panel.look());
  document.addEventListener("visibilitychange", () => void (document.hidden || panel.look()));
}
if (places.length === 0) tellOfNewer().catch(() => {});
