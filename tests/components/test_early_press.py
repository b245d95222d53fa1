"""Buttons that are pressed before the page's script has come do what they say when it is there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.components.conftest import Visits

pytestmark = pytest.mark.browser

SCRIPT = "**/assets/course/course.js"
NOTES = """() => new Promise((resolve) => {
  const look = () => (globalThis.ftPressed ? resolve() : setTimeout(look, 10));
  look();
})"""
"""Waits until presses are noted."""
VOTES = """() => new Promise((resolve) => {
  const look = () => {
    const key = Object.keys(localStorage).find((key) => key.endsWith("|votes"));
    if (key) resolve(localStorage.getItem(key));
    else setTimeout(look, 10);
  };
  look();
})"""
QUIZ, RATER, LAB = "lessons/summary-and-quiz.html", "lessons/rlhf.html", "lessons/sft.html"


def hold_script(visit: Visits, path: str) -> tuple[Page, list[Route]]:
    """Open a page whose script stays on its way until the route is continued."""
    page = visit.context().new_page()
    held: list[Route] = []
    page.route(SCRIPT, lambda route: held.append(route))
    page.goto(visit.origin + path, wait_until="commit")
    page.evaluate(NOTES)
    return page, held


@pytest.mark.parametrize("key", ["", "Enter", "Space"])
def test_a_check_before_the_script_came_judges_the_answer(visit: Visits, key: str) -> None:
    page, held = hold_script(visit, QUIZ)
    question = page.locator("#quiz-module .ft-question").first
    question.locator("[type=radio]").nth(1).check()
    button = question.locator("[data-action=check]")
    if key:
        button.press(key)
    else:
        button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    assert question.get_attribute("data-result") is None
    held[0].continue_()
    expect(question).to_have_attribute("data-result", re.compile("right|wrong"))
    expect(page.locator("#quiz-module [aria-busy]")).to_have_count(0)


def test_votes_before_the_script_came_are_counted_in_their_order(visit: Visits) -> None:
    page, held = hold_script(visit, RATER)
    page.locator("#human-rater [data-action=vote-a]").click()
    held[0].continue_()
    assert re.fullmatch(r"[\w-]+:a", page.evaluate(VOTES))


def test_a_vote_on_a_pair_that_was_judged_before_is_not_given_to_another_pair(visit: Visits) -> None:
    page = visit.open(RATER)
    page.locator("#human-rater [data-action=vote-a]").click()
    before = page.evaluate(VOTES)
    held: list[Route] = []
    page.route(SCRIPT, lambda route: held.append(route))
    page.goto(visit.origin + RATER, wait_until="commit")
    page.evaluate(NOTES)
    page.locator("#human-rater [data-action=vote-b]").click()
    held[0].continue_()
    expect(page.locator("#human-rater[data-upgraded]")).to_have_count(1)
    expect(page.locator("#human-rater [aria-busy]")).to_have_count(0)
    assert page.evaluate(VOTES) == before


def test_a_run_that_was_wanted_before_the_script_came_begins(visit: Visits) -> None:
    page, held = hold_script(visit, LAB)
    lab = page.locator("ft-widget[name=sft-lab]")
    lab.locator("[data-action=run]").first.click()
    held[0].continue_()
    expect(lab).to_have_attribute("data-state", re.compile("booting|running|done"))
    lab.locator(".ft-status [data-action=cancel]").click()


def test_a_button_that_has_only_the_focus_is_not_pressed(visit: Visits) -> None:
    page, held = hold_script(visit, RATER)
    page.locator("#human-rater [data-action=vote-a]").focus()
    held[0].continue_()
    expect(page.locator("#human-rater[data-upgraded]")).to_have_count(1)
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.endsWith('|votes'))") == []


def test_a_button_pressed_once_the_script_is_there_is_pressed_once(visit: Visits) -> None:
    page = visit.open(RATER)
    expect(page.locator("#human-rater[data-upgraded]")).to_have_count(1)
    assert page.evaluate("() => globalThis.ftPressed") is None
