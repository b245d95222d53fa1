/** What works anywhere on a page: copying, saving, deleting, and keys inside a widget. */

import { FtWidget } from "../../../widgets/browser/page/element.js";
import { keep, recall } from "../../../widgets/browser/page/local-storage.js";
import { keyPressed, pageClicked } from "../../../widgets/browser/page/page-buttons.js";
import { equal, put, test, until } from "../shared/in_document.mjs";

document.addEventListener("click", pageClicked);
document.addEventListener("keydown", keyPressed);
customElements.define("ft-widget", FtWidget);

/** What is copied from now on. */
function copies() {
  const texts = [];
  Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => void texts.push(text) } });
  return texts;
}

test("a button copies the text of what it names, a box's as it was typed, and says so to everybody", async () => {
  const texts = copies();
  put('<div><pre id="code">a &lt; b</pre><textarea id="box">old</textarea><button data-copy="code">Copy</button><button data-copy="box">Copy</button></div>');
  document.getElementById("box").value = "new";
  const [first, second] = document.querySelectorAll("button");
  first.click();
  second.click();
  await until(() => second.textContent === "Copied");
  equal(texts, ["a < b", "new"]);
  await until(() => document.querySelector("[role=status]").textContent === "Copied");
});

test("where there is no clipboard the text is copied the old way, or the button says that it is not", async () => {
  Object.defineProperty(navigator, "clipboard", { value: undefined });
  let isDone = true;
  const chosen = [];
  document.execCommand = () => {
    chosen.push(document.activeElement.value);
    return isDone;
  };
  put('<div><pre id="code">a</pre><button data-copy="code">Copy</button></div>');
  const button = document.querySelector("button");
  button.click();
  await until(() => button.textContent === "Copied");
  isDone = false;
  button.click();
  await until(() => button.textContent === "Not copied");
  equal([chosen, document.querySelectorAll("textarea").length], [["a", "a"], 0]);
});

test("a button with a file name saves the text under that name", async () => {
  const saved = [];
  URL.createObjectURL = (blob) => {
    saved.push(blob);
    return "blob:saved";
  };
  HTMLAnchorElement.prototype.click = function () {
    saved.push(this.download);
  };
  put('<div><pre id="code">print(1)</pre><button data-source="code" data-filename="run.py">Save</button></div>');
  document.querySelector("button").click();
  equal([saved[1], await saved[0].text(), document.querySelector("button").textContent], ["run.py", "print(1)", "Saved"]);
});

test("deleting everything is answered on the button that asked, and other sites' entries stay", async () => {
  keep("progress", "lesson:lora", "read");
  localStorage.setItem("ft|/another/|x", "1");
  put('<div><button popovertarget="sure">Delete</button><div popover id="sure"><button data-action="forget-all">Yes</button></div></div>');
  const [opener, yes] = document.querySelectorAll("button");
  opener.click();
  equal(document.getElementById("sure").matches(":popover-open"), true);
  yes.click();
  await until(() => opener.textContent.startsWith("Deleted "));
  equal([recall("progress", "lesson:lora"), localStorage.length], [null, 1]);
  equal(document.getElementById("sure").matches(":popover-open"), false);
});

test("a key presses its button while the focus is in the widget, not in a box, with another key, or outside", () => {
  const payload = { title: "", place: "w", fields: [{ name: "votes", default: "", stored: false, max: 99 }], parts: [], runs_on: [], opening: "{}" };
  put(`<div><a href="#x">Elsewhere</a><ft-widget id="w"><script type="application/json" class="ft-payload">${JSON.stringify(payload)}</script>
    <input type="text"><button data-key="1" data-append="votes=a">A</button><button data-key="2" disabled data-append="votes=b">B</button></ft-widget></div>`);
  const widget = document.querySelector("ft-widget");
  const pressed = [];
  widget.live.press = (button) => pressed.push(button.textContent);
  const press = (options) => {
    const event = new KeyboardEvent("keydown", { key: "1", bubbles: true, cancelable: true, ...options });
    (document.activeElement ?? document.body).dispatchEvent(event);
    return event.defaultPrevented;
  };
  document.querySelector("a").focus();
  press();
  widget.querySelector("input").focus();
  press();
  widget.querySelector("button").focus();
  press({ ctrlKey: true });
  press({ key: "2" });
  equal(pressed, []);
  equal([press(), pressed], [true, ["A"]]);
});
