"""For everyone: every state of every widget, the keyboard alone, small screens, strong contrast, no motion, paper."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.components.conftest import Visits
from tests.components.looks import AXE, STYLES
from tests.components.sideways import sideways_when_small
from tests.journeys import NO_PYTHON, QUESTIONS, answer, right_answer, see_frame, wrong_answer
from tests.site_server import StaticServer
from widgets.core.widget import RunStep, default_state, render_parts, view_of
from widgets.gallery.registry import MODULES, get_widget
from widgets.site.sources.content import load_content
from widgets.site.sources.folders import DOCS

pytestmark = pytest.mark.browser

CLIENT = """
const listeners = new Set();
export const client = (globalThis.python = {
  progress: { phase: "loading", bytes: 2e6, total: 6e6 },
  listen: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
  show(progress) { this.progress = { ...this.progress, ...progress }; for (const tell of listeners) tell(); },
  boot: () => new Promise((start) => {
    const isLive = () => client.progress.phase === "live";
    if (isLive()) start(); else client.listen(() => isLive() && start());
  }),
  render: () => new Promise((answer, fail) => Object.assign(client, { answer, fail })),
  run(widget, state, action, step) {
    const finished = new Promise((end, failRun) => Object.assign(client, { end, failRun, step }));
    return { finished, cancel: () => {} };
  },
});
"""
"""In place of the client of the worker: it does what the test says, so no state has to be waited for."""

TROUBLE = "Object.assign(new Error('Python did not answer in time.'), { name: 'Trouble' })"
SHORT = {
    "pretrain-lab": {"steps": "10"},
    "sft-lab": {"steps": "10"},
    "lora-lab": {"steps": "10"},
    "qlora-lab": {"steps": "10"},
    "rlhf-lab": {"rounds": "2"},
    "dpo-lab": {"steps": "10"},
}
"""Settings with which a run takes as little as it can."""

WAITING = ("lora-rank", "method-comparison", "human-rater", "script-builder")
"""Widgets in which a reader can wait for an answer, so that it can fail to come."""

PREPARED = ("quiz",)
"""Widgets whose every answer travels with the page: Python is only started for them, never asked."""

UNPREPARED = {
    "lora-rank": {"rank": "13"},
    "method-comparison": {"batch_size": "3"},
    "script-builder": {"alpha": "33"},
    **{lab: dict.fromkeys(settings, "33") for lab, settings in SHORT.items()},
}
"""Settings whose answer does not travel with the page."""

ALONE = """(widget) => {
  for (const other of [...widget.closest("article").children]) if (!other.contains(widget)) other.remove();
}"""
"""Leaves of a page's text only a widget, since axe-core goes through all that is there."""

WHOLE = '{"title":"LoRA rank explorer",'
"""How the data of a widget begins."""


def place_of(name: str) -> tuple[str, str, str | None]:
    """Find a widget in the lessons: its page, its id there, and the content file that its fence names."""
    if name == "quiz":
        return "lessons/summary-and-quiz.html", "quiz-module", "module"
    for path in sorted((DOCS / "lessons").glob("*.md")):
        if re.search(rf"^```widget\nname: {name}$", path.read_text(encoding="utf-8"), re.M):
            return f"lessons/{path.stem}.html", name, None
    raise AssertionError(f"no lesson shows {name}")


@cache
def steps_of(name: str) -> tuple[RunStep, RunStep]:
    """Let CPython carry out a short run of a lab: a step on the way, and the last one."""
    widget, content = get_widget(name), load_content(name)
    state = {**default_state(widget.fields_of(content)), **SHORT.get(name, {})}
    assert widget.run is not None
    steps = [step for step in widget.run(view_of(widget, place_of(name)[1], content, state), "run") if step.parts]
    return steps[0], steps[-1]


def violations_in(widget: Locator) -> list[str]:
    """Let axe-core look at a widget in both colour schemes, of which the second changes nothing but the colours."""
    page, found = widget.page, []
    for scheme in ("default", "slate"):
        page.evaluate("(scheme) => document.body.setAttribute('data-md-color-scheme', scheme)", scheme)
        options = {"resultTypes": ["violations"], **({"runOnly": ["color-contrast"]} if scheme == "slate" else {})}
        report = page.evaluate("([id, options]) => axe.run('#' + id, options)", [widget.get_attribute("id"), options])
        found += [
            f"{scheme} {widget.get_attribute('data-state')} {v['id']}: {node['target']} {node['failureSummary']}"
            for v in report["violations"]
            for node in v["nodes"]
        ]
    return found


def put_step(page: Page, step: RunStep) -> None:
    """Let the run under way report a step."""
    told = {"parts": step.parts, "done": step.done, "total": step.total, "text": step.text}
    fields = {"fields": dict(step.fields)} if step.fields else {}
    page.evaluate("(step) => python.step(step)", json.loads(json.dumps({**told, **fields})))
    see_frame(page.locator("ft-widget").first)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_axe_finds_no_violation_in_any_state_of_a_widget(visit: Visits, name: str) -> None:
    path, widget_id, file = place_of(name)
    widget_type, content = get_widget(name), load_content(name, file)
    context = visit.context(reduced_motion="reduce", viewport={"width": 1000, "height": 900})
    context.route(
        re.compile(r"/python-\w+\.js"), lambda route: route.fulfill(body=CLIENT, content_type="text/javascript")
    )
    page = context.new_page()
    page.goto(visit.origin + path)
    page.evaluate(AXE)
    widget = page.locator(f"#{widget_id}")
    widget.evaluate(ALONE)
    widget.scroll_into_view_if_needed()
    found: list[str] = []
    expect(widget.locator(":scope > .ft-status")).to_have_attribute("role", "status")
    announced = {part.name for part in widget_type.parts(content) if part.announce}
    live = widget.locator("[data-part][aria-live=polite]").evaluate_all("(all) => all.map((e) => e.dataset.part)")
    assert set(live) == announced
    assert announced or name == "script-builder", "what changes is read out"

    def look(state: str, *texts: str) -> None:
        expect(widget).to_have_attribute("data-state", state)
        for text in texts:
            expect(widget.locator(":scope > .ft-status")).to_contain_text(text)
        page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
        found.extend(violations_in(widget))
        found.extend(f"{state}: {line}" for line in sideways_when_small(page))

    def ask() -> dict[str, str]:
        """Change a setting, and give the state that Python is then asked for, or only started by."""
        state = {**default_state(widget_type.fields_of(content)), **UNPREPARED.get(name, {})}
        if name == "quiz":
            for question in QUESTIONS:
                answer(widget, question, wrong_answer(question))
                state[question["id"]] = wrong_answer(question)[0]
        elif name == "human-rater":
            pairs = content["pairs"]
            for action in ("vote-a", "vote-b"):
                widget.locator(f"[data-action={action}]").click()
            state["votes"] = f"{pairs[0]['id']}:a,{pairs[1]['id']}:b"
        else:
            for field, text in UNPREPARED[name].items():
                widget.locator(f"[name={field}]").fill(text)
        return state

    expect(widget).to_have_attribute("data-state", "static")  # looked at with the whole page, in test_pages.py
    state = ask()
    look("booting")
    page.evaluate("() => python.show({ phase: 'live' })")
    if name not in PREPARED:
        page.wait_for_function("() => python.answer")
    if name in WAITING:
        page.evaluate(f"() => python.fail({TROUBLE})")
        look("error", "did not answer in time", "What you entered is kept")
        page.evaluate("() => { delete python.answer; }")
        widget.get_by_role("button", name="Try again").last.click()
        page.wait_for_function("() => python.answer")
    if name not in PREPARED:
        parts = render_parts(widget_type, view_of(widget_type, widget_id, content, state))
        page.evaluate("(parts) => python.answer(parts)", dict(parts))
    look("live")
    assert page.evaluate("() => 'answer' in python") is (name not in PREPARED)
    if widget_type.run is not None:
        middle, last = steps_of(name)
        widget.locator("[data-action=run]").first.click()
        page.wait_for_function("() => python.step")
        expect(widget.locator(":scope > .ft-status")).to_contain_text("Starting")
        page.evaluate(f"() => python.failRun({TROUBLE})")
        look("error", "did not answer in time")
        page.evaluate("() => { delete python.step; }")
        widget.get_by_role("button", name="Try again").last.click()
        page.wait_for_function("() => python.step")
        put_step(page, middle)
        look("running", "Running")
        put_step(page, last)
        page.evaluate("() => python.end({ isComplete: true, isKept: true })")
        look("done", "Done.")
    assert found == []


def test_axe_finds_no_violation_where_a_widgets_data_did_not_arrive_whole(visit: Visits) -> None:
    context = visit.context()

    def torn(route: Route) -> None:
        answered = route.fetch()
        text = answered.text()
        assert text.count(WHOLE) == 1
        route.fulfill(response=answered, body=text.replace(WHOLE, WHOLE.replace('":', ":")))

    context.route("**/lora.html", torn)
    page = context.new_page()
    page.goto(f"{visit.origin}lessons/lora.html")
    page.evaluate(AXE)
    widget = page.locator("#lora-rank")
    expect(widget.locator(":scope > .ft-status")).to_contain_text("did not arrive whole")
    expect(widget).to_have_attribute("data-state", "error")
    assert violations_in(widget) == []
    assert sideways_when_small(page) == []


# --- The keyboard alone ----------------------------------------------------------------------------------------------


def test_the_skip_link_leads_to_the_text(visit: Visits) -> None:
    page = visit.open("lessons/lora.html")
    page.keyboard.press("Tab")
    expect(page.locator("a.md-skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('article') !== null")


# --- Screens, motion, contrast ---------------------------------------------------------------------------------------


def test_little_motion_is_honoured(visit: Visits) -> None:
    page = visit.context(reduced_motion="reduce").new_page()
    for path in ("index.html", "lessons/rlhf.html"):
        page.goto(visit.origin + path)
        longest = page.evaluate(
            """() => Math.max(...[...document.querySelectorAll("body *")].flatMap((element) => {
              const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(element);
              return [transitionDuration, animationDuration].flatMap((text) => text.split(",").map(parseFloat))
                .concat(scrollBehavior === "smooth" ? 1 : 0);
            }))"""
        )
        assert longest <= 0.001


def test_in_forced_colours_verdicts_and_what_is_out_of_date_differ_by_their_borders(
    visit: Visits, server: StaticServer
) -> None:
    page = visit.open("lessons/summary-and-quiz.html", forced_colors="active")
    quiz = page.locator("#quiz-module")
    question = answer(quiz, QUESTIONS[0], wrong_answer(QUESTIONS[0]))
    answer(quiz, QUESTIONS[1], right_answer(QUESTIONS[1]))
    expect(question.locator(".ft-mark").first).to_be_visible()
    expect(quiz.locator(".ft-choice[data-result=right]").first).to_be_visible()
    borders = {
        kind: {choice["border"] for choice in page.evaluate(STYLES, f"#quiz-module .ft-choice{kind}")}
        for kind in (":not([data-result])", "[data-result=right]", "[data-result=wrong]", "[data-result=missed]")
    }
    kinds = [border for found in borders.values() for border in found]
    assert len(kinds) == len(set(kinds)) >= 3, borders
    server.faults.update(NO_PYTHON)
    page.goto(f"{visit.origin}lessons/lora.html")
    page.locator("#lora-rank [name=rank]").fill("13")
    expect(page.locator("#lora-rank [data-part][data-outdated]").first).to_be_visible()
    assert {part["width"] for part in page.evaluate(STYLES, "#lora-rank [data-part][data-outdated]")} == {4}


# --- Paper -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_a_printed_page_is_a_handout_with_the_answers_at_the_end_of_a_quiz(visit: Visits, has_script: bool) -> None:
    page = visit.context(java_script_enabled=has_script).new_page()
    page.goto(f"{visit.origin}lessons/summary-and-quiz.html")
    quiz = page.locator("#quiz-module")
    if has_script:
        expect(quiz).to_have_attribute("data-upgraded", "")
    page.emulate_media(media="print")
    answers = quiz.locator(".ft-answer")
    assert answers.count() == len(QUESTIONS)
    questions_end = max(
        box["y"] + box["height"] for one in quiz.locator("fieldset").all() if (box := one.bounding_box())
    )
    for question, shown in zip(QUESTIONS, answers.all(), strict=True):
        for choice in question["wordings"][0]["choices"]:
            assert shown.get_by_text(choice["why"].split("`")[0].strip()[:60]).first.is_visible()
        box = shown.bounding_box()
        assert box
        assert box["y"] >= questions_end
    for hidden in (".md-header", ".md-sidebar", "ft-widget .ft-buttons"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert quiz.locator("legend").first.is_visible()
