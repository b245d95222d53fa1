"""For everyone: every state of every widget, the keyboard alone, small screens, strong contrast, no motion, paper."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.components.conftest import Visits
from tests.components.sideways import sideways, sideways_when_small
from tests.components.test_pages import AXE, LESSONS, PAGES, walk
from tests.journeys import NO_PYTHON, QUESTIONS, answer, right_answer, wrong_answer
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
  boot: async () => {},
  render: () => new Promise((answer, fail) => Object.assign(client, { answer, fail })),
  run(widget, state, action, step) {
    const finished = new Promise((end, failRun) => Object.assign(client, { end, failRun, step }));
    return { finished, cancel: () => {} };
  },
});
"""
"""In place of the client of the worker: it does what the test says, so no state has to be waited for."""

TROUBLE = "new (class Trouble extends Error {})('Python did not answer in time.')"
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

UNPREPARED = {
    "lora-rank": {"rank": "13"},
    "method-comparison": {"batch_size": "3"},
    "script-builder": {"alpha": "33"},
}
"""Settings whose answer does not travel with the page."""


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
    """Let axe-core look at a widget in both colour schemes."""
    page, found = widget.page, []
    for scheme in ("default", "slate"):
        page.evaluate("(scheme) => document.body.setAttribute('data-md-color-scheme', scheme)", scheme)
        report = page.evaluate("(id) => axe.run('#' + id, { resultTypes: ['violations'] })", widget.get_attribute("id"))
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
    page.wait_for_timeout(50)


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
        """Change a setting, and give the state that Python is then asked for."""
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
        elif name in UNPREPARED:
            for field, text in UNPREPARED[name].items():
                widget.locator(f"[name={field}]").fill(text)
        else:
            widget.locator("select, input[type=number]").first.press("ArrowDown")
        return state

    look("static")
    state = ask()
    look("booting")
    page.evaluate("() => python.show({ phase: 'live' })")
    page.wait_for_function("() => python.answer")
    if name in WAITING:
        page.evaluate(f"() => python.fail({TROUBLE})")
        look("error", "did not answer in time", "What you entered is kept")
        page.evaluate("() => { delete python.answer; }")
        widget.get_by_role("button", name="Try again").last.click()
        page.wait_for_function("() => python.answer")
    parts = render_parts(widget_type, view_of(widget_type, widget_id, content, state))
    page.evaluate("(parts) => python.answer(parts)", dict(parts))
    look("live")
    if widget_type.run is not None:
        middle, last = steps_of(name)
        widget.locator("[data-action=run]").first.click()
        page.wait_for_function("() => python.step")
        look("running", "Starting")
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

REACHABLE = "a[href], button, input, select, textarea, summary, [tabindex]"
WATCH_FOCUS = """(reachable) => {
  const groups = new Set();
  window.stops = [...document.querySelectorAll(reachable)].filter((element) => {
    if (element.tabIndex < 0 || element.disabled || element.closest("[inert], fieldset:disabled")) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const group = `${element.closest("ft-widget")?.id} ${element.name}`;
    if (element.type === "radio" && groups.has(group)) return false;
    groups.add(group);
    return true;
  });
  window.visited = [];
  window.unseen = [];
  const look = (target) => {
    // A card shows the focus of its link, a label that of the theme's hidden switch.
    const box = target.closest("li.ft-card") ?? (target.matches(".md-option") ? target.nextElementSibling : target);
    const style = getComputedStyle(box);
    const outline = style.outlineStyle === "none" || style.outlineWidth === "0px" ? "" : style.outlineWidth;
    return [outline, style.boxShadow, style.backgroundColor, style.borderColor, style.color].join();
  };
  const focused = new Map();
  addEventListener("focusin", ({ target }) => {
    visited.push(target);
    focused.set(target, look(target));
  });
  addEventListener("focusout", ({ target }) => setTimeout(() => {
    // (The theme's search box opens when it gets the focus.)
    if (target.matches(".md-search__input")) return;
    if (look(target) === focused.get(target) && document.activeElement !== target) {
      unseen.push(target.outerHTML.slice(0, 120));
    }
  }));
  return stops.length;
}"""
WALKED = """() => {
  const name = (element) => element.outerHTML.slice(0, 120);
  // The last visit is the first stop again.
  const order = visited.slice(0, -1).filter((element) => stops.includes(element));
  const backwards = order.slice(1).filter((element, place) =>
    order[place].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING);
  return {
    first: visited[0]?.className,
    missed: stops.filter((element) => !visited.includes(element) && element.checkVisibility()).map(name),
    backwards: backwards.map(name),
    unseen,
  };
}"""


@pytest.mark.parametrize("path", PAGES)
def test_the_tab_key_alone_leads_through_a_page(visit: Visits, path: str) -> None:
    page = visit.open(path, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    walk(page)
    page.evaluate("() => scrollTo(0, 0)")
    count = page.evaluate(WATCH_FOCUS, REACHABLE)
    for _ in range(count + 60):  # a listing that is too wide is a stop of its own
        page.keyboard.press("Tab")
        if page.evaluate("() => visited.length > 5 && document.activeElement === visited[0]"):
            break
    else:
        pytest.fail("the focus did not come out at the end of the page")
    page.wait_for_timeout(50)
    walked = page.evaluate(WALKED)
    assert "md-skip" in walked["first"], "the first stop skips to the content"
    assert walked["missed"] == []
    assert walked["backwards"] == []
    assert walked["unseen"] == [], "the focus must be seen"


def test_the_skip_link_leads_to_the_text(visit: Visits) -> None:
    page = visit.open("lessons/lora.html")
    page.keyboard.press("Tab")
    expect(page.locator("a.md-skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('article') !== null")


# --- Sliders and charts in words -------------------------------------------------------------------------------------


def test_every_slider_speaks_its_value_with_its_meaning(visit: Visits) -> None:
    page = visit.context().new_page()
    count = 0
    for path in LESSONS:
        page.goto(visit.origin + path)
        for slider in page.locator("ft-widget input[type=range]").all():
            name, said = slider.get_attribute("aria-label") or "", slider.get_attribute("aria-valuetext") or ""
            mirrored = slider.get_attribute("data-mirror")
            box = slider.locator(f"xpath=ancestor::ft-widget//input[@name='{mirrored}']").last
            label, unit = name.removesuffix(" (slider)"), slider.get_attribute("data-unit") or ""
            assert label
            assert said == f"{label} {box.input_value()} {unit}".strip(), (path, name)
            count += 1
    assert count > 8


def test_every_chart_is_told_in_words_and_in_a_table(visit: Visits) -> None:
    page = visit.context().new_page()
    count = 0
    for path in LESSONS:
        page.goto(visit.origin + path)
        for chart in page.locator("ft-widget figure.ft-chart").all():
            label = chart.locator(".ft-plot").get_attribute("aria-label") or ""
            told = chart.locator(".ft-description").inner_text()
            assert chart.locator(".ft-plot").get_attribute("role") == "img"
            assert told in label
            assert re.search(r"\d", told), (path, told)
            assert chart.locator("table tbody tr").count() > 0
            count += 1
    assert count > 5


# --- Screens, motion, contrast ---------------------------------------------------------------------------------------

TARGETS = "a[href], button, input, select, textarea, summary, header label, label.ft-check, .md-annotation__index"
SMALL = """(targets) => [...document.querySelectorAll(targets)]
  .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.disabled)
  .filter((e) => !e.matches(".ft-check input, .md-toggle, .md-skip, [aria-hidden]"))
  // A link within a sentence is as high as its line: WCAG 2.5.8 leaves that out.
  .filter((e) => !(e.tagName === "A" && getComputedStyle(e).display === "inline"))
  .map((e) => [e.outerHTML.slice(0, 100), e.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && box.right > 0 && box.left < innerWidth)
  .map(([html, { width, height }]) => [Math.min(width, height), html])
  .sort(([one], [other]) => one - other)"""
LEAST_TARGET = 24
"""CSS pixels (WCAG 2.5.8)."""


def test_everything_to_be_touched_is_large_enough(visit: Visits) -> None:
    page = visit.context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    small: list[Any] = []
    for path in PAGES:
        page.goto(visit.origin + path)
        walk(page)
        page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
        small += [(path, *target) for target in page.evaluate(SMALL, TARGETS)[:3]]
        for button in page.locator("ft-widget[name=quiz] [data-action=check]").all():
            box = button.locator("xpath=ancestor::*[@data-part]").locator("input").first
            box.fill("1") if box.get_attribute("type") == "number" else box.check()
            button.click()
        for vote in page.locator("ft-widget [data-action=vote-a]").all():
            vote.click()
        small += [(path, "answered", *target) for target in page.evaluate(SMALL, TARGETS)[:3]]
    assert [target for target in small if target[-2] < LEAST_TARGET - 0.1] == []


def test_at_200_percent_no_page_scrolls_sideways(visit: Visits) -> None:
    """A window of 640 pixels at 200 % is 320 CSS pixels wide; text alone may be enlarged as well."""
    page = visit.context(viewport={"width": 640, "height": 800}).new_page()
    for path in PAGES:
        page.goto(visit.origin + path)
        page.evaluate("() => { document.documentElement.style.fontSize = '250%'; }")
        walk(page)
        page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
        assert sideways(page) == []


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


STYLES = """(selector) => [...document.querySelectorAll(selector)]
  .filter((element) => element.checkVisibility())
  .map((element) => {
    const { fill, stroke, strokeWidth, strokeDasharray, borderLeftStyle, borderLeftWidth, borderLeftColor, outlineStyle,
      outlineWidth } = getComputedStyle(element);
    return { fill, stroke, line: [stroke, strokeWidth, strokeDasharray].join(), outline: [outlineStyle, outlineWidth],
      border: [borderLeftStyle, borderLeftWidth, borderLeftColor].join(), width: parseFloat(borderLeftWidth) };
  })"""
CANVAS = """() => {
  const probe = document.body.appendChild(document.createElement("p"));
  probe.style.backgroundColor = "Canvas";
  const { backgroundColor } = getComputedStyle(probe);
  probe.remove();
  return backgroundColor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", LESSONS)
def test_in_forced_colours_diagrams_bars_and_the_focus_are_still_seen(visit: Visits, path: str, scheme: str) -> None:
    page = visit.open(path, forced_colors="active", color_scheme=scheme)
    canvas = page.evaluate(CANVAS)
    boxes = page.evaluate(STYLES, ".ft-diagram :is(.d-box, .d-frozen, .d-train, .d-accent, .d-good, .d-bad)")
    assert all(box["fill"] == canvas and box["stroke"] != canvas for box in boxes), "its text is in the system's colour"
    frozen, trained = (page.evaluate(STYLES, f".ft-diagram .d-{kind}") for kind in ("frozen", "train"))
    assert not {box["line"] for box in frozen} & {box["line"] for box in trained}
    for bar in page.evaluate(STYLES, "ft-widget :is(.lr-bar, .mc-bar, .hr-bar)"):
        assert bar["width"] >= 1
    for part in page.evaluate(STYLES, "ft-widget :is(.lr-bar, .mc-bar, .hr-bar) rect"):
        assert canvas not in (part["fill"], part["stroke"] if part["stroke"] != "none" else part["fill"])
    for title in page.locator("ft-widget .ft-title").all():
        title.evaluate("(t) => { t.tabIndex = -1; t.focus(); }")
        page.keyboard.press("Tab")
        [focused] = page.evaluate(STYLES, "ft-widget :focus-visible")
        assert focused["outline"][0] == "solid"
        assert float(focused["outline"][1].removesuffix("px")) >= 2


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


@pytest.mark.parametrize("path", LESSONS)
def test_every_printed_lesson_has_its_answers_at_the_end_and_nothing_to_click(visit: Visits, path: str) -> None:
    page = visit.open(path)
    page.emulate_media(media="print")
    clickable = page.locator(
        "button, input:is([type=range], [type=file]), textarea, nav, .md-header, .md-sidebar, .md-footer, .md-search"
    )
    assert [one.evaluate("(e) => e.outerHTML.slice(0, 120)") for one in clickable.all() if one.is_visible()] == []
    quizzes = page.locator("ft-widget[name=quiz]").all()
    assert quizzes
    for quiz in quizzes:
        questions, answers = quiz.locator("fieldset"), quiz.locator(".ft-answer")
        assert answers.count() == questions.count() > 0
        ends = [box["y"] + box["height"] for one in questions.all() if (box := one.bounding_box())]
        for shown in answers.all():
            assert shown.is_visible()
            assert len(shown.inner_text()) > 20
            box = shown.bounding_box()
            assert box
            assert box["y"] >= max(ends)
