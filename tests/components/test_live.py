"""The way from the first touch of a widget to Python's answers, and what happens when something fails on it."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import pytest
from playwright.sync_api import Page, Route, expect

from tests.components.conftest import Visits
from tests.components.test_pages import LESSONS
from tests.journeys import PAGES, repeat_until
from tests.site_server import HELD, StaticServer, until_asked

pytestmark = pytest.mark.browser

LORA = "lessons/lora.html"
LIVE = re.compile("live")
PREPARED, NOT_PREPARED = "16", "13"
PARAMS = {
    "8": "4,194,304",
    "16": "8,388,608",
    "13": "6,815,744",
    "14": "7,340,032",
    "15": "7,864,320",
    "21": "11,010,048",
}


def lora(page: Page) -> tuple:
    """Give the widget, its rank box and its first figure."""
    widget = page.locator("ft-widget[name=lora-rank]")
    return widget, widget.locator("[name=rank]"), widget.locator("[data-metric=trainable_params]").first


def test_a_prepared_answer_comes_before_python(visit: Visits, server: StaticServer):
    server.faults["assets/course/*.gz"] = "never"
    widget, rank, figure = lora(visit.open(LORA))
    rank.fill(PREPARED)
    expect(figure).to_have_text(PARAMS[PREPARED])
    expect(widget.locator("[aria-busy]")).to_have_count(0)


@pytest.mark.parametrize(
    ("control", "text"),
    [("[name=rank]", NOT_PREPARED), ("[data-mirror=rank]", "4"), ("[name=model]", "Qwen/Qwen2.5-0.5B")],
)
def test_what_was_entered_before_the_script_came_is_answered_as_well(visit: Visits, control: str, text: str) -> None:
    page = visit.context().new_page()
    held: list[Route] = []
    page.route("**/assets/course/course.js", lambda route: held.append(route))
    page.goto(visit.origin + LORA, wait_until="commit")
    widget, _, figure = lora(page)
    before = figure.inner_text()
    entered = widget.locator(control)
    if control == "[name=model]":
        entered.select_option(text)
    else:
        entered.fill(text)
    assert figure.inner_text() == before
    held[0].continue_()
    expect(figure).not_to_have_text(before)
    expect(entered).to_have_value(text)
    page.wait_for_url(re.compile(r"\?lora-rank\.(rank|model)="))
    if control == "[name=rank]":
        expect(figure).to_have_text(PARAMS[text])


def test_answers_chosen_before_the_script_came_count(visit: Visits) -> None:
    page = visit.context().new_page()
    held: list[Route] = []
    page.route("**/assets/course/course.js", lambda route: held.append(route))
    page.goto(visit.origin + PAGES["quiz"], wait_until="commit")
    question = page.locator("#quiz-module .ft-question").first
    choice = question.locator("[type=radio]").nth(1)
    choice.check()
    held[0].continue_()
    expect(page.locator("#quiz-module[data-upgraded]")).to_have_count(1)
    expect(choice).to_be_checked()
    question.locator("[data-action]").first.click()
    expect(question).to_have_attribute("data-result", re.compile("right|wrong"))


def test_what_nobody_touched_is_left_as_it_is(visit: Visits) -> None:
    tab = visit.context().new_page()
    tab.clock.install()
    for page in [*LESSONS, "index.html"]:
        tab.goto(visit.origin + page)
        expect(tab.locator("ft-widget:not([data-upgraded])")).to_have_count(0)
        tab.clock.run_for(2_000)  # whatever the page does by itself
        assert "?" not in tab.url, page
        stored = tab.evaluate("() => Object.keys(localStorage)")
        assert [name for name in stored if "palette" not in name] == [], page


def test_python_answers_what_was_not_prepared(visit: Visits, server: StaticServer):
    server.faults["assets/course/pyodide.asm-*"] = HELD
    page = visit.open(LORA)
    widget, rank, figure = lora(page)
    rank.fill(NOT_PREPARED)
    expect(widget.locator("[aria-busy=true]").first).to_be_visible()
    expect(widget.get_by_role("status").last).to_contain_text("Python")
    server.faults.clear()
    expect(figure).to_have_text(PARAMS[NOT_PREPARED])
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget.locator("[aria-busy]")).to_have_count(0)
    page.wait_for_url(f"**?lora-rank.rank={NOT_PREPARED}*")


CHANGE_WHILE_PYTHON_ANSWERS = """([now, next]) => {
  const box = document.querySelector("ft-widget[name=lora-rank] [name=rank]");
  const post = Worker.prototype.postMessage;
  window.requestAnimationFrame = () => 0;
  Worker.prototype.postMessage = function (message, ...rest) {
    post.call(this, message, ...rest);
    if (message.kind !== "render" || message.state.rank !== now) return;
    box.value = next;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
}"""
"""No frames: a change waits for its answer until they are given up; Python's answer for the last one comes first."""


def test_an_answer_for_the_settings_before_is_not_shown(visit: Visits):
    page = visit.open(LORA)
    widget, rank, figure = lora(page)
    rank.fill(NOT_PREPARED)
    expect(figure).to_have_text(PARAMS[NOT_PREPARED])
    page.evaluate(CHANGE_WHILE_PYTHON_ANSWERS, ["14", "15"])
    rank.fill("14")
    expect(rank).to_have_value("15")
    expect(widget.locator("[aria-busy=true]").first).to_be_visible()
    expect(widget.locator("[aria-busy]")).to_have_count(0)
    expect(figure).to_have_text(PARAMS["15"])


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("python-*.js", "404"),
        ("worker-*", "garbage"),
        ("pyodide.asm-*", "truncated"),
    ],
)
def test_a_broken_file_is_said_plainly_and_retry_helps(visit: Visits, server: StaticServer, file: str, fault: str):
    visit.expected.append("Failed to load resource")
    server.faults[f"assets/course/{file}"] = fault
    page = visit.open(LORA)
    widget, rank, figure = lora(page)
    rank.fill(NOT_PREPARED)
    retry = widget.get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    expect(widget).to_have_attribute("data-state", "error")
    expect(rank).to_have_value(NOT_PREPARED)
    failed = sum(fnmatch(name, f"assets/course/{file}") for name in server.requested)
    rank.fill(PREPARED)
    expect(figure).to_have_text(PARAMS[PREPARED])
    until_asked(server, f"assets/course/{file}", failed + 1)  # for that answer as well, and it fails once more
    expect(widget).to_have_attribute("data-state", "static")
    server.faults.clear()
    rank.fill(NOT_PREPARED)
    expect(figure).to_have_text(PARAMS[NOT_PREPARED])


def test_a_worker_that_was_killed_is_replaced(visit: Visits):
    page = visit.context().new_page()
    page.clock.install()
    page.goto(visit.origin + LORA)
    page.evaluate("""() => {
      const workers = []; const Real = Worker; window.workers = workers;
      window.Worker = class extends Real { constructor(...args) { super(...args); workers.push(this); } };
    }""")
    widget, rank, figure = lora(page)
    rank.fill(NOT_PREPARED)
    expect(figure).to_have_text(PARAMS[NOT_PREPARED])
    page.evaluate("() => workers[0].terminate()")
    rank.fill("21")
    # It is given up after some seconds without an answer.
    repeat_until(lambda: page.evaluate("() => workers.length") == 2, lambda: page.clock.run_for(2_000))
    expect(figure).to_have_text(PARAMS["21"])
    assert page.evaluate("() => workers.length") == 2
    expect(widget).to_have_attribute("data-state", "live")
