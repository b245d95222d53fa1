"""What the page asks of Python: the parts that have no prepared answer, and nothing where all have one."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Visits

pytestmark = pytest.mark.browser

LORA = "lessons/lora.html"
NOTE_QUESTIONS = """() => {
  globalThis.asked = [];
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    globalThis.asked.push([message.kind, message.parts ?? null]);
    post.call(this, message, ...rest);
  };
}"""


def asked(page: Page) -> list[Any]:
    """List what the worker was told since the page was opened: kind, and the parts that were asked for."""
    return [question for question in page.evaluate("() => globalThis.asked") if question[0] != "boot"]


def open_lora(visit: Visits) -> Page:
    """Open the rank explorer and note what Python is asked."""
    page = visit.open(LORA)
    page.evaluate(NOTE_QUESTIONS)
    return page


def test_a_move_whose_answer_was_prepared_starts_python_and_asks_it_nothing(visit: Visits) -> None:
    page = open_lora(visit)
    widget = page.locator("#lora-rank")
    for rank, figure in (("16", "8,388,608"), ("32", "16,777,216"), ("8", "4,194,304")):
        widget.locator("[name=rank]").fill(rank)
        expect(widget.locator("[data-metric=trainable_params]").first).to_have_text(figure)
        expect(widget).to_have_attribute("data-state", "live")
        expect(widget.locator("[aria-busy]")).to_have_count(0)
    assert asked(page) == []


def test_a_move_that_was_not_prepared_asks_for_the_parts_that_depend_on_it(visit: Visits) -> None:
    page = open_lora(visit)
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("13")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("6,815,744")
    [[opened, _], [rendered, parts]] = asked(page)
    assert (opened, rendered) == ("open", "render")
    assert "figures" in parts
    named = widget.locator("[data-part]").evaluate_all("(all) => all.map((part) => part.dataset.part)")
    assert set(parts) <= set(named) - {"problems"}


def test_a_refused_setting_stays_explained_while_others_change_and_no_longer(visit: Visits) -> None:
    widget = open_lora(visit).locator("#lora-rank")
    problem = widget.locator("[data-problem=rank]")
    widget.locator("[name=rank]").fill("999")
    expect(problem).to_be_visible()
    expect(widget).to_have_attribute("data-state", "live")
    widget.locator("[name=alpha]").fill("32")
    expect(widget.locator("[aria-busy]")).to_have_count(0)
    expect(problem).to_be_visible()
    widget.locator("[name=rank]").fill("16")
    expect(problem).to_have_count(0)
    expect(widget.locator("[data-problem]")).to_have_count(0)
