"""Without a network: a saved copy, an archive for a class, pages opened as files; plain http; a new deployment."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.components.conftest import Visits
from tests.components.looks import moved, violations
from tests.components.sideways import sideways
from tests.components.test_pages import PAGES as ALL_PAGES
from tests.journeys import PAGES, QUESTIONS, answer, figures_from_python, figures_on_page, repeat_until, right_answer
from tests.site_server import FAULTS, StaticServer, serving, until_asked
from widgets.site.publish.course_archive import archive_name, write_archive
from widgets.site.publish.offline import COURSE, LIST, WORKER, prepare_offline

pytestmark = [pytest.mark.browser, pytest.mark.python]  # it saves the files of Python itself

PREFIX = "/courses/tuning/"
HERE = "about/offline.html"
NOT_PREPARED = {"rank": "3", "alpha": "5"}
"""Settings of the LoRA explorer whose answer no page carries, so that Python has to give it."""
STORED = """async () => ({
  workers: (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope),
  caches: (await caches.keys()).filter((name) => name.endsWith("|offline")),
})"""
SAVED_FILES = "async () => (await (await caches.open('ft|/|offline')).keys()).length"
WEIGHTS = "assets/course/*.whl.gz"


@pytest.fixture
def copy(built_site: Path, tmp_path: Path) -> Path:
    """Give a copy of the built site that a test may publish anew."""
    return Path(shutil.copytree(built_site, tmp_path / "published"))


@pytest.fixture
def host(copy: Path, visit: Visits) -> Iterator[Callable[[], StaticServer]]:
    """Serve the copy under a sub-path; the test may close the server (``host.close``) or leave that to the end."""
    with ExitStack() as stack:
        server = stack.enter_context(serving(copy, PREFIX))
        visit.origin = server.url

        def get() -> StaticServer:
            return server

        get.close = stack.close  # type: ignore[attr-defined]
        yield get


def publish_anew(folder: Path) -> set[str]:
    """Change a published site as a new deployment does; give the paths of what is new or changed."""
    course = folder / COURSE
    old = next(course.glob("python-*.js"))
    new = old.with_name("python-0123456789.js")
    new.write_bytes(old.read_bytes() + b"// new")
    old.unlink()
    for name in ("course.js", "manifest.json"):
        text = (course / name).read_text(encoding="utf-8")
        (course / name).write_text(text.replace(old.name, new.name), encoding="utf-8")
    lesson = folder / PAGES["lora-rank"]
    html = lesson.read_text(encoding="utf-8")
    assert "In one breath" in html
    lesson.write_text(html.replace("In one breath", "In two breaths"), encoding="utf-8")
    (folder / WORKER).rename(course / WORKER)
    prepare_offline(folder)
    kept = (course / name for name in ("course.js", "manifest.json"))
    return {path.relative_to(folder).as_posix() for path in (new, lesson, *kept)}


def button(page: Page, name: str) -> Locator:
    """Find a button of the panel or of the notice."""
    return page.locator(".ft-offline").get_by_role("button", name=name)


def status(page: Page) -> Locator:
    """Find the sentence that says how things stand."""
    return page.locator(".ft-offline [role=status]")


def save(page: Page, address: str) -> None:
    """Save the course with the button of a page, and wait until it is done."""
    page.goto(address)
    page.locator("[data-offline]").scroll_into_view_if_needed()
    button(page, "Save this course").click()
    expect(status(page)).to_contain_text("Saved for offline use")


def forget_all(page: Page) -> None:
    """Delete everything with the button of the privacy page, and wait until it is done."""
    opener = page.locator("[popovertarget=forget]").first
    opener.click()
    page.locator("[data-action=forget-all]").click()
    expect(opener).to_contain_text("Deleted")


def wait_in_vain(page: Page) -> None:
    """Let the page's clock run until the panel gives up waiting: what it waits for may begin a moment from now."""
    repeat_until(
        lambda: button(page, "Try again").count() and not button(page, "Stop").count(),
        lambda: page.clock.run_for(31_000),
    )


def ask_python(page: Page) -> None:
    """Ask the LoRA explorer for something that only Python can answer, and check the answer."""
    widget = page.locator("#lora-rank")
    for name, text in NOT_PREPARED.items():
        widget.locator(f"[name={name}]").fill(text)
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("lora-rank", **NOT_PREPARED)


# --- A copy in the browser --------------------------------------------------------------------------------------------


def test_nobody_gets_a_service_worker_who_did_not_press_the_button(visit: Visits, server: StaticServer) -> None:
    page = visit.open("index.html")
    for name in ("index.html", HERE, PAGES["quiz"]):
        page.goto(visit.origin + name)
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    page.goto(visit.origin + HERE)
    expect(status(page)).to_contain_text(re.compile(r"in this browser: \d+\.\d MB"))
    assert page.evaluate(STORED) == {"workers": [], "caches": []}
    assert WORKER not in server.requested


def test_the_first_screen_of_the_home_page_loads_nothing_for_it(visit: Visits, server: StaticServer) -> None:
    page = visit.open("index.html", viewport={"width": 1280, "height": 800})
    page.wait_for_load_state("networkidle")
    assert [name for name in server.requested if "offline" in name] == []


def test_a_saved_course_works_without_its_server(visit: Visits, host: Callable[[], StaticServer]) -> None:
    page = visit.context(viewport={"width": 1280, "height": 900}).new_page()
    save(page, f"{visit.origin}index.html")
    assert page.evaluate(STORED) == {"workers": [visit.origin], "caches": [f"ft|{PREFIX}|offline"]}
    host.close()  # type: ignore[attr-defined]
    visit.expected.append("Failed to load resource")
    for name in ALL_PAGES:
        page.goto(visit.origin + name, wait_until="domcontentloaded")
        assert page.locator("h1").count() == 1, name
    page.goto(f"{visit.origin}{PAGES['lora-rank']}?lora-rank.alpha=32#traps")
    expect(page.locator("#lora-rank [name=alpha]")).to_have_value("32")
    ask_python(page)
    lab = page.locator("ft-widget[name=lora-lab]")
    lab.locator("[name=steps]").fill("10")
    lab.locator("[data-action=run]").first.click()
    expect(lab).to_have_attribute("data-state", "done", timeout=90_000)
    expect(lab.locator(".ft-plot .main-svg").first).to_be_attached()
    page.locator(".md-search__input").fill("Bradley-Terry")
    page.locator(".md-search-result__link").first.wait_for()
    page.goto(visit.origin)
    page.locator("[data-offline]").scroll_into_view_if_needed()
    expect(status(page)).to_contain_text("The server cannot be reached now.")


def test_a_page_that_the_saved_copy_does_not_have_is_answered_with_the_sites_own(visit: Visits) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.context().new_page()
    save(page, visit.origin + HERE)
    page.context.set_offline(True)
    page.goto(f"{visit.origin}no/such/page.html")
    assert "404" in page.inner_text("article")
    expect(page.locator("a.md-logo").first).to_have_attribute("href", re.compile("index.html|^[/.]*$"))


def test_a_reader_without_a_mouse_saves_and_removes_the_course(visit: Visits, server: StaticServer) -> None:
    server.bytes_per_second = 200_000
    page = visit.open(HERE)
    expect(button(page, "Save this course")).to_be_visible()
    page.locator("[data-offline]").scroll_into_view_if_needed()
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.dataset?.action === 'save'"):
            break
    page.keyboard.press("Enter")
    expect(button(page, "Stop")).to_be_focused()
    progress = page.locator(".ft-offline progress")
    page.wait_for_function("(bar) => bar.value > 0 && bar.value < bar.max", arg=progress.element_handle())
    assert violations(page) == []
    expect(page.locator(".ft-offline small")).to_have_text(re.compile(r"^\d+\.\d of \d+\.\d MB$"))
    server.bytes_per_second = None
    expect(button(page, "Remove")).to_be_focused()
    expect(status(page)).to_have_text(re.compile(r"^Saved for offline use: \d+\.\d MB, version [\d.]+ \(\w{10}\), "))
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("removed")
    expect(button(page, "Save this course")).to_be_focused()
    assert page.evaluate(STORED) == {"workers": [], "caches": []}


def test_removing_the_copy_keeps_answers_and_deleting_everything_deletes_it_too(visit: Visits) -> None:
    page = visit.open(PAGES["quiz"])
    answer(page.locator("#quiz-module"), QUESTIONS[0], right_answer(QUESTIONS[0]))
    save(page, visit.origin + HERE)
    button(page, "Remove").click()
    expect(status(page)).to_contain_text("removed")
    keys = page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('ft|'))")
    assert any("quiz/module" in key for key in keys)
    save(page, visit.origin + HERE)
    page.goto(f"{visit.origin}about/privacy.html")
    forget_all(page)
    assert page.evaluate(STORED) == {"workers": [], "caches": []}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_download_that_breaks_off_is_said_and_goes_on_where_it_stopped(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.context().new_page()
    page.clock.install()
    page.goto(visit.origin + HERE)
    server.faults[WEIGHTS] = fault
    button(page, "Save this course").click()
    if fault == "never":
        listed = json.loads((server.folder / LIST).read_text(encoding="utf-8"))["files"]
        others = len({entry["sha256"] for entry in listed}) - 1
        repeat_until(lambda: page.evaluate(SAVED_FILES) == others, lambda: until_asked(server, WEIGHTS))
        wait_in_vain(page)
    expect(button(page, "Try again")).to_be_visible()
    expect(status(page)).to_contain_text("What was saved before is kept.")
    page.goto(f"{visit.origin}{PAGES['lora-rank']}")  # half a copy is no copy: the server still answers
    assert PAGES["lora-rank"] in server.requested
    page.goto(visit.origin + HERE)
    expect(status(page)).to_contain_text(re.compile(r"\d MB of \d+\.\d MB are saved"))
    server.faults.clear()
    server.requested.clear()
    button(page, "Save this course").click()
    expect(status(page)).to_contain_text("Saved for offline use")
    assert any(name.endswith(".whl.gz") for name in server.requested)
    assert not any(name.endswith(".wasm.gz") for name in server.requested), "that had arrived before"


def test_stopping_keeps_what_has_arrived(visit: Visits, server: StaticServer) -> None:
    server.bytes_per_second = 200_000
    page = visit.open(HERE)
    button(page, "Save this course").click()
    page.wait_for_function("() => document.querySelector('.ft-offline progress').value > 1e6")
    button(page, "Stop").click()
    expect(button(page, "Save this course")).to_be_visible()
    assert "|offline" in page.evaluate(STORED)["caches"][0]
    button(page, "Remove").click()
    expect(status(page)).to_contain_text("removed")


def test_two_tabs_do_not_save_at_the_same_time(visit: Visits, server: StaticServer) -> None:
    server.bytes_per_second = 200_000
    page = visit.open(HERE)
    other = page.context.new_page()
    other.goto(visit.origin + HERE)
    expect(button(other, "Save this course")).to_be_visible()
    page.bring_to_front()
    button(page, "Save this course").click()
    expect(button(page, "Stop")).to_be_visible()
    button(other, "Save this course").click()
    expect(status(other)).to_contain_text("saved in another tab already")
    server.bytes_per_second = None
    expect(status(page)).to_contain_text("Saved for offline use")


def test_a_full_storage_is_said_plainly_and_the_room_is_given_back(visit: Visits, server: StaticServer) -> None:
    page = visit.open(HERE)
    session = page.context.new_cdp_session(page)
    origin = "/".join(visit.origin.split("/")[:3])
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 2_000_000})
    button(page, "Save this course").click()
    expect(status(page)).to_contain_text("storage is full")
    expect(status(page)).to_contain_text(re.compile(r"\d+\.\d MB are needed"))
    # Where the browser does not tell in advance how much room there is:
    page.evaluate("() => { StorageManager.prototype.estimate = async () => ({}); }")
    button(page, "Try again").click()
    expect(button(page, "Stop")).to_have_count(0)
    expect(status(page)).to_contain_text("storage is full")
    assert page.evaluate(SAVED_FILES) == 0
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    button(page, "Try again").click()
    expect(status(page)).to_contain_text("Saved for offline use")


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_the_list_it_is_asked_for_again_and_nothing_is_loaded_unasked(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults[LIST] = fault
    page = visit.context().new_page()
    page.clock.install()
    page.goto(visit.origin + HERE)
    page.locator("[data-offline]").scroll_into_view_if_needed()
    if fault == "never":
        page.clock.run_for(2000)
        expect(status(page)).to_have_text("Waiting for the server.")
        wait_in_vain(page)
    again = button(page, "Try again")
    expect(again).to_be_visible()
    expect(status(page)).not_to_have_text("Waiting for the server.")
    expect(button(page, "Save this course")).to_have_count(0)
    server.faults.clear()
    again.click()
    expect(status(page)).to_contain_text(re.compile(r"in this browser: \d+\.\d MB"))
    expect(button(page, "Save this course")).to_be_focused()
    assert page.evaluate(STORED) == {"workers": [], "caches": []}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_the_panels_own_script_it_is_said_and_loaded_again(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/offline-*.js"] = fault
    page = visit.context().new_page()
    page.clock.install()
    page.goto(visit.origin + HERE)
    page.locator("[data-offline]").scroll_into_view_if_needed()
    if fault == "never":
        until_asked(server, "assets/course/offline-*.js")
        page.clock.run_for(61_000)
    expect(status(page)).to_contain_text("could not be loaded")
    server.faults.clear()
    button(page, "Try again").click()
    expect(button(page, "Save this course")).to_be_visible()


@pytest.mark.parametrize("file", [LIST, WORKER])
def test_what_never_comes_can_be_stopped_and_is_given_up(visit: Visits, server: StaticServer, file: str) -> None:
    page = visit.context().new_page()
    page.clock.install()
    page.goto(visit.origin + HERE)
    expect(button(page, "Save this course")).to_be_visible()
    server.faults[file] = "never"
    asked = server.requested.count(file)
    button(page, "Save this course").click()
    until_asked(server, file, asked + 1)
    button(page, "Stop").click()
    expect(button(page, "Stop")).to_have_count(0)
    if file == LIST:
        expect(status(page)).to_have_text("Stopped.")
        until_asked(server, file, asked + 2)  # how things stand now
        server.faults.clear()
        button(page, "Try again").click()
    expect(button(page, "Save this course")).to_be_visible()
    server.faults[file] = "never"
    button(page, "Save this course").click()
    wait_in_vain(page)
    expect(status(page)).to_contain_text("did not answer in time")


@pytest.mark.parametrize(
    "script",
    [
        "delete Navigator.prototype.serviceWorker;",
        "if (isSecureContext) caches.has = async () => { throw new DOMException('no', 'SecurityError'); };",
    ],
    ids=["no service workers", "storage blocked"],
)
def test_where_the_browser_cannot_it_is_said_in_plain_words(visit: Visits, script: str) -> None:
    context = visit.context()
    context.add_init_script(script)
    page = context.new_page()
    page.goto(visit.origin + HERE)
    expect(status(page)).to_contain_text("lets no page store itself")
    expect(page.locator(".ft-offline button")).to_have_count(0)


def test_if_the_server_forbids_the_service_worker_it_is_said(visit: Visits, server: StaticServer) -> None:
    visit.expected += ["Failed to load resource", "bad HTTP response code"]
    server.faults[WORKER] = "404"
    page = visit.open(HERE)
    button(page, "Save this course").click()
    expect(status(page)).to_contain_text("does not let the page work without a network")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_panel_moves_nothing_and_fits(visit: Visits, width: int) -> None:
    page = visit.open(HERE, viewport={"width": width, "height": 800})
    expect(button(page, "Save this course")).to_be_visible()
    assert moved(page) + sideways(page) == []


# --- The network goes away --------------------------------------------------------------------------------------------


def test_when_the_network_goes_away_the_open_page_works_on_and_python_comes_when_it_is_back(visit: Visits) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.open(PAGES["lora-rank"])
    page.context.set_offline(True)
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")
    answer(page.locator("#quiz-lora"), {"id": "why-cheaper", "kind": "single"}, ["few-states"])
    # One setting alone: a second one would be asked for on its own, and perhaps with the network back.
    widget.locator("[name=rank]").fill(NOT_PREPARED["rank"])
    line = widget.locator(":scope > .ft-status")
    expect(line).to_contain_text("What you entered is kept")
    page.context.set_offline(False)
    line.locator("[data-action=retry]").click()
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("lora-rank", rank=NOT_PREPARED["rank"])
    page.reload()
    result = page.locator("#quiz-lora [data-part=why-cheaper] .ft-question")
    expect(result).to_have_attribute("data-result", "right")


def test_once_python_is_there_it_answers_without_a_network(visit: Visits) -> None:
    visit.expected.append("Failed to load resource")  # the chart library: a chart says so, and its table is there
    page = visit.open(f"{PAGES['lora-rank']}?lora-rank.rank=7")
    widget = page.locator("#lora-rank")
    widget.scroll_into_view_if_needed()
    expect(widget).to_have_attribute("data-state", "live")
    page.context.set_offline(True)
    ask_python(page)
    lab = page.locator("ft-widget[name=lora-lab]")
    lab.locator("[data-action=run]").first.click()
    expect(lab).to_have_attribute("data-state", "done", timeout=90_000)


# --- A newer version --------------------------------------------------------------------------------------------------


def test_an_update_loads_only_what_has_changed_and_a_half_one_changes_nothing(
    visit: Visits, host: Callable[[], StaticServer], copy: Path
) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.context(viewport={"width": 1280, "height": 900}).new_page()
    save(page, visit.origin + HERE)
    changed = publish_anew(copy)
    server = host()
    page.goto(f"{visit.origin}{PAGES['lora-rank']}")
    expect(page.locator("article")).to_contain_text("In one breath")
    expect(status(page)).to_contain_text("There is a newer version")
    assert violations(page) == []
    server.faults[next(name for name in changed if "python-" in name)] = "truncated"
    button(page, "Update").click()
    expect(button(page, "Try again")).to_be_visible()
    page.reload()
    expect(page.locator("article")).to_contain_text("In one breath")
    ask_python(page)
    server.faults.clear()
    server.requested.clear()
    page.goto(visit.origin + HERE)
    expect(status(page)).to_contain_text("There is a newer version")
    button(page, "Update").click()
    expect(status(page)).to_contain_text("up to date")
    assert {name for name in server.requested if name not in ("offline.json", WORKER)} <= changed
    host.close()  # type: ignore[attr-defined]
    page.goto(f"{visit.origin}{PAGES['lora-rank']}")
    expect(page.locator("article")).to_contain_text("In two breaths")
    ask_python(page)


def test_a_deployment_in_the_middle_of_saving_leads_to_a_whole_copy_of_the_new_version(
    visit: Visits, host: Callable[[], StaticServer], copy: Path
) -> None:
    server = host()
    page = visit.context().new_page()
    page.goto(visit.origin + HERE)
    server.bytes_per_second = 200_000
    button(page, "Save this course").click()
    page.wait_for_function("() => document.querySelector('.ft-offline progress').value > 1e5")
    publish_anew(copy)
    server.bytes_per_second = None
    visit.expected.append("Failed to load resource")
    expect(status(page)).to_contain_text("Saved for offline use")
    expect(status(page)).to_contain_text(json.loads((copy / LIST).read_text())["version"])
    host.close()  # type: ignore[attr-defined]
    page.goto(f"{visit.origin}{PAGES['lora-rank']}")
    expect(page.locator("article")).to_contain_text("In two breaths")


def test_a_reader_who_wants_to_hear_later_of_the_newer_version_is_not_asked_again(
    visit: Visits, host: Callable[[], StaticServer], copy: Path
) -> None:
    page = visit.context().new_page()
    save(page, visit.origin + HERE)
    publish_anew(copy)
    page.goto(f"{visit.origin}{PAGES['quiz']}")
    button(page, "Later").click()
    expect(page.locator(".ft-offline")).to_have_count(0)
    page.reload(wait_until="networkidle")
    expect(page.locator(".ft-offline")).to_have_count(0)
    page.goto(visit.origin + HERE)
    expect(button(page, "Update")).to_be_visible()


def test_where_nothing_can_be_noted_later_means_on_the_next_page(
    visit: Visits, host: Callable[[], StaticServer], copy: Path
) -> None:
    context = visit.context()
    context.add_init_script("""
      Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no", "SecurityError"); } });
    """)
    page = context.new_page()
    save(page, visit.origin + HERE)
    publish_anew(copy)
    page.goto(f"{visit.origin}{PAGES['quiz']}")
    button(page, "Later").click()
    expect(page.locator(".ft-offline")).to_have_count(0)
    page.reload()
    expect(button(page, "Later")).to_be_visible()


def test_after_a_new_deployment_an_open_page_says_what_to_do_and_keeps_everything(
    visit: Visits, host: Callable[[], StaticServer], copy: Path
) -> None:
    visit.expected.append("Failed to load resource")
    page = visit.context().new_page()
    page.goto(f"{visit.origin}{PAGES['lora-rank']}")
    quiz = page.locator("#quiz-lora")
    answer(quiz, {"id": "why-cheaper", "kind": "single"}, ["few-states"])
    page.goto(f"{visit.origin}{PAGES['lora-rank']}")
    publish_anew(copy)
    widget = page.locator("#lora-rank")
    for name, text in NOT_PREPARED.items():
        widget.locator(f"[name={name}]").fill(text)
    line = widget.locator(":scope > .ft-status")
    expect(line).to_contain_text("The course was updated since this page was opened.")
    line.get_by_role("button", name="Reload the page").click()
    expect(page.locator("article")).to_contain_text("In two breaths")
    widget.scroll_into_view_if_needed()
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget.locator("[data-part][aria-busy]")).to_have_count(0)
    assert figures_on_page(widget) == figures_from_python("lora-rank", **NOT_PREPARED)
    expect(quiz.locator("[data-part=why-cheaper] .ft-question")).to_have_attribute("data-result", "right")


def test_a_file_that_is_missing_without_a_new_deployment_is_no_reason_to_reload(
    visit: Visits, server: StaticServer
) -> None:
    visit.expected.append("Failed to load resource")
    server.faults["assets/course/python-*.js"] = "404"
    page = visit.open(PAGES["lora-rank"])
    widget = page.locator("#lora-rank")
    for name, text in NOT_PREPARED.items():
        widget.locator(f"[name={name}]").fill(text)
    expect(widget.locator(":scope > .ft-status [data-action=retry]")).to_be_visible()
    until_asked(server, "assets/course/manifest.json")  # whether there is a newer version
    page.wait_for_load_state("networkidle")
    expect(widget.locator(":scope > .ft-status")).not_to_contain_text("updated")


# --- Plain http from another computer ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stranger(chromium: Browser, chromium_executable: str) -> Iterator[Browser]:
    """Start a Chromium for which this computer has a name in the network: no trustworthy origin, as in a classroom."""
    rules = "--host-resolver-rules=MAP classroom.test 127.0.0.1"
    browser = chromium.browser_type.launch(executable_path=chromium_executable, args=["--no-sandbox", rules])
    yield browser
    browser.close()


@pytest.fixture
def classroom(stranger: Browser, server: StaticServer) -> Iterator[tuple[BrowserContext, str]]:
    """Open the built site over plain http under a name; give the context and the site's address."""
    address = server.url.replace("127.0.0.1", "classroom.test")
    visits = Visits(stranger, address)
    yield visits.context(), address
    for context in visits.contexts:
        context.close()
    assert visits.foreign == []
    assert visits.errors == []


def test_over_plain_http_python_answers_and_labs_train(classroom: tuple[BrowserContext, str]) -> None:
    context, address = classroom
    page = context.new_page()
    page.goto(address + PAGES["lora-rank"])
    assert page.evaluate("() => isSecureContext || 'caches' in window || !!navigator.serviceWorker") is False
    ask_python(page)
    page.goto(f"{address}lessons/sft.html")
    lab = page.locator("ft-widget[name=sft-lab]")
    lab.locator("[data-action=run]").first.click()
    expect(lab).to_have_attribute("data-state", "done", timeout=90_000)
    expect(lab.locator(":scope > .ft-status")).to_contain_text("lasts only until you leave the page")
    expect(lab.locator(".ft-plot .main-svg").first).to_be_attached()
    page.locator(".md-search__input").fill("Bradley-Terry")
    page.locator(".md-search-result__link").first.wait_for()
    page.goto(address + PAGES["quiz"])
    answer(page.locator("#quiz-module"), QUESTIONS[0], right_answer(QUESTIONS[0]))
    page.reload()
    expect(page.locator(f"#quiz-module [data-part={QUESTIONS[0]['id']}] .ft-question")).to_have_attribute(
        "data-result", "right"
    )


def test_over_plain_http_the_panel_says_why_nothing_can_be_saved(classroom: tuple[BrowserContext, str]) -> None:
    context, address = classroom
    page = context.new_page()
    page.goto(address + HERE)
    expect(status(page)).to_contain_text("because it begins with http, not https")
    page.goto(f"{address}about/privacy.html")
    forget_all(page)


# --- The archive ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unpacked(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that a teacher gets from the archive."""
    folder = tmp_path_factory.mktemp("archive")
    with zipfile.ZipFile(write_archive(built_site, folder)) as archive:
        archive.extractall(folder)
    return folder / archive_name()


@pytest.fixture
def python_server(unpacked: Path) -> Iterator[str]:
    """Serve the folder with the command that the words to read first name; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, cwd=unpacked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(100):
            try:
                urlopen(address).close()
                break
            except URLError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def test_the_unpacked_archive_works_from_pythons_own_server(visit: Visits, python_server: str) -> None:
    visit.origin = python_server
    page = visit.context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{python_server}READ-ME-FIRST.html")
    page.get_by_role("link", name="Open the course").click()
    page.locator("article a", has_text="LoRA").first.click()
    page.wait_for_url("**/lessons/lora.html")
    ask_python(page)
    page.locator(".md-search__input").fill("double quantization")
    page.locator(".md-search-result__link").first.wait_for()


def test_the_unpacked_archive_reads_as_files_and_says_what_does_not_work(visit: Visits, unpacked: Path) -> None:
    page = visit.context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto((unpacked / "READ-ME-FIRST.html").as_uri())
    page.get_by_role("link", name="Open the course").click()
    expect(page.locator(".ft-file-notice")).to_contain_text("Python, training, charts and search do not")
    expect(page.locator("[data-offline]")).to_contain_text("is offline already")
    expect(page.locator(".md-search__input").first).not_to_be_visible()
    page.locator("article a", has_text="LoRA").first.click()
    page.wait_for_url("file://**/lessons/lora.html")
    widget = page.locator("#lora-rank")
    widget.locator("[name=rank]").fill("16")
    expect(widget.locator("[data-metric=trainable_params]").first).to_have_text("8,388,608")
    quiz = page.locator("#quiz-lora")
    answer(quiz, {"id": "why-cheaper", "kind": "single"}, ["few-states"])
    expect(quiz.locator("[data-part=why-cheaper] .ft-question")).to_have_attribute("data-result", "right")
    page.locator("a.md-footer__link--next").click()
    page.wait_for_url("file://**/lessons/qlora.html")
    for plot in page.locator(".ft-plot[data-figure]").all():
        expect(plot).to_contain_text("numbers stand in the table")
    page.locator("a.md-logo").first.click()
    page.wait_for_url("file://**/index.html")
    expect(page.locator("[data-progress=lora]")).not_to_be_empty()


def test_each_link_between_the_files_leads_to_a_page_not_to_a_folder(unpacked: Path) -> None:
    names = {entry["path"] for entry in json.loads((unpacked / "offline.json").read_text())["files"]}
    assert names
    for name in names:
        assert (unpacked / name).is_file(), name
        if not name.endswith(".html") or name == "404.html":
            continue
        html = re.sub(r"<(pre|code|script)\b.*?</\1>", "", (unpacked / name).read_text(encoding="utf-8"), flags=re.S)
        for link in re.findall(r'<a\b[^>]*?\shref="?([^"\s>]*)', html):
            path = link.partition("#")[0].partition("?")[0]
            if path and "://" not in path and not path.startswith("mailto:"):
                assert ((unpacked / name).parent / path).is_file(), (name, link)
