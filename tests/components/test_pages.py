"""Every page, as it is met: no errors, nothing from elsewhere, accessible, at home on a phone and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.components.conftest import Visits
from tests.components.sideways import sideways
from tests.site_server import StaticServer
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.pages import page_paths

pytestmark = pytest.mark.browser

PAGES = [path.relative_to(DOCS).as_posix().replace(".md", ".html") for path in page_paths()]
LESSONS = [page for page in PAGES if page.startswith("lessons/")]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
SHIFT = """() => new Promise((resolve) => {
  let shift = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(shift), 700);
})"""

CODE_WITHOUT_NOTES = """(code) => {
  const copy = code.cloneNode(true);
  for (const note of copy.querySelectorAll(".md-annotation")) note.remove();
  return copy.textContent;
}"""

SHOW_IN_ITS_TAB = """(listing) => {
  const block = listing.closest(".tabbed-block");
  const place = block ? [...block.parentElement.children].indexOf(block) : 0;
  block?.closest(".tabbed-set").querySelectorAll(":scope > input")[place].click();
}"""


def violations(page: Page) -> list[str]:
    """Let axe-core look at a page: one line for each element that breaks a rule."""
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]]


def walk(page: Page) -> None:
    """Scroll through a page, so that what the theme builds when it comes into view is there too."""
    page.evaluate(
        "async () => { for (let y = 0; y < document.body.scrollHeight; y += 700) { scrollTo(0, y);"
        " await new Promise((resolve) => setTimeout(resolve, 20)); } }"
    )
    page.wait_for_timeout(150)


@pytest.mark.parametrize("page", [*PAGES, "404.html"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_no_violation(visit: Visits, page: str, width: int, scheme: str) -> None:
    tab = visit.open(page, viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
    walk(tab)
    assert violations(tab) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(visit: Visits, width: int) -> None:
    context = visit.context(viewport={"width": width, "height": 800})
    tab = context.new_page()
    for page in [*PAGES, "404.html"]:
        tab.goto(visit.origin + page)
        walk(tab)
        tab.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
        assert sideways(tab) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_loads(visit: Visits, width: int) -> None:
    context = visit.context(viewport={"width": width, "height": 800})
    tab = context.new_page()
    for page in ["index.html", *LESSONS]:
        tab.goto(visit.origin + page)
        assert tab.evaluate(SHIFT) == 0, page


def test_no_page_loads_python_or_charts_before_the_reader_does_something(visit: Visits, server: StaticServer) -> None:
    context = visit.context()
    tab = context.new_page()
    for page in PAGES:
        tab.goto(visit.origin + page)
    tab.wait_for_timeout(300)
    assert [name for name in server.requested if name.endswith(".gz") or "plot-" in name or "python" in name] == []


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
    tab.wait_for_timeout(300)
    assert not any("search_index" in name for name in server.requested), "the index waits for a reader who searches"
    tab.locator(".md-search__input").fill("double quantization")
    tab.locator(".md-search-result__link").first.wait_for()
    assert "qlora" in " ".join(
        link.get_attribute("href") or "" for link in tab.locator(".md-search-result__link").all()
    )


@pytest.mark.parametrize("page", LESSONS)
def test_every_listing_has_a_copy_button_that_copies_it(visit: Visits, page: str) -> None:
    tab = visit.open(page, viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    tab.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
    walk(tab)
    listings = tab.locator("article .highlight:not(ft-widget *)")
    assert listings.count() >= 1
    for listing in listings.all():
        listing.evaluate(SHOW_IN_ITS_TAB)
        button = listing.locator("button.md-code__button[aria-label]")
        expect(button).to_be_visible()
        tab.evaluate("() => navigator.clipboard.writeText('')")
        button.focus()
        button.press("Enter")
        tab.wait_for_function("async () => await navigator.clipboard.readText() !== ''")
        expect(tab.locator(".md-dialog--active")).to_contain_text("Copied")
        written = tab.evaluate("() => navigator.clipboard.readText()")
        code = listing.locator("code").evaluate(CODE_WITHOUT_NOTES)
        assert written.strip() == code.strip()


@pytest.mark.parametrize("page", LESSONS)
def test_every_note_of_a_listing_opens(visit: Visits, page: str) -> None:
    tab = visit.open(page, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    marks = len(re.findall(r"# \([0-9]+\)!?$", (DOCS / page.replace(".html", ".md")).read_text(encoding="utf-8"), re.M))
    tab.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
    walk(tab)
    notes = tab.locator("article .md-annotation")
    expect(notes).to_have_count(marks)
    for note in notes.all():
        text = note.locator(".md-tooltip__inner")
        expect(text).not_to_be_visible()
        note.scroll_into_view_if_needed()
        note.focus()
        expect(text).to_be_visible()
        assert len(text.inner_text()) > 15
        note.blur()


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
