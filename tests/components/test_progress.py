"""The reader's progress: written by lessons and quizzes, shown on the home page, deleted on request."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Visits
from tests.journeys import PAGES, QUESTIONS, answer, number_of_votes, right_answer, wrong_answer

pytestmark = pytest.mark.browser

FOREIGN = {"another-site": "keep me", "ft|/elsewhere/|human-rater|votes": "p01:a"}
"""What other sites on the same host have stored."""


def read_to_the_end(page: Page) -> None:
    """Scroll to the end of a lesson, as far as it takes."""
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function("() => Object.keys(localStorage).some((key) => key.includes('|progress|lesson:'))")


def take_quiz(page: Page, site: str, wrong: int, attempt: int = 0) -> None:
    """Answer the module quiz with so many mistakes, on a page that is opened for it."""
    page.goto(site + PAGES["quiz"])
    quiz = page.locator("#quiz-module")
    for number, question in enumerate(QUESTIONS):
        answer(quiz, question, (wrong_answer if number < wrong else right_answer)(question, attempt))
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text(f"{len(QUESTIONS) - wrong} of {len(QUESTIONS)}")


def test_the_home_page_knows_what_was_read_and_how_the_quiz_went(visit: Visits) -> None:
    page = visit.open("index.html")
    summary, quiz = page.locator("[data-progress-summary]"), page.locator("[data-progress=summary-and-quiz]")
    expect(summary).to_be_empty()
    page.goto(f"{visit.origin}lessons/sft.html")
    page.wait_for_load_state("networkidle")
    assert not page.evaluate("() => Object.keys(localStorage).some((key) => key.includes('lesson:'))"), "only opened"
    read_to_the_end(page)
    take_quiz(page, visit.origin, wrong=2)
    page.goto(f"{visit.origin}index.html")
    expect(page.locator("[data-progress=sft]")).to_have_text("Read")
    expect(page.locator("[data-progress=lora]")).to_be_empty()
    expect(quiz).to_have_text(re.compile("quiz 4 of 6", re.I))
    expect(summary).to_contain_text("4 of 6 quiz questions right")
    expect(summary).to_contain_text("in this browser only")


def test_a_better_attempt_counts_a_worse_one_does_not(visit: Visits) -> None:
    page = visit.open("index.html")
    for attempt, (wrong, best) in enumerate([(3, 3), (1, 5), (6, 5)]):
        if attempt:
            page.goto(visit.origin + PAGES["quiz"])
            page.locator("#quiz-module").get_by_role("button", name="Try again").click()
        take_quiz(page, visit.origin, wrong, attempt)
        page.goto(f"{visit.origin}index.html")
        expect(page.locator("[data-progress=summary-and-quiz]")).to_have_text(re.compile(f"quiz {best} of 6", re.I))


def test_a_quiz_that_is_not_finished_is_no_score_but_is_there_again(visit: Visits) -> None:
    page = visit.open(PAGES["quiz"])
    answer(page.locator("#quiz-module"), QUESTIONS[0], right_answer(QUESTIONS[0]))
    page.goto(f"{visit.origin}index.html")
    expect(page.locator("[data-progress=summary-and-quiz]")).to_be_empty()
    page.goto(visit.origin + PAGES["quiz"])
    expect(page.locator("#quiz-module [data-part=score]")).to_contain_text("1 of 6 answered")


def test_every_lesson_has_its_place_on_the_home_page(visit: Visits) -> None:
    page = visit.open("index.html")
    places = page.locator("[data-progress]").evaluate_all(
        "(all) => all.map((e) => [e.dataset.progress, e.dataset.quiz])"
    )
    assert len(places) == 9
    for lesson, quiz in places:
        page.goto(f"{visit.origin}lessons/{lesson}.html")
        assert page.locator(f"#quiz-{quiz or lesson}").count() == 1, (
            "the quiz whose score is shown stands in the lesson"
        )


def test_progress_is_up_to_date_when_the_reader_goes_back(visit: Visits) -> None:
    page = visit.open("index.html")
    page.locator("[data-lesson=dpo] a").click()
    page.wait_for_url("**/lessons/dpo.html*")
    read_to_the_end(page)
    page.go_back()
    page.wait_for_url("**/index.html")
    expect(page.locator("[data-progress=dpo]")).to_have_text("Read")


def test_the_privacy_page_deletes_everything_of_this_site_and_nothing_else(visit: Visits) -> None:
    page = visit.open("lessons/rlhf.html")
    page.evaluate("(entries) => Object.assign(localStorage, entries)", FOREIGN)
    page.evaluate("async () => { await caches.open('ft|/|runtime'); await caches.open('theirs'); }")
    rater = page.locator("#human-rater")
    rater.locator("[data-action=vote-a]").click()
    rater.locator("[data-action=tie]").click()
    read_to_the_end(page)
    take_quiz(page, visit.origin, wrong=0)
    page.goto(f"{visit.origin}about/privacy.html")
    page.get_by_role("button", name="Delete everything stored here").click()
    expect(page.get_by_role("button", name="Keep everything")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("() => Object.keys(localStorage).some((key) => key.endsWith('|votes'))"), "it asks first"
    page.get_by_role("button", name="Delete everything stored here").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("button", name=re.compile(r"Deleted \d+ entries"))).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Deleted")).to_be_attached()
    kept = page.evaluate("() => Object.fromEntries(Object.entries(localStorage))")
    assert {key: text for key, text in kept.items() if key.startswith("ft|") or key == "another-site"} == FOREIGN
    assert page.evaluate("() => caches.keys()") == ["theirs"]
    page.goto(f"{visit.origin}index.html")
    expect(page.locator("[data-progress-summary]")).to_be_empty()
    page.goto(f"{visit.origin}lessons/rlhf.html")
    assert number_of_votes(rater) == 0
    page.goto(visit.origin + PAGES["quiz"])
    expect(page.locator("#quiz-module [data-metric=quiz_score]")).to_have_attribute("value", "0")
    page.goto(f"{visit.origin}about/privacy.html")
    page.get_by_role("button", name="Delete everything stored here").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("button", name="Deleted 0 entries")).to_be_visible()
