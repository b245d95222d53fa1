"""Lessons by their ids, in text and as cards: number, title and address come from ``course.yml``.

``[lesson:dpo]``         “lesson 6”, linked; ``[Lesson:dpo]`` at the start of a sentence;
``[lesson:dpo#traps]``   the same, to a place of the lesson;
``[lesson:dpo title]``   “6 DPO”, linked;
``[lesson:dpo number]``  “6”, not linked, so that it can stand in a sentence or a link of one's own.
"""

from __future__ import annotations

import os
import re

from markdown import Markdown

from widgets.core.html import Html, element
from widgets.site.sources.course import Lesson, lesson_text, load_lessons


def lesson_link(mark: re.Match[str], page: str) -> Html:
    """Write what stands for a mark on a page.

    Args:
        mark: A match of :data:`widgets.site.sources.grammar.LESSON`.
        page: The page, relative to ``docs``.

    Raises:
        BuildError: If there is no such lesson or no such form.
    """
    lesson, text = lesson_text(mark)
    if mark["form"] == "number":
        return element("span", text)
    return element("a", text, href=address_from(page, lesson) + (mark["place"] or ""))


def address_from(page: str, lesson: Lesson) -> str:
    """Give a lesson's address as a page of the built site links it.

    >>> address_from("about/offline.md", Lesson("dpo", 6, "DPO", 30, ""))
    '../lessons/dpo.html'
    """
    return os.path.relpath(lesson.page, os.path.dirname(page)).replace(os.sep, "/").removesuffix(".md") + ".html"


def page_of(md: Markdown) -> str:
    """Give the page that is being rendered, relative to ``docs``, as the generator tells it; "" if it does not."""
    if "relpath" in md.treeprocessors:  # MkDocs
        return str(md.treeprocessors["relpath"].file.src_uri)  # type: ignore[attr-defined]
    if "rendering_context" in md.preprocessors:  # Zensical
        return str(md.preprocessors["rendering_context"].page.path)  # type: ignore[attr-defined]
    return ""


def lesson_cards(page: str) -> Html:
    """Render the cards of all lessons, in their order."""
    return element("ol", (_card(page, lesson) for lesson in load_lessons().values()), class_="ft-map")


def _card(page: str, lesson: Lesson) -> Html:
    number = element("span", str(lesson.number), class_="ft-card-number")
    title = element("span", lesson.title, class_="ft-card-title")
    return element(
        "li",
        element("a", number, " ", title, href=address_from(page, lesson)),
        " ",
        element("span", lesson.summary, class_="ft-card-text"),
        " ",
        element("span", f"about {lesson.minutes} minutes", class_="ft-card-time"),
        " ",
        element("span", class_="ft-card-progress", data_progress=lesson.id, data_quiz=lesson.quiz or None),
        class_="ft-card",
        data_lesson=lesson.id,
    )
