"""A button that is pressed before the page's script has come is answered, in three engines."""

from __future__ import annotations

import pytest

from tests.e2e.driver import Driver, wait
from tests.site_server import StaticServer

pytestmark = pytest.mark.browser

NOTED = "() => globalThis.ftPressed !== undefined"
CHECK = "#quiz-module .ft-question [data-action=check]"
CHOOSE = "() => { document.querySelectorAll('#quiz-module .ft-question [type=radio]')[1].checked = true; }"
BUSY = "(selector) => document.querySelector(selector).getAttribute('aria-busy') === 'true'"
COMES = """() => {
  const script = document.createElement("script");
  script.src = "../assets/course/course.js?late";
  document.head.append(script);
}"""
JUDGED = "() => document.querySelector('#quiz-module .ft-question').dataset.result !== undefined"


def test_a_button_pressed_before_the_script_came_is_answered(browser: Driver, server: StaticServer) -> None:
    server.faults["assets/course/course.js"] = "404"
    browser.open(f"{server.url}lessons/summary-and-quiz.html")
    wait(browser, NOTED)
    browser.evaluate(CHOOSE)
    browser.click(CHECK)
    wait(browser, BUSY, CHECK)
    server.faults.clear()
    browser.console_errors()
    browser.evaluate(COMES)
    wait(browser, JUDGED)
