"""A page that comes back from the back/forward cache has slept: it catches up, and what ran goes on.

Playwright switches this cache off, so the browser's events are sent by hand here.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.components.conftest import Visits
from tests.components.stand_in import StandIn
from tests.components.test_faults import RUN_MS, SFT, lab_of, press_train, runs_on, status_of
from tests.journeys import PAGES, number_of_votes

pytestmark = pytest.mark.browser

WATCH_WORKER = """() => {
  const post = Worker.prototype.postMessage;
  window.sent = [];
  Worker.prototype.postMessage = function (message, ...rest) {
    sent.push(message.kind);
    return post.call(this, message, ...rest);
  };
}"""
"""Notes what the page tells Python's worker; what a worker that is paused does is its own tests' business."""
TURN = "(name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true }))"


def test_votes_and_progress_of_meanwhile_are_there(visit: Visits) -> None:
    page = visit.open(PAGES["human-rater"])
    rater = page.locator("#human-rater")
    rater.locator("[data-action=vote-a]").click()
    votes = page.evaluate("() => localStorage['ft|/|human-rater|votes']")
    rater.locator("[data-action=undo]").click()
    page.evaluate(TURN, "pagehide")
    page.evaluate("(votes) => localStorage.setItem('ft|/|human-rater|votes', votes)", votes)
    assert number_of_votes(rater) == 0, "it was not told"
    page.evaluate(TURN, "pageshow")
    assert number_of_votes(rater) == 1

    page.goto(f"{visit.origin}index.html")
    page.evaluate(TURN, "pagehide")
    page.evaluate("() => localStorage.setItem('ft|/|progress|lesson:lora', 'read')")
    expect(page.locator("[data-progress-summary]")).to_be_empty()
    page.evaluate(TURN, "pageshow")
    expect(page.locator("[data-progress-summary]")).to_contain_text("1 of 9 lessons")


def test_a_run_rests_while_the_page_is_away_and_goes_on(visit: Visits, stand_in: StandIn) -> None:
    page = visit.open(f"{SFT}?sft-lab.steps=10")
    stand_in.allow(2)
    lab = lab_of(page)
    press_train(lab)
    expect(status_of(lab)).to_contain_text("Running.")
    page.evaluate(WATCH_WORKER)
    page.evaluate(TURN, "pagehide")
    page.wait_for_function("() => sent.includes('pause')")
    page.evaluate(TURN, "pageshow")
    page.wait_for_function("() => sent.includes('resume')")
    stand_in.allow(None)
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    assert len(runs_on(page)) == 1


def test_a_setting_of_just_before_stands_in_the_address_of_a_page_that_is_left(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"])
    address = page.evaluate("""() => {
      const box = document.querySelector("#lora-rank [name=rank]");
      for (const text of ["16", "32"]) {
        box.value = text;
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      return location.search;
    }""")
    assert address == "?lora-rank.rank=32"
