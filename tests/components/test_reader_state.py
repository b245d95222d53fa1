"""What a reader has done is kept, whatever the storage and the address hold, and nothing of it does harm."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Visits
from tests.journeys import see_frame

pytestmark = pytest.mark.browser

INJECTION = "\"><img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
BLOCKED_STORAGE = """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("blocked"); } });"""
FULL_STORAGE = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };"""


def expect_votes(page: Page, votes: int) -> None:
    """See from the pair shown how many votes there are."""
    count = page.locator("ft-widget[name=human-rater] [data-part=pair] .ft-count")
    expect(count).to_have_text(re.compile(rf"^\D*{votes + 1}\b"))


def stored(page: Page) -> dict[str, str]:
    """Give what the course has stored."""
    entries = json.loads(page.evaluate("() => JSON.stringify(localStorage)"))
    return {key: text for key, text in entries.items() if key.startswith("ft|")}


def test_settings_are_in_the_address_and_survive_a_reload(visit: Visits):
    page = visit.open("lessons/lora.html")
    rank = page.locator("#lora-rank [name=rank]")
    rank.fill("16")
    page.locator("#lora-rank [name=target_modules]").select_option("all-linear")
    page.wait_for_url("**?lora-rank.rank=16&lora-rank.target_modules=all-linear*")
    page.reload()
    expect(rank).to_have_value("16")
    rank.fill("8")
    page.locator("#lora-rank [name=target_modules]").select_option("q,v")
    page.wait_for_url(lambda url: "rank=" not in url)


def test_a_change_survives_a_reload_right_after_it(visit: Visits):
    page = visit.context().new_page()
    page.clock.install()
    page.goto(f"{visit.origin}lessons/lora.html")
    rank = page.locator("#lora-rank [name=rank]")
    rank.fill("16")
    see_frame(rank)
    page.clock.run_for(100)  # no reader is quicker than this
    page.reload()
    expect(rank).to_have_value("16")


def test_a_slider_and_its_box_move_together(visit: Visits):
    page = visit.open("lessons/lora.html")
    slider, rank = page.locator("#lora-rank [data-mirror=rank]"), page.locator("#lora-rank [name=rank]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(rank).to_have_value("16")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Rank.* 16$"))
    rank.fill("64")
    expect(slider).to_have_value("6")


def test_a_number_out_of_range_is_explained_at_its_control(visit: Visits):
    page = visit.open("lessons/lora.html")
    rank = page.locator("#lora-rank [name=rank]")
    rank.fill("0")
    problem = page.locator("#lora-rank [data-problem=rank]")
    expect(problem).to_contain_text("whole number from 1 to 256")
    expect(rank).to_have_attribute("aria-invalid", "true")
    expect(rank).to_have_attribute("aria-errormessage", problem.get_attribute("id") or "")
    rank.fill("8")
    expect(problem).to_have_count(0)
    expect(rank).not_to_have_attribute("aria-invalid", "true")


def test_votes_are_kept_and_taken_back(visit: Visits):
    page = visit.open("lessons/rlhf.html")
    rater = page.locator("#human-rater")
    rater.get_by_role("button", name="A is better").click()
    expect_votes(page, 1)
    expect(rater.get_by_role("button", name="A is better")).to_be_focused()
    page.keyboard.press("2")
    page.keyboard.press("0")
    expect_votes(page, 3)
    page.keyboard.press("u")
    expect_votes(page, 2)
    page.reload()
    expect_votes(page, 2)
    rater.scroll_into_view_if_needed()
    expect(rater.locator("[data-part=prediction]")).not_to_have_attribute("aria-busy", "true")
    expect(rater).to_have_attribute("data-state", "live")


def test_a_key_pressed_outside_the_widget_is_no_vote(visit: Visits):
    page = visit.open("lessons/rlhf.html")
    page.locator("#human-rater").scroll_into_view_if_needed()
    page.keyboard.press("1")
    page.locator("#human-rater").get_by_text("once you have clicked or tabbed into this box").wait_for()
    page.locator("a.md-skip").focus()
    page.keyboard.press("2")
    see_frame(page.locator("#human-rater"))
    expect_votes(page, 0)


def test_a_key_typed_into_a_box_is_no_vote(visit: Visits):
    page = visit.open("lessons/rlhf.html")
    page.locator("#human-rater [data-part=import] summary").click()
    page.locator("#human-rater [name=import_jsonl]").press_sequentially("12")
    expect_votes(page, 0)
    expect(page.locator("#human-rater [name=import_jsonl]")).to_have_value("12")


def test_a_second_tab_follows_the_first(visit: Visits):
    context = visit.context()
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"{visit.origin}lessons/rlhf.html")
    first.locator("#human-rater [data-action=vote-a]").click()
    expect(second.locator("#human-rater [data-part=pair] .ft-count")).to_contain_text("Pair 2")


def test_nonsense_in_the_address_leaves_a_page_that_works(visit: Visits):
    fields = ("model", "rank", "alpha", "target_modules", "hidden_size", "__proto__", "constructor")
    page = visit.context().new_page()
    for text in (INJECTION, "x" * 100_000, "-1", "1e999", "NaN", "8\0", "%00", "٣", ""):
        search = "&".join(f"lora-rank.{name}={quote(text)}" for name in fields)
        page.goto(f"{visit.origin}lessons/lora.html?{search[:60_000]}")
        page.locator("#lora-rank [name=rank]").fill("16")
        page.locator("#lora-rank [name=alpha]").fill("16")
        expect(page.locator("#lora-rank [data-metric=trainable_params]").first).to_have_text("8,388,608")
        assert page.title() != "broken", text[:99]


def test_altered_votes_do_not_stop_the_vote(visit: Visits):
    page = visit.open("index.html")
    for text in (INJECTION, "p01:a,p01:a", "p01:a," * 5000, "null", "\ud800"):
        page.evaluate(f"() => localStorage.setItem('ft|/|human-rater|votes', {json.dumps(text)})")
        page.goto(f"{visit.origin}lessons/rlhf.html")
        count = page.locator("#human-rater [data-part=pair] .ft-count")
        [number, *_] = re.findall(r"\d+", count.inner_text())
        page.locator("#human-rater [data-action=vote-a]").click()
        expect(count).to_contain_text(f"Pair {int(number) + 1} of")
        expect(page.locator("#human-rater")).to_have_attribute("data-state", "live")
        assert page.title() != "broken", text[:99]


@pytest.mark.parametrize("text", ['"><script>', "9"])
def test_an_altered_attempt_of_a_quiz_starts_anew_and_says_so(visit: Visits, text: str):
    page = visit.open("index.html")
    page.evaluate(f"() => localStorage.setItem('ft|/|quiz/module|attempt', {json.dumps(text)})")
    page.goto(f"{visit.origin}lessons/summary-and-quiz.html")
    quiz = page.locator("#quiz-module")
    quiz.scroll_into_view_if_needed()
    expect(quiz.locator("[data-problem=attempt]")).to_contain_text("starts anew")
    assert stored(page) == {}
    question = quiz.locator(".ft-question").first
    question.locator("input").first.check()
    question.get_by_role("button", name="Check").click()
    expect(question).to_have_attribute("data-result", re.compile("right|wrong"))
    expect(quiz.locator("[aria-busy]")).to_have_count(0)
    assert page.title() != "broken"


@pytest.mark.parametrize("script", [BLOCKED_STORAGE, FULL_STORAGE])
def test_without_storage_a_quiz_works_and_says_that_nothing_is_kept(visit: Visits, script: str):
    visit.uncaught += ["blocked"]  # the theme's own script does not catch it
    context = visit.context()
    context.add_init_script(script)
    page = context.new_page()
    page.goto(f"{visit.origin}lessons/summary-and-quiz.html")
    quiz = page.locator("#quiz-module")
    question = quiz.locator(".ft-question").first
    question.locator("input").first.check()
    question.get_by_role("button", name="Check").click()
    expect(question).to_have_attribute("data-result", re.compile("right|wrong"))
    expect(quiz.locator(":scope > .ft-status")).to_contain_text("does not let the page store")


def test_progress_is_shown_on_the_home_page_and_can_be_deleted(visit: Visits):
    page = visit.open("lessons/lora.html")
    page.evaluate("() => document.querySelector('article > :last-child').scrollIntoView()")
    page.wait_for_function("() => Object.keys(localStorage).some((key) => key.endsWith('|lesson:lora'))")
    page.evaluate("() => localStorage.setItem('ft|/|progress|quiz:lora', '{\"points\":2,\"of\":3}')")
    page.evaluate('() => localStorage.setItem(\'ft|/|progress|quiz:sft\', \'{"points":1e99,"of":"<b>"}\')')
    page.goto(f"{visit.origin}index.html")
    expect(page.locator("[data-progress=lora]")).to_have_text("Read · quiz 2 of 3")
    expect(page.locator("[data-progress=sft]")).to_have_text("")
    expect(page.locator("[data-progress-summary]")).to_contain_text(
        "1 of 9 lessons read and 2 of 3 quiz questions right"
    )
    page.evaluate("""() => {
      const button = document.createElement("button");
      button.dataset.action = "forget-all";
      button.textContent = "Delete";
      document.querySelector("article").append(button);
    }""")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name=re.compile("Deleted 3 entries"))).to_be_visible()
    assert stored(page) == {}


def test_the_focus_and_what_is_open_stay_when_an_answer_comes(visit: Visits):
    page = visit.open("lessons/lora.html")
    details = page.locator("#lora-rank [data-part=chart] details")
    details.locator("summary").click()
    rank = page.locator("#lora-rank [name=rank]")
    rank.fill("16")
    rank.press_sequentially("0")
    expect(page.locator("#lora-rank [data-metric=trainable_params]").first).to_have_text("83,886,080")
    expect(rank).to_be_focused()
    expect(rank).to_have_value("160")
    assert details.get_attribute("open") is not None
