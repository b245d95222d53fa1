/**
 * The reader's progress: quizzes say how they went (`data-record='{"quiz":"lora","points":2,"of":3}'`), a lesson
 * counts as read when its end has been seen. The home page shows both.
 */

import { SITE } from "./site.js";
import { keep, recall } from "./local-storage.js";

const PLACE = "progress";

/** @typedef {{points: number, of: number}} Score */

/**
 * Keep what the records inside an element say; the best score of a quiz counts.
 *
 * @param {Element} root
 */
export function keepRecords(root) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-record]"))) {
    const record = parsed(element.dataset.record);
    const quiz = record?.quiz;
    const score = scoreOf(record);
    if (typeof quiz !== "string" || !score) continue;
    const before = bestScore(quiz);
    if (!before || score.points / score.of > before.points / before.of || before.of !== score.of) {
      keep(PLACE, `quiz:${quiz}`, JSON.stringify(score));
    }
  }
}

/**
 * @param {string} quiz
 * @returns {Score | undefined}
 */
export function bestScore(quiz) {
  return scoreOf(parsed(recall(PLACE, `quiz:${quiz}`)));
}

/**
 * @param {Record<string, unknown> | undefined} record
 * @returns {Score | undefined}
 */
function scoreOf(record) {
  const { points, of } = record ?? {};
  if (typeof points !== "number" || typeof of !== "number") return undefined;
  return Number.isInteger(points) && Number.isInteger(of) && points >= 0 && of > 0 && points <= of && of < 1000
    ? { points, of }
    : undefined;
}

/**
 * @param {string | null | undefined} text
 * @returns {Record<string, unknown> | undefined}
 */
function parsed(text) {
  try {
    /** @type {unknown} */
    const value = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : undefined;
  } catch {
    return undefined;
  }
}

/** The lesson that this page is, told by its address (`SITE/lessons/lora.html` or `SITE/lessons/lora/`), or "". */
function lessonName() {
  const path = location.href.slice(SITE.href.length);
  return /^lessons\/([\w-]+?)(?:\/(?:index)?)?(?:\.html)?(?:[?#]|$)/.exec(path)?.[1] ?? "";
}

/** On a lesson: wait for the reader to reach its end. */
export function watchLessonEnd() {
  const name = lessonName();
  const end = document.querySelector("article > :last-child");
  if (!name || !end || recall(PLACE, `lesson:${name}`)) return;
  const eye = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    eye.disconnect();
    keep(PLACE, `lesson:${name}`, "read");
  });
  eye.observe(end);
}

/** On the home page: show the progress in each `[data-progress="LESSON"]` and in `[data-progress-summary]`. */
export function showProgress() {
  const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-progress]"));
  let read = 0;
  const sum = { points: 0, of: 0 };
  for (const place of places) {
    const name = place.dataset.progress ?? "";
    const isRead = recall(PLACE, `lesson:${name}`) === "read";
    const score = bestScore(place.dataset.quiz ?? name);
    read += Number(isRead);
    sum.points += score?.points ?? 0;
    sum.of += score?.of ?? 0;
    const words = [isRead ? "Read" : "", score ? `quiz ${score.points} of ${score.of}` : ""].filter(Boolean);
    place.textContent = words.join(" · ").replace(/^q/, "Q");
    place.toggleAttribute("data-read", isRead);
  }
  const summary = document.querySelector("[data-progress-summary]");
  if (!summary || places.length === 0) return;
  const quizzes = sum.of ? ` and ${sum.points} of ${sum.of} quiz questions right` : "";
  summary.textContent =
    read || sum.of ? `Your progress: ${read} of ${places.length} lessons read${quizzes}. It is kept in this browser only.` : "";
}
