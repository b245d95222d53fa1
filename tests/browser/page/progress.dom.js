/** The reader's progress: kept on the device, shown on the home page, nonsense left out. */

import { keep, recall } from "../../../widgets/browser/page/local-storage.js";
import { bestScore, keepRecords, showProgress, watchLessonEnd } from "../../../widgets/browser/page/progress.js";
import { equal, put, test, until } from "../shared/in_document.mjs";

const record = (text) => keepRecords(put(`<div><p data-record='${text}'></p></div>`));
const HOME = '<div><p data-progress="lora"></p><p data-progress="dpo" data-quiz="loss"></p><p data-progress-summary></p></div>';
const shown = () => [...document.querySelectorAll("p")].map(({ textContent }) => textContent);

test("the best score of a quiz counts, whichever came last, and one of a quiz that has grown", () => {
  record('{"quiz":"lora","points":2,"of":3}');
  record('{"quiz":"lora","points":1,"of":3}');
  equal(bestScore("lora"), { points: 2, of: 3 });
  record('{"quiz":"lora","points":3,"of":3}');
  equal(bestScore("lora"), { points: 3, of: 3 });
  record('{"quiz":"lora","points":2,"of":5}');
  equal(bestScore("lora"), { points: 2, of: 5 });
});

test("a record that is none is not kept", () => {
  for (const text of ["", "{", "[]", '{"quiz":"lora","points":4,"of":3}', '{"quiz":"lora","points":-1,"of":3}', '{"points":1,"of":3}']) {
    record(text);
  }
  equal(localStorage.length, 0);
});

test("the home page says which lesson was read, how its quiz went, and the sum of all", () => {
  keep("progress", "lesson:lora", "read");
  keep("progress", "quiz:lora", '{"points":2,"of":3}');
  keep("progress", "quiz:loss", '{"points":1,"of":2}');
  put(HOME);
  showProgress();
  equal(shown(), [
    "Read · quiz 2 of 3",
    "Quiz 1 of 2",
    "Your progress: 1 of 2 lessons read and 3 of 5 quiz questions right. It is kept in this browser only.",
  ]);
  equal([...document.querySelectorAll("[data-read]")].length, 1);
});

test("without progress, or with an altered one, the home page says nothing", () => {
  keep("progress", "lesson:lora", "<b>read</b>");
  keep("progress", "quiz:loss", '{"points":9,"of":2}');
  put(HOME);
  showProgress();
  equal(shown(), ["", "", ""]);
});

test("a lesson counts as read when its end is seen, not before", async () => {
  const article = put('<article><div style="height: 5000px"></div><p>The end.</p></article>');
  watchLessonEnd();
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  equal(recall("progress", "lesson:lora"), null);
  article.lastElementChild.scrollIntoView();
  await until(() => recall("progress", "lesson:lora") === "read");
});
