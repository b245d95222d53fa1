"""What is not ours can fail, too: the theme's script, its search, the list of files. Quizzes and widgets work on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Visits
from tests.journeys import PAGES, QUESTIONS, answer, repeat_until, right_answer, see_frame
from tests.site_server import FAULTS, HELD, StaticServer, until_asked

pytestmark = pytest.mark.browser

IMPATIENT = """
const later = setTimeout;
globalThis.setTimeout = (act, ms, ...given) => later(act, ms === 5000 ? 0 : ms, ...given);
"""
"""The five seconds after which the page says that the search has not loaded are over at once."""


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_the_themes_script_quizzes_and_python_answer(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    visit.uncaught += ["Unexpected token '<'", "Unexpected end of input"]  # the theme's broken script itself
    server.faults["assets/javascripts/bundle.*"] = fault
    page = visit.context().new_page()
    page.goto(visit.origin + PAGES["quiz"], wait_until="commit")
    question = answer(page.locator("#quiz-module"), QUESTIONS[0], right_answer(QUESTIONS[0]))
    expect(question).to_have_attribute("data-result", "right")
    page.goto(visit.origin + PAGES["lora-rank"], wait_until="commit")
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("13")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("6,815,744")
    expect(widget).to_have_attribute("data-state", "live")


@pytest.mark.parametrize("fault", [*(fault for fault in FAULTS if fault != "never"), HELD])
def test_whatever_is_wrong_with_the_search_it_is_said_and_the_page_works(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    # The theme's search catches nothing.
    visit.uncaught += ["Not Found", "Internal Server Error", "Network error", "Unexpected token '<'", "not valid JSON"]
    server.faults["assets/javascripts/workers/*"] = fault
    server.faults["search/*"] = fault
    page = visit.context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(IMPATIENT)  # a clock that is moved on would stumble over what the theme's search throws
    page.goto(visit.origin + PAGES["lora-rank"])
    page.locator(".md-search__input").fill("Bradley-Terry")
    told = page.locator(".md-search-result__meta")
    expect(told).to_contain_text("The search has not loaded yet.")
    page.locator(".md-search__input").press("Escape")
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")
    if fault != HELD:  # what is held would come now, and leave nothing to reload for
        server.faults.clear()
    page.locator(".md-search__input").focus()
    if fault == "404":
        page.keyboard.press("Enter")
    else:
        told.get_by_role("button", name="Reload the page").click()
    # Chromium keeps what is asked for again waiting for 20 seconds while the first request has no answer.
    server.faults.clear()
    expect(page.locator(".md-search-result__link").first).to_be_visible()
    expect(page.locator(".md-search__input")).to_have_value("Bradley-Terry")
    expect(widget.locator("[name=rank]")).to_have_value("16")


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_the_list_of_files_trying_again_is_offered(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults.update({"assets/course/python-*.js": "404", "assets/course/manifest.json": fault})
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("13")
    retry = widget.get_by_role("button", name="Try again")
    expect(retry).to_be_visible()
    until_asked(server, "assets/course/manifest.json")
    see_frame(widget)
    expect(widget.locator(":scope > .ft-status")).not_to_contain_text("updated")
    server.faults.clear()
    retry.click()
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("6,815,744")


def test_a_chosen_file_that_cannot_be_read_is_said_and_changes_nothing(visit: Visits) -> None:
    page = visit.open(PAGES["human-rater"])
    page.evaluate("() => { Blob.prototype.text = async () => { throw new DOMException('gone', 'NotFoundError'); }; }")
    rater = page.locator("#human-rater")
    rater.get_by_text("Import votes", exact=True).click()
    chosen = rater.get_by_label("Or choose the file")
    chosen.set_input_files({"name": "votes.jsonl", "mimeType": "text/plain", "buffer": b"{}"})
    expect(rater.locator(":scope > .ft-status")).to_contain_text("votes.jsonl could not be read.")
    expect(chosen).to_have_value("")
    expect(rater.get_by_label("Lines of an exported file")).to_have_value("")


def test_a_widget_that_leaves_the_page_hears_nothing_more_and_one_that_comes_back_does(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"])
    widgets = page.locator("ft-widget[data-upgraded]")
    expect(widgets.first).to_be_attached()
    here = widgets.count()
    assert listeners(page, "storage") == here
    page.evaluate("""async () => {
      window.gone = [...document.querySelectorAll("ft-widget")];
      for (const widget of gone) widget.remove();
    }""")
    # A widget that is only moved comes back at once, so it waits a moment.
    repeat_until(lambda: listeners(page, "storage") == 0, lambda: see_frame(page.locator("body")))
    page.evaluate("() => document.querySelector('article').append(gone[0])")
    assert listeners(page, "storage") == 1


def listeners(page: Page, event: str) -> int:
    """Count what listens to an event of the window."""
    session = page.context.new_cdp_session(page)
    window = session.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
    found = session.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
    return [listener["type"] for listener in found].count(event)
