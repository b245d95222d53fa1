"""Every page, as it is met: no errors, nothing from elsewhere, accessible, at home on a phone and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.components.conftest import Visits
from tests.components.looks import (
    OPEN_ALL,
    SHUT_AGAIN,
    answer_everything,
    lost_by_keyboard,
    moved,
    mute_charts,
    mute_sliders,
    not_copied,
    notes_that_stay_shut,
    too_small,
    unfit_for_paper,
    unlike_in_forced_colours,
    violations,
    walk,
)
from tests.components.sideways import sideways, sideways_when_small
from tests.site_server import StaticServer
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.pages import page_paths

pytestmark = pytest.mark.browser

PAGES = [path.relative_to(DOCS).as_posix().replace(".md", ".html") for path in page_paths()]
LESSONS = [page for page in PAGES if page.startswith("lessons/")]


@pytest.mark.parametrize("path", [*PAGES, "404.html"])
def test_a_page_is_at_home_on_a_narrow_screen_in_the_dark(visit: Visits, server: StaticServer, path: str) -> None:
    page = visit.open(path, viewport={"width": 390, "height": 844}, color_scheme="dark")
    found = moved(page)
    found += [f"loaded unasked: {name}" for name in server.requested if re.search(r"\.gz$|plot-|python", name)]
    walk(page)
    page.evaluate(OPEN_ALL)
    found += violations(page) + sideways(page) + sideways_when_small(page)
    assert found == []


@pytest.mark.parametrize("path", [*PAGES, "404.html"])
def test_a_page_is_at_home_on_a_wide_screen_with_any_tools_and_on_paper(visit: Visits, path: str) -> None:
    page = visit.open(
        path,
        viewport={"width": 1280, "height": 900},
        color_scheme="light",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    found = moved(page)
    page.evaluate(OPEN_ALL)
    walk(page)
    found += violations(page) + sideways(page) + mute_sliders(page) + mute_charts(page)
    page.evaluate(SHUT_AGAIN)
    if path != "404.html":
        found += lost_by_keyboard(page)
    if path in LESSONS:
        found += unlike_in_forced_colours(page, "light") + unlike_in_forced_colours(page, "dark")
        page.evaluate(OPEN_ALL)
        assert page.locator("article .highlight:not(ft-widget *)").count() >= 1
        found += not_copied(page) + notes_that_stay_shut(page, path)
        page.reload()  # with everything shut, as it is printed
        found += unfit_for_paper(page)
    assert found == []


def test_everything_to_be_touched_is_large_enough(visit: Visits) -> None:
    page = visit.context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    found: list[str] = []
    for path in PAGES:
        page.goto(visit.origin + path)
        walk(page)
        page.evaluate(OPEN_ALL)
        found += [f"{path}: {line}" for line in too_small(page)]
        answer_everything(page)
        found += [f"{path}, answered: {line}" for line in too_small(page)]
    assert found == []


def test_there_are_sliders_and_charts_to_be_told(built_site: Path) -> None:
    html = "".join((built_site / path).read_text(encoding="utf-8") for path in LESSONS)
    assert len(re.findall(r"<input[^>]*type=\"?range", html)) > 8
    assert len(re.findall(r"<figure[^>]*ft-chart", html)) > 5


def test_without_a_script_every_page_reads(visit: Visits) -> None:
    context = visit.context(java_script_enabled=False)
    tab = context.new_page()
    for page in [*PAGES, "404.html"]:
        tab.goto(visit.origin + page)
        assert tab.locator("h1").inner_text()
        assert len(tab.locator("article.md-content__inner").inner_text()) > (100 if page == "404.html" else 1000), page
        widgets = tab.locator("ft-widget").all()
        assert len(widgets) >= (1 if page in LESSONS else 0), page
        for widget in widgets:
            assert len(widget.inner_text()) > 40, page
        for answer in tab.locator("ft-widget[name=quiz] .ft-answer").all():
            assert answer.is_visible(), page


def test_answers_of_quizzes_stay_hidden_while_scripts_run(visit: Visits) -> None:
    tab = visit.open("lessons/summary-and-quiz.html")
    assert not tab.locator("ft-widget[name=quiz] .ft-answer").first.is_visible()


def test_if_our_script_does_not_come_the_answers_of_quizzes_appear(visit: Visits, server: StaticServer) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/course.js"] = "404"
    tab = visit.open("lessons/summary-and-quiz.html")
    tab.locator("ft-widget[name=quiz] .ft-answer").first.wait_for(state="visible", timeout=12_000)


def test_search_finds_a_lesson(visit: Visits, server: StaticServer) -> None:
    tab = visit.open("index.html", viewport={"width": 1280, "height": 900})
    tab.wait_for_load_state("networkidle")
    assert not any("search_index" in name for name in server.requested), "the index waits for a reader who searches"
    tab.locator(".md-search__input").fill("double quantization")
    tab.locator(".md-search-result__link").first.wait_for()
    assert "qlora" in " ".join(
        link.get_attribute("href") or "" for link in tab.locator(".md-search-result__link").all()
    )


@pytest.mark.parametrize("width", [320, 1280])
def test_an_abbreviation_is_explained_on_focus_and_on_hover(visit: Visits, width: int) -> None:
    tab = visit.open("lessons/qlora.html", viewport={"width": width, "height": 800}, reduced_motion="reduce")
    tip = tab.locator("[role=tooltip].md-tooltip2--active")
    for abbreviation in tab.locator("article abbr").all():
        meaning = abbreviation.get_attribute("title") or ""
        assert len(meaning) > 10
        abbreviation.scroll_into_view_if_needed()
        for show, hide in (
            (abbreviation.focus, abbreviation.blur),
            (abbreviation.hover, lambda: tab.mouse.move(0, 0)),
        ):
            before = abbreviation.bounding_box()
            show()
            expect(tip).to_have_text(meaning)
            expect(tip).to_be_in_viewport()
            assert abbreviation.bounding_box() == before
            assert tab.evaluate("() => document.documentElement.scrollWidth") <= width
            hide()
            expect(tip).to_have_count(0)


def test_an_abbreviation_is_reached_with_the_tab_key_and_by_touch(visit: Visits) -> None:
    tab = visit.open("lessons/qlora.html", viewport={"width": 390, "height": 800}, has_touch=True)
    first = tab.locator("article abbr").first
    meaning = first.get_attribute("title") or ""
    first.tap()
    expect(tab.locator("[role=tooltip].md-tooltip2--active")).to_have_text(meaning)
    tab.reload()
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate("() => document.activeElement.matches('article abbr')"):
            break
    expect(tab.locator("[role=tooltip].md-tooltip2--active")).to_have_text(meaning)


def test_previous_and_next_lead_through_the_course(visit: Visits) -> None:
    tab = visit.open("index.html")
    seen = ["index.html"]
    while tab.locator("a.md-footer__link--next").count() and len(seen) < 40:
        tab.goto(tab.locator("a.md-footer__link--next").evaluate("(link) => link.href"))
        seen.append(tab.url.removeprefix(visit.origin))
    assert set(seen) == set(PAGES)


def test_the_sources_of_the_tests_are_there() -> None:
    assert len(LESSONS) == 9
    assert Path(ROOT / "mkdocs.yml").is_file()
