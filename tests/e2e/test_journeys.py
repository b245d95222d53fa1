"""What readers do, in three engines: answers at once and from Python, votes, quizzes, a training run, the keyboard."""

from __future__ import annotations

import pytest

from tests.e2e.driver import Driver, wait, wait_for_state, wait_for_text
from tests.journeys import KEPT, NO_PYTHON, PAGES, QUESTIONS, right_answer
from tests.site_server import StaticServer

pytestmark = pytest.mark.browser

LORA = "#lora-rank"
AT_ONCE = 20.0
"""Seconds, on a busy machine, for what the page does by itself; its real times are a benchmark's business."""
TRAINING = 240.0
"""Seconds: training takes a few, but test machines are busy."""
SFT = "lessons/sft.html"

FIGURE = """(text) => {
  const widget = document.querySelector("#lora-rank");
  const figure = widget.querySelector("[data-metric=trainable_params]");
  return figure.textContent === text && widget.querySelector("[aria-busy]") === null;
}"""
ADDRESS = "(search) => location.search === search"
INTO_VIEW = "(selector) => document.querySelector(selector).scrollIntoView({ behavior: 'instant' })"
FOCUSED = "(selector) => document.activeElement?.matches(selector) ?? false"
START_BEFORE = """(selector) => {
  const heading = document.querySelector(selector).querySelector("h3");
  heading.tabIndex = -1;
  heading.focus();
}"""
FOREIGN = """() => performance.getEntriesByType("resource")
  .map(({ name }) => name).filter((name) => /^https?:/.test(name) && !name.startsWith(location.origin))"""
HAS_PRIVATE_FILES = "() => navigator.storage?.getDirectory !== undefined"


def walk_to(browser: Driver, selector: str, most: int = 30) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        browser.press("Tab")
        if browser.evaluate(FOCUSED, selector):
            return
    pytest.fail(f"{browser.name}: {selector} was not reached with {most} presses of Tab")


def test_a_slider_is_answered_at_once_and_then_by_python(browser: Driver, server: StaticServer) -> None:
    server.faults.update(NO_PYTHON)
    browser.open(server.url + PAGES["lora-rank"])
    browser.evaluate("() => document.querySelector('#lora-rank [data-mirror=rank]').focus()")
    browser.press("ArrowRight")
    wait(browser, FIGURE, "8,388,608", seconds=AT_ONCE)
    assert browser.evaluate("() => document.querySelector('#lora-rank [name=rank]').value") == "16"
    wait(browser, ADDRESS, "?lora-rank.rank=16")
    server.faults.clear()
    browser.reload()
    wait(browser, FIGURE, "8,388,608", seconds=AT_ONCE)
    browser.type(f"{LORA} [name=rank]", "13")
    wait(browser, FIGURE, "6,815,744")
    wait_for_state(browser, LORA, "live")
    wait(browser, ADDRESS, "?lora-rank.rank=13")
    assert browser.evaluate(FOREIGN) == []


def test_votes_are_taken_at_once_and_kept_over_a_reload(browser: Driver, server: StaticServer) -> None:
    server.faults.update(NO_PYTHON)
    browser.open(server.url + PAGES["human-rater"])
    count = "#human-rater [data-part=pair] .ft-count"
    browser.click("#human-rater [data-action=vote-a]")
    wait_for_text(browser, count, "Pair 2 of", AT_ONCE)
    browser.click("#human-rater [data-action=vote-b]")
    wait_for_text(browser, count, "Pair 3 of", AT_ONCE)
    server.faults.clear()
    browser.reload()
    wait_for_text(browser, count, "Pair 3 of", AT_ONCE)
    browser.evaluate(INTO_VIEW, "#human-rater")
    wait(browser, "() => document.querySelector('#human-rater [data-metric=prediction_accuracy]') !== null")
    wait_for_state(browser, "#human-rater", "live")


def test_a_quiz_is_answered_by_keyboard_alone_and_its_score_is_kept(browser: Driver, server: StaticServer) -> None:
    browser.open(server.url + PAGES["quiz"])
    question = next(question for question in QUESTIONS if question["kind"] == "single")
    part = f"#quiz-module [data-part={question['id']}]"
    browser.evaluate(START_BEFORE, "#quiz-module")
    walk_to(browser, f"{part} input[type=radio]")
    [right] = right_answer(question)
    choices = browser.evaluate("(part) => [...document.querySelectorAll(`${part} input`)].map((i) => i.value)", part)
    browser.press("Space")
    for _ in range(choices.index(right)):
        browser.press("ArrowDown")
    assert browser.evaluate("(part) => document.querySelector(`${part} input:checked`)?.value", part) == right
    walk_to(browser, f"{part} [data-action=check]", most=2)
    browser.press("Enter")
    wait(browser, "(part) => document.querySelector(`${part} .ft-question`).dataset.result === 'right'", part)
    score = f"1 of {len(QUESTIONS)} answered, 1 right so far."
    wait_for_text(browser, "#quiz-module [data-part=score]", score, AT_ONCE)
    browser.reload()
    wait_for_text(browser, "#quiz-module [data-part=score]", score, AT_ONCE)


def test_the_tiny_model_is_trained_kept_and_asked_and_a_run_is_cancelled(browser: Driver, server: StaticServer) -> None:
    browser.open(f"{server.url}{SFT}?sft-lab.steps=60")
    browser.click("#sft-lab [data-action=run]")
    wait_for_state(browser, "#sft-lab", "done", TRAINING)
    wait_for_text(browser, "#sft-lab > .ft-status", "of the held-out questions right")
    share = browser.evaluate("() => document.querySelector('#sft-lab [data-metric=held_out_accuracy]').value")
    assert float(share) >= 0.8
    if browser.evaluate(HAS_PRIVATE_FILES):
        assert browser.evaluate(KEPT) == ["sft-lab.bin"]
        browser.open(f"{server.url}{SFT}?sft-lab.steps=400")
        browser.evaluate(INTO_VIEW, "#sft-lab")
    else:
        assert browser.name == "webkit"  # WebKitGTK has none; Safari has
        wait_for_text(browser, "#sft-lab > .ft-status", "lasts only")
        browser.type("#sft-lab [name=steps]", "400")
        wait(browser, ADDRESS, "?sft-lab.steps=400")
    wait_for_text(browser, "#sft-lab [data-part=results]", "Your last run")
    browser.type("#sft-lab [name=question]", "Where does the wolf live?")
    browser.press("Enter")
    wait_for_text(browser, "#sft-lab [data-part=reply]", "Your model: The wolf lives in forests.")
    browser.click("#sft-lab [data-action=run]")
    wait_for_text(browser, "#sft-lab > .ft-status", "step ", TRAINING)
    # By key: the mouse may miss a button that moves with each report while the machine is busy.
    browser.evaluate("() => document.querySelector('#sft-lab > .ft-status [data-action=cancel]').focus()")
    browser.press("Enter")
    wait_for_text(browser, "#sft-lab > .ft-status", "Cancelled.")
    wait_for_text(browser, "#sft-lab [data-part=results]", "Your last run")


def test_a_chart_is_drawn_by_the_library_that_the_policy_allows_by_its_hash(
    browser: Driver, server: StaticServer
) -> None:
    browser.open(server.url + PAGES["lora-rank"])
    browser.evaluate(INTO_VIEW, "#lora-rank .ft-plot")
    wait(browser, "() => document.querySelector('#lora-rank .ft-plot[data-drawn] .main-svg') !== null")
    assert [name for name in server.sent if "/plot-" in name and not name.endswith(".gz")] == []


def test_each_run_replaces_the_model_of_the_one_before(browser: Driver, server: StaticServer) -> None:
    browser.open(f"{server.url}{SFT}?sft-lab.steps=10")
    if not browser.evaluate(HAS_PRIVATE_FILES):
        pytest.skip(f"{browser.name} has no private files here")
    kept = set()
    for _ in range(2):
        browser.click("#sft-lab [data-action=run]")
        wait_for_state(browser, "#sft-lab", "running", TRAINING)
        wait_for_state(browser, "#sft-lab", "done", TRAINING)
        [name] = browser.evaluate(KEPT)
        kept.add(name)
    assert kept == {"sft-lab.bin", "sft-lab.bin~"}, "in turn"
