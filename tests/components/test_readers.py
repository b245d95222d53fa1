"""Each widget used as a reader would: before Python is there, with Python, without script, from a file, by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.components.conftest import Visits
from tests.journeys import (
    NO_PYTHON,
    PAGES,
    QUESTIONS,
    answer,
    figures_from_python,
    figures_on_page,
    is_waiting,
    number_of_votes,
    right_answer,
    wrong_answer,
)
from tests.site_server import StaticServer
from widgets.core.fields import HiddenValue
from widgets.gallery.registry import get_widget
from widgets.site.sources.content import load_content

pytestmark = pytest.mark.browser

AT_ONCE = 2000
"""Milliseconds: an answer that comes sooner did not wait for Python (the exact times are a benchmark's business)."""
PAIRS = load_content("human-rater")["pairs"]
FOCUS = "() => document.activeElement === document.body ? 'nothing' : 'something'"


def opened(page: Page, name: str) -> Locator:
    """Give the widget of that name on the page and bring it into view."""
    widget = page.locator(f"ft-widget[name={name}]").last
    widget.scroll_into_view_if_needed()
    return widget


def change(widget: Locator, field: str, text: str) -> None:
    """Set a control to a text, whatever kind of control it is."""
    control = widget.locator(f"[name={field}]").first
    if control.evaluate("(c) => c.tagName") == "SELECT":
        control.select_option(text)
    elif control.get_attribute("type") == "checkbox":
        chosen = text.split(",")
        for box in widget.locator(f"[name={field}]").all():
            box.set_checked(text == "on" or box.get_attribute("value") in chosen)
    else:
        control.fill(text)


# --- Cold: Python never arrives -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lora-rank", "method-comparison"])
def test_every_single_change_of_a_visible_setting_is_answered_without_python(
    visit: Visits, server: StaticServer, name: str
) -> None:
    server.faults.update(NO_PYTHON)
    widget = opened(visit.open(PAGES[name]), name)
    for field in get_widget(name).fields_of({}):
        if field.shown_when or isinstance(field, HiddenValue):
            continue
        for text in [text for text in field.variations() if text != "custom"]:
            change(widget, field.name, text)
            assert figures_on_page(widget) == figures_from_python(name, **{field.name: text}), (field.name, text)
            # The formulas of the comparison are too heavy to travel with the page; everything else is there.
            waiting = widget.locator("[data-part][aria-busy]").evaluate_all("(all) => all.map((p) => p.dataset.part)")
            assert set(waiting) <= {"formulas"}, (field.name, text)
        change(widget, field.name, field.default)
        expect(widget.locator("[data-part][aria-busy]")).to_have_count(0, timeout=AT_ONCE)


def test_an_answer_that_needs_python_is_acknowledged_and_what_was_typed_stays(
    visit: Visits, server: StaticServer
) -> None:
    server.faults.update(NO_PYTHON)
    widget = opened(visit.open(PAGES["lora-rank"]), "lora-rank")
    change(widget, "model", "custom")
    change(widget, "hidden_size", "3072")
    change(widget, "rank", "11")
    expect(widget.get_by_role("progressbar")).to_be_visible(timeout=AT_ONCE)
    expect(widget.get_by_role("status").last).to_contain_text("Python is being loaded")
    expect(widget.locator("[name=hidden_size]")).to_have_value("3072")
    expect(widget.locator("[name=rank]")).to_have_value("11")
    assert widget.locator("[data-part=figures]").get_attribute("data-outdated") is not None


def test_votes_are_recorded_before_python_and_predicted_when_it_comes(visit: Visits, server: StaticServer) -> None:
    server.faults.update(NO_PYTHON)
    page = visit.open(PAGES["human-rater"])
    rater = opened(page, "human-rater")
    rater.locator("[data-action=vote-a]").click()
    expect(rater.locator("[data-part=prediction]")).to_contain_text("%", timeout=AT_ONCE)
    assert not is_waiting(rater)
    for count, action in enumerate(["vote-b", "tie", "vote-a"], 2):
        rater.locator(f"[data-action={action}]").click()
        assert number_of_votes(rater) == count
    page.reload()
    assert number_of_votes(rater) == 4
    server.faults.clear()
    page.reload()
    rater.scroll_into_view_if_needed()
    expect(rater.locator("[data-metric=prediction_accuracy]")).to_contain_text("of 2")
    assert number_of_votes(rater) == 4
    votes = ",".join(f"{PAIRS[at]['id']}:{choice}" for at, choice in enumerate(["a", "b", "tie", "a"]))
    assert figures_on_page(rater) == figures_from_python("human-rater", votes=votes)


def test_the_module_quiz_works_to_the_end_without_python(visit: Visits, server: StaticServer) -> None:
    server.faults.update(NO_PYTHON)
    page = visit.open(PAGES["quiz"])
    quiz = opened(page, "quiz")
    prompts = quiz.locator("legend").all_inner_texts()
    for number, question in enumerate(QUESTIONS):
        give = wrong_answer if number == 1 else right_answer
        element = answer(quiz, question, give(question))
        expect(element).to_have_attribute("data-result", "wrong" if number == 1 else "right", timeout=AT_ONCE)
        assert element.locator(".ft-why").count() >= 1
        assert len(element.locator(".ft-verdict").inner_text()) > 5
    score = quiz.locator("[data-metric=quiz_score]")
    expect(score).to_have_text("5 of 6")
    page.reload()
    expect(score).to_have_text("5 of 6")
    expect(quiz.locator("[data-result=wrong].ft-question")).to_have_count(1)

    quiz.get_by_role("button", name="Try again").click()
    expect(score).to_have_attribute("value", "0")
    assert not set(prompts) & set(quiz.locator("legend").all_inner_texts()), "the other wording"
    for question in QUESTIONS:
        answer(quiz, question, right_answer(question, attempt=1))
    expect(score).to_have_text("6 of 6")
    quiz.get_by_role("button", name="Try again").click()
    assert not is_waiting(quiz)
    assert quiz.locator("legend").all_inner_texts() == prompts


# --- Warm: with Python ----------------------------------------------------------------------------------------------


def test_lora_explorer_counts_a_model_of_the_readers_own(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"])
    widget = opened(page, "lora-rank")
    assert not widget.locator("[name=num_key_value_heads]").is_visible()
    change(widget, "model", "custom")
    expect(widget.locator("[name=num_key_value_heads]")).to_be_visible()
    trainable = widget.locator("[data-metric=trainable_params]").first
    # The custom dimensions start as Llama 3 8B's: 8 key-value heads of 128, so v has 1,024 outputs.
    expect(trainable).to_have_text("3,407,872")
    change(widget, "num_key_value_heads", "32")
    expect(trainable).to_have_text("4,194,304")
    change(widget, "num_key_value_heads", "5")
    expect(widget.locator("[data-part=summary]")).to_contain_text("Nothing can be counted")
    expect(widget.locator("[name=num_key_value_heads]")).to_have_attribute("aria-invalid", "true")
    change(widget, "num_key_value_heads", "8")
    change(widget, "rank", "100")
    expect(trainable).to_have_text("42,598,400")
    change(widget, "model", "meta-llama/Llama-2-7b-hf")
    change(widget, "rank", "8")
    expect(trainable).to_have_text("4,194,304")
    assert not widget.locator("[name=num_key_value_heads]").is_visible()


def test_the_code_of_the_explorer_is_copied_as_it_stands(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"], permissions=["clipboard-read", "clipboard-write"])
    widget = opened(page, "lora-rank")
    change(widget, "rank", "64")
    widget.get_by_role("button", name="Copy the code").click()
    expect(widget.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "LoraConfig(" in copied
    assert "r=64" in copied
    compile(copied, "copied", "exec")


def test_a_shared_link_shows_the_same_to_somebody_else(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"])
    widget = opened(page, "lora-rank")
    change(widget, "model", "google/gemma-2b")
    change(widget, "rank", "48")
    page.wait_for_url("**?lora-rank.model=google/gemma-2b&lora-rank.rank=48*")
    expect(widget.locator("[aria-busy]")).to_have_count(0)
    other = visit.open(page.url)
    shared = opened(other, "lora-rank")
    expect(shared.locator("[name=model]")).to_have_value("google/gemma-2b")
    expect(shared.locator("[data-part][aria-busy]")).to_have_count(0)
    expect(shared).to_have_attribute("data-state", "live")
    assert figures_on_page(shared) == figures_on_page(widget)
    assert figures_on_page(shared) == figures_from_python("lora-rank", model="google/gemma-2b", rank="48")


def test_the_rater_learns_a_taste_and_foresees_it(visit: Visits) -> None:
    """A reader who always wants the shorter answer is understood before the last pair."""
    page = visit.open(PAGES["human-rater"])
    rater = opened(page, "human-rater")
    votes = []
    for pair in PAIRS:
        shorter = "a" if len(pair["a"].split()) <= len(pair["b"].split()) else "b"
        votes.append(f"{pair['id']}:{shorter}")
        rater.locator(f"[data-action=vote-{shorter}]").click()
    assert number_of_votes(rater) == len(PAIRS)
    expect(rater.locator("[data-part=score]")).to_contain_text(f"of {len(PAIRS) - 1}")
    expect(rater.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(rater) == figures_from_python("human-rater", votes=",".join(votes))
    accuracy = rater.locator("[data-metric=prediction_accuracy]").get_attribute("value") or "0"
    assert float(accuracy) > 0.6
    learned = rater.locator("[data-part=learned] tbody tr").first.inner_text()
    assert "length" in learned.lower()
    rater.locator("[data-action=undo]").click()
    assert number_of_votes(rater) == len(PAIRS) - 1


def test_votes_go_out_as_a_file_and_come_back_from_it(visit: Visits, tmp_path: Path) -> None:
    page = visit.open(PAGES["human-rater"], accept_downloads=True)
    rater = opened(page, "human-rater")
    for action in ("vote-a", "vote-b", "tie", "vote-b"):
        rater.locator(f"[data-action={action}]").click()
    rater.get_by_text("Export your votes").click()
    box = rater.get_by_label("Your votes as JSON Lines")
    expect(box).to_have_value(re.compile(r"(.+\n){3}"))
    with page.expect_download() as download:
        rater.get_by_role("button", name="Download preferences.jsonl").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "preferences.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {"prompt": PAIRS[0]["prompt"], "chosen": PAIRS[0]["a"], "rejected": PAIRS[0]["b"]}
    assert rows[1]["chosen"] == PAIRS[1]["b"]
    assert rows[2]["chosen"] == PAIRS[3]["b"]

    rater.get_by_role("button", name="Delete all votes").click()
    assert number_of_votes(rater) == 4, "it asks first"
    rater.get_by_role("button", name="Yes, delete 4 votes").click()
    assert number_of_votes(rater) == 0

    rater.get_by_text("Import votes", exact=True).click()
    rater.get_by_label("Or choose the file").set_input_files(file)
    expect(rater.get_by_label("Lines of an exported file")).to_have_value(file.read_text(encoding="utf-8"))
    rater.get_by_role("button", name="Read the lines").click()
    rater.get_by_role("button", name="Use 3 votes").click()
    assert number_of_votes(rater) == 4
    expect(box).to_have_value(file.read_text(encoding="utf-8"))
    page.reload()
    assert number_of_votes(rater) == 4


def test_the_comparison_answers_any_combination_and_gives_advice(visit: Visits) -> None:
    widget = opened(visit.open(PAGES["method-comparison"]), "method-comparison")
    state = {"methods": "lora,qlora", "model": "Qwen/Qwen3-8B", "context_length": "3000", "checkpointing": "on"}
    for field, text in state.items():
        change(widget, field, text)
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("method-comparison", **state)
    assert widget.locator(".mc-card").count() == 2
    change(widget, "have", "text")
    expect(widget.locator("[data-advice]")).to_have_attribute("data-advice", "pre-training")
    for box in widget.locator("[name=methods]").all():
        box.uncheck()
    expect(widget.locator("[data-part=problems]")).to_contain_text("choose at least 1")
    widget.locator("[name=methods]").first.check()
    expect(widget.locator("[data-part=problems]")).to_be_empty()


# --- Without script, and from a file ---------------------------------------------------------------------------------


def test_without_script_each_widget_shows_its_first_answer(visit: Visits) -> None:
    tab = visit.context(java_script_enabled=False).new_page()
    for name, path in PAGES.items():
        tab.goto(visit.origin + path)
        widget = tab.locator(f"ft-widget[name={name}]").last
        assert widget.locator("noscript").inner_text().startswith("This part is interactive and needs JavaScript")
        html = widget.inner_html()
        for metric, value in figures_from_python(name, "module" if name == "quiz" else None):
            assert f'<data value="{value}" data-metric="{metric}"' in html
    answers = tab.locator("ft-widget[name=quiz] .ft-answer")
    assert answers.count() == len(QUESTIONS)
    answers.first.locator("summary").click()
    assert answers.first.get_by_text("Right: ").is_visible()


def test_from_a_file_each_widget_gives_its_first_answers(visit: Visits, built_site: Path) -> None:
    visit.expected.append("net::ERR_FILE_NOT_FOUND")
    tab = visit.context().new_page()
    missing: list[str] = []
    tab.on("requestfailed", lambda request: missing.append(request.url.rpartition("/")[2]))

    def at(name: str) -> Locator:
        tab.goto((built_site.resolve() / PAGES[name]).as_uri())
        return opened(tab, name)

    lora = at("lora-rank")
    change(lora, "target_modules", "all-linear")
    assert figures_on_page(lora) == figures_from_python("lora-rank", target_modules="all-linear")
    change(lora, "rank", "3")
    expect(lora.locator(":scope > .ft-status")).to_contain_text("opened as a file", timeout=AT_ONCE)

    methods = at("method-comparison")
    change(methods, "optimizer", "adamw-8bit")
    assert figures_on_page(methods) == figures_from_python("method-comparison", optimizer="adamw-8bit")

    rater = at("human-rater")
    rater.locator("[data-action=vote-b]").click()
    expect(rater.locator("[data-part=prediction]")).to_contain_text("%", timeout=AT_ONCE)
    rater.locator("[data-action=vote-a]").click()
    assert number_of_votes(rater) == 2
    expect(rater.locator(":scope > .ft-status")).to_contain_text("web server", timeout=AT_ONCE)
    tab.reload()
    assert number_of_votes(rater) == 2

    quiz = at("quiz")
    for question in QUESTIONS:
        answer(quiz, question, right_answer(question))
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text("6 of 6")
    quiz.get_by_role("button", name="Try again").click()
    for question in QUESTIONS:
        answer(quiz, question, wrong_answer(question, attempt=1))
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text("0 of 6")
    assert quiz.locator(":scope > .ft-status").inner_text() == ""
    expect(tab.locator(".md-search__input")).to_be_disabled()
    assert set(missing) <= {"search_index.js"}  # the theme looks for it; a search needs a server


# --- Keyboard --------------------------------------------------------------------------------------------------------


def tab_to(page: Page, is_there: Callable[[], bool], key: str = "Tab", most: int = 120) -> None:
    """Press a key until the focus is where it is wanted."""
    for _ in range(most):
        if is_there():
            return
        page.keyboard.press(key)
    raise AssertionError(f"the focus did not come there with {most} × {key}")


def focus_on(page: Page, selector: str) -> Callable[[], bool]:
    """Make the question whether the focus is on an element that a selector matches."""
    return lambda: page.evaluate("(s) => document.activeElement.matches(s)", selector)


def test_the_explorer_by_keyboard_alone(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"], permissions=["clipboard-read", "clipboard-write"])
    opened(page, "lora-rank")
    page.locator("#lora-rank-title").evaluate("(t) => { t.tabIndex = -1; t.focus(); }")
    tab_to(page, focus_on(page, "#lora-rank [name=model]"))
    page.keyboard.press("ArrowDown")
    tab_to(page, focus_on(page, "#lora-rank [data-mirror=rank]"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    tab_to(page, focus_on(page, "#lora-rank [name=rank]"))
    expect(page.locator("#lora-rank [name=rank]")).to_have_value("32")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#lora-rank [name=rank]")).to_have_value("33")
    model = page.locator("#lora-rank [name=model]").input_value()
    assert model != "meta-llama/Llama-2-7b-hf"
    expected = dict(figures_from_python("lora-rank", model=model, rank="33"))["trainable_params"]
    figure = page.locator("#lora-rank [data-metric=trainable_params]").first
    expect(figure).to_have_attribute("value", expected)
    assert focus_on(page, "#lora-rank [name=rank]")()
    tab_to(page, focus_on(page, "#lora-rank [data-action=copy]"))
    page.keyboard.press("Enter")
    expect(page.locator("#lora-rank [data-action=copy]")).to_have_text(re.compile("opied"))
    assert focus_on(page, "#lora-rank [data-action=copy]")()


def test_the_rater_by_keyboard_alone(visit: Visits) -> None:
    page = visit.open(PAGES["human-rater"])
    rater = opened(page, "human-rater")
    page.locator("#human-rater-title").evaluate("(t) => { t.tabIndex = -1; t.focus(); }")
    tab_to(page, focus_on(page, "#human-rater [data-action=vote-a]"))
    page.keyboard.press("Enter")
    assert number_of_votes(rater) == 1
    assert focus_on(page, "#human-rater [data-action=vote-a]")(), "the focus stays on the button"
    tab_to(page, focus_on(page, "#human-rater [data-action=vote-b]"))
    page.keyboard.press("Space")
    assert number_of_votes(rater) == 2
    for key in "1201":
        page.keyboard.press(key)
        assert page.evaluate(FOCUS) == "something"
    assert number_of_votes(rater) == 6
    page.keyboard.press("u")
    page.keyboard.press("u")
    assert number_of_votes(rater) == 4
    kept = page.evaluate("() => localStorage['ft|/|human-rater|votes']")
    assert [item.split(":")[1] for item in kept.split(",")] == ["a", "b", "a", "b"]
    # To the very end and back: the vote buttons vanish under the reader's hand, the focus does not.
    for _ in range(len(PAIRS) - 4):
        page.keyboard.press("1")
    assert number_of_votes(rater) == len(PAIRS)
    assert focus_on(page, "#human-rater *")()
    page.keyboard.press("u")
    assert number_of_votes(rater) == len(PAIRS) - 1
    assert focus_on(page, "#human-rater *")()
    tab_to(page, focus_on(page, "#human-rater [data-action=reset]"))
    page.keyboard.press("Enter")
    tab_to(page, focus_on(page, "#human-rater [data-action=confirm-reset]"))
    page.keyboard.press("Enter")
    assert number_of_votes(rater) == 0
    assert focus_on(page, "#human-rater *")()


def test_the_quiz_by_keyboard_alone(visit: Visits) -> None:
    page = visit.open(PAGES["quiz"])
    quiz = opened(page, "quiz")
    page.locator("#quiz-module-title").evaluate("(t) => { t.tabIndex = -1; t.focus(); }")
    for question in QUESTIONS:
        tab_to(page, focus_on(page, f"#quiz-module [name={question['id']}]"))
        wanted = focus_on(page, f"#quiz-module [value={right_answer(question)[0]}]")
        page.keyboard.press("Space")
        tab_to(page, wanted, "ArrowDown", 5)
        tab_to(page, focus_on(page, f"#quiz-module-{question['id']}-check"))
        page.keyboard.press("Enter")
        expect(quiz.locator(f"[data-part={question['id']}] .ft-question")).to_have_attribute("data-result", "right")
        assert focus_on(page, f"#quiz-module-{question['id']}-check")(), "the focus stays on the button"
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_text("6 of 6")
    tab_to(page, focus_on(page, "#quiz-module [data-action=retry]"))
    page.keyboard.press("Space")
    expect(quiz.locator("[data-metric=quiz_score]")).to_have_attribute("value", "0")
    assert focus_on(page, f"#quiz-module [name={QUESTIONS[0]['id']}]")(), "the reader goes on with the first question"


def test_the_comparison_by_keyboard_alone(visit: Visits) -> None:
    page = visit.open(PAGES["method-comparison"])
    opened(page, "method-comparison")
    page.locator("#method-comparison-title").evaluate("(t) => { t.tabIndex = -1; t.focus(); }")
    tab_to(page, focus_on(page, "#method-comparison [value=pre-training]"))
    page.keyboard.press("Space")
    tab_to(page, focus_on(page, "#method-comparison [name=precision]"))
    page.keyboard.press("End")
    widget = page.locator("#method-comparison")
    chosen = "full-sft,lora,qlora,rlhf-ppo,dpo"
    expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("method-comparison", methods=chosen, precision="fp32")
    assert focus_on(page, "#method-comparison [name=precision]")()


# --- Phone, touch and the dark ---------------------------------------------------------------------------------------


def test_on_a_phone_everything_is_within_reach_of_a_finger(visit: Visits) -> None:
    context = visit.context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    for name, path in PAGES.items():
        tab.goto(visit.origin + path)
        widget = opened(tab, name)
        small = widget.evaluate(
            """(w) => [...w.querySelectorAll("button, select, input, summary, label.ft-check")]
              .filter((e) => e.checkVisibility() && !e.closest(".ft-check:not(label)") && !e.matches(".ft-check input"))
              .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
              .filter(([, box]) => box.height < 24 || box.width < 24 || box.right > innerWidth + 1 || box.left < 0)
              .map(([html, box]) => `${html} ${box.width}x${box.height} at ${box.left}`)"""
        )
        assert small == [], name

    tab.goto(visit.origin + PAGES["human-rater"])
    rater = opened(tab, "human-rater")
    rater.locator("[data-action=vote-b]").tap()
    rater.locator("[data-action=tie]").tap()
    rater.locator("[data-action=undo]").tap()
    assert number_of_votes(rater) == 1
    tab.goto(visit.origin + PAGES["quiz"])
    quiz = opened(tab, "quiz")
    part = quiz.locator(f"[data-part={QUESTIONS[0]['id']}]")
    part.locator("label", has=tab.locator(f"[value={right_answer(QUESTIONS[0])[0]}]")).tap()
    part.locator("[data-action=check]").tap()
    expect(part.locator(".ft-question")).to_have_attribute("data-result", "right", timeout=AT_ONCE)


def test_the_chart_is_drawn_in_view_and_follows_the_colour_scheme(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"], color_scheme="light", viewport={"width": 1280, "height": 900})
    plot = page.locator("#lora-rank .ft-plot")
    plot.scroll_into_view_if_needed()
    expect(plot).to_have_attribute("data-drawn", "")
    ink = "() => getComputedStyle(document.querySelector('#lora-rank .ft-plot .xtick text')).fill"
    light = page.evaluate(ink)
    page.get_by_title("Switch to dark mode").first.click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.wait_for_function(f"(light) => ({ink})() !== light", arg=light)
    background = "() => getComputedStyle(document.querySelector('ft-widget')).backgroundColor"
    assert page.evaluate(background) != "rgb(255, 255, 255)"
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


# --- Two of a kind ---------------------------------------------------------------------------------------------------


def test_quizzes_on_one_page_do_not_disturb_each_other(visit: Visits) -> None:
    page = visit.open(PAGES["lora-rank"])
    first, second = page.locator("#quiz-predict-lora"), page.locator("#quiz-lora")
    questions = load_content("quiz", "lora")["questions"]
    untouched = first.inner_html()
    answer(second, questions[0], right_answer(questions[0]))
    expect(second.locator(".ft-question").first).to_have_attribute("data-result", "right", timeout=AT_ONCE)
    expect(second).to_have_attribute("data-state", "live")
    assert first.inner_html() == untouched
