/** A widget at work, from its data in the page to what it asks of Python: `element.js`, `live-widget.js`, `gateway.js`. */

import { FtWidget } from "../../../widgets/browser/page/element.js";
import { keep, recall, storageKey } from "../../../widgets/browser/page/local-storage.js";
import { asked, equal, holds, put, serve, test, until } from "../shared/in_document.mjs";

customElements.define("ft-widget", FtWidget);

const PAYLOAD = {
  title: "A widget",
  place: "w",
  fields: [
    { name: "rank", default: "8", stored: false, max: 9 },
    { name: "votes", default: "", stored: true, max: 9 },
    { name: "note", default: "", stored: false, max: 9 },
  ],
  parts: [
    { name: "figure", on: ["rank"], defaults: { rank: "8" }, cold: [["", -1, "<p>eight</p>"], ["rank=16", 0, [[1, 1, "sixteen"]]]] },
    { name: "count", on: ["count:votes"], defaults: { "count:votes": "0" }, cold: [["", -1, "none"], ["count:votes=1", -1, "one"]] },
  ],
  runs_on: ["rank"],
  opening: '{"name":"w"}',
};
const BODY = `<form>
  <input type="number" name="rank" value="8"><input type="range" data-mirror="rank" data-scale="log2" min="0" max="6" value="3">
  <input type="text" name="note"><button type="submit" data-action="ask" data-commit="note" data-empty="Write something first.">Ask</button>
  <input type="file" data-reads-into="note">
  <button type="button" data-action="vote" data-append="votes=a" data-next="figure">Vote</button>
  <button type="button" data-action="run">Train</button>
</form>
<div data-part="figure"><p>eight</p></div><div data-part="count">none</div><div data-part="problems"></div>
<div class="ft-status" role="status"></div>`;
/** A conversation with Python that only notes what it is asked. */
const CONVERSATION = `globalThis.talk = [];
export class Conversation {
  constructor(host, opening) { this.host = host; talk.push(["opening", opening]); }
  ask(delay) { talk.push(["ask", delay, this.host.state.texts.rank]); }
  start(action) { talk.push(["start", action]); }
  cancel() { talk.push(["cancel"]); }
  outdate() {}
}
export async function offerInterrupted(host) { host.say({ text: "A run was cut off.", offer: "retry" }); }`;

/** Put a widget into the page. */
function widget(payload = JSON.stringify(PAYLOAD), body = BODY) {
  return put(`<ft-widget id="w" name="explorer">${body}<script type="application/json" class="ft-payload">${payload}</script></ft-widget>`);
}

const part = (name) => document.querySelector(`[data-part="${name}"]`).textContent;
const status = () => document.querySelector(".ft-status").textContent;
const talk = () => globalThis.talk ?? [];

function enter(name, text, kind = "input") {
  const control = document.querySelector(`[name="${name}"]`);
  control.value = text;
  control.dispatchEvent(new Event(kind, { bubbles: true }));
  return control;
}

test("data that did not arrive whole are said, and the widget is not taken for one at work", () => {
  const broken = widget('{"title"');
  equal([broken.live === undefined, broken.dataset.state, broken.dataset.upgraded], [true, "error", undefined]);
  holds(status(), "did not arrive whole");
});

test("the data are read once and taken out of the page", () => {
  const element = widget();
  equal([element.querySelector("script"), element.dataset.upgraded], [null, ""]);
  const { live } = element;
  document.body.append(element);
  equal(element.live === live, true);
});

test("a prepared answer is shown while Python is still being loaded, and the part is marked as right", async () => {
  widget();
  enter("rank", "16");
  await until(() => part("figure") === "sixteen");
  equal(document.querySelector('[data-part="figure"]').hasAttribute("data-outdated"), false);
  equal(document.querySelector("[data-mirror]").value, "4");
});

test("an answer that was not prepared is asked of Python, after a rest for what is being typed", async () => {
  await serve("conversation.js", CONVERSATION);
  widget();
  enter("rank", "13");
  await until(() => talk().length === 2);
  equal(talk(), [["opening", '{"name":"w"}'], ["ask", 300, "13"]]);
  const figure = document.querySelector('[data-part="figure"]');
  equal([figure.hasAttribute("data-outdated"), figure.getAttribute("aria-busy"), part("figure")], [true, "true", "eight"]);
  equal(location.search, "?w.rank=13");
});

test("where the words for waiting do not come it is said that everything is kept, and another try asks anew", async () => {
  widget();
  enter("rank", "13");
  await until(() => document.querySelector("ft-widget").dataset.state === "error");
  holds(status(), "Python could not be loaded. What you entered is kept");
  await serve("conversation.js?1", CONVERSATION);
  await serve("conversation.js", CONVERSATION);
  document.querySelector('.ft-status [data-action="retry"]').click();
  await until(() => talk().length === 2);
  equal(talk()[1], ["ask", 0, "13"]);
});

test("a page that is older than the site says so instead of offering another try", async () => {
  await serve("manifest.json", '[{"file":"python-other.js"}]');
  widget();
  enter("rank", "13");
  await until(() => document.querySelector('.ft-status [data-action="reload"]'));
  holds(status(), "The course was updated");
});

test("a run begins where a button says so, and one that was cancelled before Python came does not", async () => {
  await serve("conversation.js", CONVERSATION);
  widget();
  document.querySelector('[data-action="run"]').click();
  holds(status(), "Python is being loaded for this run.");
  document.querySelector('.ft-status [data-action="cancel"]').click();
  equal(status(), "Cancelled.");
  await until(() => talk().length === 1);
  document.querySelector('[data-action="run"]').click();
  await until(() => talk().length === 2);
  equal(talk()[1], ["start", "run"]);
});

test("a vote is kept, counted at once, and leads to the part that it names", async () => {
  await serve("conversation.js", CONVERSATION);
  const element = widget();
  element.querySelector('[data-part="figure"]').innerHTML = "<p>eight</p><button>Next pair</button>";
  element.querySelector("[data-append]").click();
  equal([recall("w", "votes"), part("count")], ["a", "one"]);
  equal(document.activeElement.textContent, "Next pair");
});

test("what another tab has stored is taken over", async () => {
  widget();
  localStorage.setItem(storageKey("w", "votes"), "b");
  dispatchEvent(new StorageEvent("storage"));
  await until(() => part("count") === "one");
});

test("a button that takes over an empty box says what is missing", () => {
  widget();
  document.querySelector("[data-empty]").click();
  equal(status(), "Write something first.");
});

test("Enter in a box that a button takes over presses that button, and sends no form", async () => {
  await serve("conversation.js", CONVERSATION);
  widget();
  const box = enter("note", "Hello");
  equal(location.search, "");
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  document.querySelector("form").requestSubmit();
  await until(() => location.search === "?w.note=Hello");
});

test("a file that is too large is refused before it is read", () => {
  widget();
  const input = document.querySelector("[data-reads-into]");
  const files = new DataTransfer();
  files.items.add(new File(["0123456789"], "votes.jsonl"));
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  equal(status(), "votes.jsonl is too large: 10 bytes, at most 9 are read.");
});

test("where the browser cannot run Python prepared answers come and the rest is explained, with nothing loaded", async () => {
  delete globalThis.WebAssembly;
  widget();
  enter("rank", "16");
  await until(() => part("figure") === "sixteen");
  enter("rank", "13");
  await until(() => status() !== "");
  holds(status(), "this browser cannot run Python");
  equal(document.querySelector('[data-part="figure"]').hasAttribute("aria-busy"), false);
  equal(await asked(), []);
});

test("a run that was cut off is offered again", async () => {
  await serve("conversation.js", CONVERSATION);
  keep("w", "run:explorer#w", "{}");
  widget();
  await until(() => status() !== "");
  holds(status(), "A run was cut off.");
});

test("a widget that has left the page ends its run", async () => {
  await serve("conversation.js", CONVERSATION);
  const element = widget();
  enter("rank", "13");
  await until(() => talk().length === 2);
  element.remove();
  await until(() => talk().length === 3);
  equal(talk()[2], ["cancel"]);
});
