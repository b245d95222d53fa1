"""A page opened as a file, in three engines: the prepared answers and the quizzes work under its policy there, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.driver import Driver, wait, wait_for_text
from tests.journeys import PAGES, right_answer
from widgets.site.sources.content import load_content

pytestmark = pytest.mark.browser

FIGURE = """(text) => {
  const widget = document.querySelector("#lora-rank");
  const figure = widget.querySelector("[data-metric=trainable_params]");
  return figure.textContent === text && widget.querySelector("[aria-busy]") === null;
}"""
STYLED = "() => getComputedStyle(document.querySelector('ft-widget')).display"


def test_a_page_opened_as_a_file_answers_what_was_prepared_and_grades_its_quiz(
    engine: Driver, built_site: Path
) -> None:
    engine.console_errors()
    engine.open((built_site.resolve() / PAGES["lora-rank"]).as_uri())
    assert engine.evaluate(STYLED) == "block"
    wait_for_text(engine, ".ft-file-notice", "was opened as a file")
    engine.type("#lora-rank [name=rank]", "16")
    wait(engine, FIGURE, "8,388,608")
    [question, *_] = [one for one in load_content("quiz", "lora")["questions"] if one["kind"] == "single"]
    part = f"#quiz-lora [data-part={question['id']}]"
    [right] = right_answer(question)
    engine.click(f"{part} input[value='{right}']")
    engine.click(f"{part} [data-action=check]")
    wait(engine, "(part) => document.querySelector(`${part} .ft-question`).dataset.result === 'right'", part)
    engine.type("#lora-rank [name=rank]", "13")
    wait_for_text(engine, "#lora-rank > .ft-status", "opened as a file")
    # Of what a browser says there, only that the theme's search has no index is expected.
    errors = [error for error in engine.console_errors() if "search" not in error and "FILE_NOT_FOUND" not in error]
    assert errors == []
