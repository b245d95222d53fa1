"""The course works wherever and however it is published: under a sub-path, by a fork, built by Zensical."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.components.conftest import ADDRESS, PREFIX, Visits
from tests.fork import edit, make_fork, run_widgets
from tests.journeys import answer, figures_from_python, figures_on_page, number_of_votes, short_journey
from tests.site_server import StaticServer
from widgets.site.publish.offline import LIST, WORKER
from widgets.site.sources.pages import page_paths

pytestmark = [pytest.mark.browser]


@pytest.fixture
def hosted(make_server: Callable[..., StaticServer], visit: Visits) -> Callable[[Path], Visits]:
    """Serve a folder under the sub-path; whatever leaves the sub-path counts as leaving the site.

    The server comes first, so that it ends last: a page that still loads something would log a lost connection.
    """

    def serve(folder: Path) -> Visits:
        visit.origin = make_server(folder, PREFIX).url
        return visit

    return serve


@pytest.mark.parametrize("generator", ["mkdocs", "zensical"])
def test_the_widgets_work_under_a_sub_path(
    hosted: Callable[[Path], Visits], request: pytest.FixtureRequest, generator: str
) -> None:
    folder = request.getfixturevalue("elsewhere" if generator == "mkdocs" else "by_zensical")
    visits = hosted(folder)
    page = visits.context().new_page()
    short_journey(page, visits.origin)
    keys = page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('ft|'))")
    assert keys
    assert all(key.startswith(f"ft|{PREFIX}|") for key in keys), "another course on the same host stays apart"


@pytest.mark.parametrize("generator", ["mkdocs", "zensical"])
def test_abbreviations_are_explained_when_they_have_the_focus(
    hosted: Callable[[Path], Visits], request: pytest.FixtureRequest, generator: str
) -> None:
    visits = hosted(request.getfixturevalue("elsewhere" if generator == "mkdocs" else "by_zensical"))
    page = visits.open("lessons/qlora.html")
    abbreviation = page.locator("article abbr[title]", has_text="NF4")
    meaning = abbreviation.get_attribute("title") or ""
    assert "4-bit NormalFloat" in meaning
    abbreviation.focus()
    expect(page.locator("[role=tooltip].md-tooltip2--active")).to_have_text(meaning)


@pytest.mark.parametrize("generator", ["mkdocs", "zensical"])
def test_each_page_is_built_with_as_many_widgets_and_its_own_address(
    fork: Path, request: pytest.FixtureRequest, generator: str
) -> None:
    folder = request.getfixturevalue("elsewhere" if generator == "mkdocs" else "by_zensical")
    for source in page_paths(fork / "docs"):
        name = source.relative_to(fork / "docs").with_suffix(".html").as_posix()
        html = (folder / name).read_text(encoding="utf-8")
        address = re.search(r'<link rel="?canonical"? href="?([^" >]+)', html)
        assert address, name
        assert address[1] == ADDRESS + name
        assert "127.0.0.1" not in re.sub(r"<(pre|code).*?</\1>", "", html, flags=re.S), name


def test_both_generators_put_the_same_widgets_into_the_pages(elsewhere: Path, by_zensical: Path, fork: Path) -> None:
    widget = re.compile(r"<ft-widget.*?</ft-widget>", re.S)
    count = 0
    mark = " data-search-exclude"  # Zensical takes it off when it has read it
    for source in page_paths(fork / "docs"):
        name = source.relative_to(fork / "docs").with_suffix(".html").as_posix()
        one, other = (
            [
                " ".join(found.replace(mark, "").split())
                for found in widget.findall((folder / name).read_text(encoding="utf-8"))
            ]
            for folder in (elsewhere, by_zensical)
        )
        assert one == other, name
        count += len(one)
    assert count > 20


@pytest.mark.parametrize("generator", ["mkdocs", "zensical"])
def test_the_site_of_either_generator_can_be_saved_for_offline_use(
    request: pytest.FixtureRequest, generator: str
) -> None:
    folder = request.getfixturevalue("elsewhere" if generator == "mkdocs" else "by_zensical")
    assert (folder / WORKER).is_file()
    listed = {entry["path"] for entry in json.loads((folder / LIST).read_text(encoding="utf-8"))["files"]}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")} <= listed
    loaded = re.compile(r'<(?:script|link rel="?stylesheet)[^>]*?(?:src|href)="?([^"\s>]+)')
    addresses = loaded.findall((folder / "index.html").read_text(encoding="utf-8"))
    assert len(addresses) >= 4
    assert {address.removeprefix("./") for address in addresses} <= listed


def test_the_page_for_missing_pages_is_whole_under_a_sub_path(
    hosted: Callable[[Path], Visits], elsewhere: Path
) -> None:
    visits = hosted(elsewhere)
    page = visits.open("404.html")
    assert "404" in page.inner_text("article")
    loaded = page.evaluate("() => [...document.styleSheets].map((s) => s.cssRules.length > 0)")
    assert loaded
    assert all(loaded)
    page.locator("a.md-logo").first.click()
    expect(page.locator("h1")).to_have_text(re.compile("Fine-Tuning LLMs"))


def test_links_of_the_home_page_stay_under_the_sub_path(hosted: Callable[[Path], Visits], elsewhere: Path) -> None:
    visits = hosted(elsewhere)
    page = visits.open("index.html")
    addresses = page.evaluate("() => [...document.querySelectorAll('article a[href]')].map((a) => a.href)")
    assert len(addresses) > 9
    assert all(address.startswith(visits.origin) for address in addresses)


def test_search_works_under_a_sub_path(hosted: Callable[[Path], Visits], elsewhere: Path) -> None:
    visits = hosted(elsewhere)
    page = visits.open("lessons/lora.html", viewport={"width": 1280, "height": 900})
    page.locator(".md-search__input").fill("Bradley-Terry")
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url(f"{visits.origin}**")
    assert "lessons/lora.html" not in page.url


def test_two_widgets_of_a_kind_on_a_page_keep_their_own_settings(
    hosted: Callable[[Path], Visits], elsewhere: Path
) -> None:
    visits = hosted(elsewhere)
    page = visits.open("lessons/lora.html?second.rank=32&lora-rank.alpha=32")
    first, second = page.locator("#lora-rank"), page.locator("#second")
    expect(first.locator("[name=rank]")).to_have_value("8")
    expect(first.locator("[name=alpha]")).to_have_value("32")
    expect(second.locator("[name=rank]")).to_have_value("32")
    expect(second.locator("[name=alpha]")).to_have_value("16")
    assert figures_on_page(second) == figures_from_python("lora-rank", model="microsoft/phi-2", rank="32")
    untouched = figures_on_page(first)
    second.locator("[name=rank]").fill("33")
    first.locator("[name=target_modules]").select_option("o")
    second.locator("[name=target_modules]").select_option("all-linear")
    for widget in (first, second):
        expect(widget).to_have_attribute("data-state", "live")
        expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(first) == figures_from_python("lora-rank", target_modules="o", alpha="32") != untouched
    assert figures_on_page(second) == figures_from_python(
        "lora-rank", model="microsoft/phi-2", rank="33", target_modules="all-linear"
    )
    page.wait_for_url("**second.target_modules=all-linear*")
    second.locator("[name=rank]").fill("64")
    page.wait_for_url(lambda address: "second.rank" not in address)  # 64 is this one's default


def test_two_raters_on_a_page_share_the_readers_votes(hosted: Callable[[Path], Visits], elsewhere: Path) -> None:
    visits = hosted(elsewhere)
    page = visits.open("lessons/lora.html")
    page.locator("#taste [data-action=vote-a]").click()
    page.locator("#taste [data-action=vote-b]").click()
    page.reload()
    assert number_of_votes(page.locator("#taste")) == 2
    assert number_of_votes(page.locator("#same-taste")) == 2


def test_a_quiz_answered_in_one_lesson_is_still_answered_on_a_page_of_the_same_site_only(
    hosted: Callable[[Path], Visits], elsewhere: Path, make_server: Callable[..., StaticServer]
) -> None:
    visits = hosted(elsewhere)
    page = visits.open("lessons/lora.html")
    question = {"id": "why-cheaper", "kind": "single"}
    answer(page.locator("#quiz-lora"), question, ["few-states"])
    page.reload()
    expect(page.locator("#quiz-lora [data-part=why-cheaper] .ft-question")).to_have_attribute("data-result", "right")
    page.evaluate("() => { for (const key of Object.keys(localStorage)) if (key.startsWith('ft|/|')) throw key; }")


def test_a_fork_may_change_pages_without_reload_and_one_worker_lives_across_them(
    hosted: Callable[[Path], Visits], tmp_path: Path
) -> None:
    fork = make_fork(tmp_path / "course")
    edit(fork / "mkdocs.yml", "    - navigation.footer\n", "    - navigation.footer\n    - navigation.instant\n")
    visits = hosted(fork / "site-instant")
    # The theme changes pages without reload only at the very address for which the site map was made.
    done = run_widgets(fork, "build", "--out", "site-instant", SITE_URL=visits.origin)
    assert done.returncode == 0, done.stdout + done.stderr
    page = visits.context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{visits.origin}lessons/lora.html")
    page.evaluate("() => { window.firstPage = true; }")
    page.locator("#lora-rank [name=rank]").fill("13")
    expect(page.locator("#lora-rank [data-metric=trainable_params]").first).to_have_text("6,815,744")
    worker = next(worker for worker in page.workers if worker.url.startswith("blob:"))
    sidebar = page.locator(".md-sidebar--primary")
    sidebar.get_by_role("link", name="8 Which method?").click()
    methods = page.locator("#method-comparison")
    expect(methods).to_have_attribute("data-upgraded", "")
    methods.locator("[name=batch_size]").fill("3")
    expect(methods).to_have_attribute("data-state", "live")
    expect(methods.locator("[aria-busy]")).to_have_count(0)
    assert figures_on_page(methods) == figures_from_python("method-comparison", batch_size="3")
    sidebar.get_by_role("link", name="3 LoRA").click()
    page.locator("#lora-rank [name=rank]").fill("21")
    expect(page.locator("#lora-rank [data-metric=trainable_params]").first).to_have_text("11,010,048")
    assert page.evaluate("() => window.firstPage") is True, "the page was never reloaded"
    assert worker in page.workers, "Python lives on"

    page.locator("#lora-rank [name=rank]").fill("22")
    page.locator("#lora-rank [name=rank]").fill("23")
    sidebar.get_by_role("link", name="Home").click()
    page.locator("[data-offline]").scroll_into_view_if_needed()
    expect(page.locator("[data-offline]").get_by_role("button", name="Save this course")).to_be_visible()
    assert "rank" not in page.url, "a setting stays on its page"
    page.locator("article").get_by_role("link", name="Offline use").click()
    page.wait_for_url("**/offline.html")
    expect(page.locator("[data-offline]").get_by_role("button", name="Save this course")).to_be_visible()
    assert page.evaluate("() => window.firstPage") is True, "the page was never reloaded"
