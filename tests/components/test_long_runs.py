"""A long run as the reader sees it: progress, streamed parts, cancel, failure and retry.

The client of the worker is replaced by one that the test steers, so nothing here depends on what is trained.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.components.conftest import Visits

pytestmark = pytest.mark.browser

CLIENT = """
export const runs = (globalThis.runs = []);
export const client = {
  progress: { phase: "live", bytes: 1, total: 1 },
  listen: () => () => {},
  boot: async () => {},
  render: async () => null,
  run(widget, state, action, step) {
    const run = { action, state, step, isCancelled: false };
    const finished = new Promise((resolve, reject) => Object.assign(run, { resolve, reject }));
    runs.push(run);
    return { finished, cancel: () => { run.isCancelled = true; run.resolve(false); } };
  },
};
"""
ADD_BUTTON = """() => {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.action = "run";
  button.textContent = "Train";
  document.querySelector("#lora-rank form").prepend(button);
}"""
STEP = """([done, text]) => runs.at(-1).step(
  { parts: { figures: `<p>loss ${text}</p>` }, done, total: 10, text: `step ${done}, loss ${text}` })"""


@pytest.fixture
def lab(visit: Visits) -> tuple[Page, Locator]:
    """Open the explorer with a button that starts a run, and a client that does what the test says."""
    context = visit.context()
    context.route(
        re.compile(r"/python-\w+\.js"),
        lambda route: route.fulfill(body=CLIENT, content_type="text/javascript"),
    )
    page = context.new_page()
    page.goto(f"{visit.origin}lessons/lora.html")
    page.evaluate(ADD_BUTTON)
    return page, page.locator("#lora-rank")


@pytest.fixture
def train(lab: tuple[Page, Locator]) -> Callable[[], None]:
    """Press the button and wait for the run to be begun."""
    page, widget = lab

    def press() -> None:
        before = page.evaluate("() => globalThis.runs?.length ?? 0")
        widget.get_by_role("button", name="Train").click()
        page.wait_for_function(f"() => globalThis.runs?.length === {before + 1}")

    return press


def test_a_run_shows_its_steps_and_ends(lab: tuple[Page, Locator], train: Callable[[], None]):
    page, widget = lab
    status = widget.locator(":scope > .ft-status")
    train()
    expect(widget).to_have_attribute("data-state", "running")
    page.evaluate(STEP, [3, "2.5"])
    expect(widget.locator("[data-part=figures]")).to_have_text("loss 2.5")
    expect(status.locator("progress")).to_have_js_property("value", 3)
    expect(status).to_contain_text("step 3, loss 2.5")
    # Figures that tick are not read out, the sentence before them is.
    expect(status.locator("small")).to_have_attribute("aria-hidden", "true")
    page.evaluate("() => runs[0].resolve({ isComplete: true, isKept: true })")
    expect(widget).to_have_attribute("data-state", "done")
    expect(status).to_have_text("Done. step 3, loss 2.5")
    expect(widget.locator("[data-part=figures]")).to_have_text("loss 2.5")


def test_a_run_can_be_cancelled_and_keeps_what_it_has_shown(lab: tuple[Page, Locator], train: Callable[[], None]):
    page, widget = lab
    train()
    page.evaluate(STEP, [1, "3.0"])
    widget.get_by_role("button", name="Cancel").click()
    assert page.evaluate("() => runs[0].isCancelled")
    expect(widget.locator(":scope > .ft-status")).to_have_text("Cancelled.")
    expect(widget.locator("[data-part=figures]")).to_have_text("loss 3.0")


def test_the_cancel_button_keeps_the_focus_while_steps_come(lab: tuple[Page, Locator], train: Callable[[], None]):
    page, widget = lab
    train()
    cancel = widget.get_by_role("button", name="Cancel")
    cancel.focus()
    for done in range(1, 6):
        page.evaluate(STEP, [done, "1"])
    expect(cancel).to_be_focused()


def test_what_a_run_has_shown_stays_until_a_setting_changes(lab: tuple[Page, Locator], train: Callable[[], None]):
    page, widget = lab
    train()
    page.evaluate(STEP, [1, "3.0"])
    page.evaluate("() => runs[0].resolve({ isComplete: true, isKept: true })")
    expect(widget).to_have_attribute("data-state", "done")
    widget.locator("[name=alpha]").fill("32")
    expect(widget.locator("[data-part=code]")).to_contain_text("lora_alpha=32")
    expect(widget.locator("[data-part=figures]")).to_have_text("loss 3.0")
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-part=figures]")).to_contain_text("8,388,608")


def test_a_run_that_fails_says_why_and_is_begun_again_on_request(lab: tuple[Page, Locator], train: Callable[[], None]):
    page, widget = lab
    train()
    page.evaluate("() => runs[0].reject(Object.assign(new Error('The loss is not a number.'), { name: 'Trouble' }))")
    expect(widget).to_have_attribute("data-state", "error")
    expect(widget.locator(":scope > .ft-status")).to_contain_text("The loss is not a number.")
    widget.get_by_role("button", name="Try again").click()
    page.wait_for_function("() => runs.length === 2")
    assert page.evaluate("() => runs.map(({ action }) => action)") == ["run", "run"]


def test_a_second_start_ends_the_first_run(lab: tuple[Page, Locator], train: Callable[[], None]):
    page, widget = lab
    train()
    train()
    assert page.evaluate("() => runs.map(({ isCancelled }) => isCancelled)") == [True, False]
    page.evaluate("() => runs[0].step({ parts: { figures: 'old' }, done: 1, total: 2, text: '' })")
    expect(widget.locator("[data-part=figures]")).not_to_have_text("old")
    expect(widget).to_have_attribute("data-state", "running")
