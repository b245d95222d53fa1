"""The page's scripts one by one in a real document, without a page of the course around them: ``*.dom.js``.

The tests are written in JavaScript, beside those that need no document; ``in_document.mjs`` says what they may use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from widgets.site.assets.bundles import bundle

pytestmark = [pytest.mark.browser]

TESTS = Path(__file__).parents[1] / "browser"
SITE = "https://course.example/course/"
ASSETS = f"{SITE}assets/course/"
NAMES = {
    "CLIENT_FILE": "python.js",
    "CONVERSATION_FILE": "conversation.js",
    "PLOT_FILE": "plot.js",
    "OFFLINE_FILE": "offline.js",
    "FILE_NOTICE_FILE": "file-notice.js",
    "import.meta.url": f"{ASSETS}offline.js",
}
STAND_INS = {
    "alias:plotly.js-basic-dist-min": str(TESTS / "chart" / "plotly.mjs"),
    "alias:pyodide/pyodide.asm.mjs": str(TESTS / "worker" / "pyodide.mjs"),
    "alias:pyodide": str(TESTS / "worker" / "pyodide.mjs"),
}
"""What the tests have in place of large libraries."""
CASES = [
    (file, name)
    for file in sorted(TESTS.glob("*/*.dom.js"))
    for name in re.findall(r'^test\("([^"]+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Bundle a file of tests with the scripts that it imports, each file once."""
    scratch = tmp_path_factory.mktemp("scripts")
    done: dict[Path, str] = {}

    def make(file: Path) -> str:
        if file not in done:
            done[file] = bundle(str(file), scratch, {"format": "iife", **STAND_INS}, NAMES).decode()
        return done[file]

    return make


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give an empty page whose uncaught errors fail the test."""
    context = chromium.new_context()
    opened = context.new_page()
    uncaught: list[str] = []
    opened.on("pageerror", lambda error: uncaught.append(str(error)))
    yield opened
    context.close()
    assert uncaught == []


def hold_site(page: Page, script: str) -> None:
    """Let the page be served by a site that has one lesson, one script, and the assets that the test puts there."""
    assets = {"course.js": script}
    asked: list[str] = []

    def answer(route: Route) -> None:
        request = route.request
        name = urlsplit(request.url).path.removeprefix(urlsplit(ASSETS).path)
        if request.url == f"{SITE}lessons/lora.html":
            route.fulfill(body='<!doctype html><body><script src="../assets/course/course.js"></script>')
        elif request.method == "OPTIONS":
            route.fulfill(body=json.dumps(asked))
        elif request.method == "PUT":
            assets[name] = request.post_data or ""
            route.fulfill()
        elif request.method == "DELETE":
            assets.pop(name, None)
            route.fulfill()
        else:
            if name != "course.js":
                asked.append(request.url.removeprefix(ASSETS))
            kind = "application/json" if name.endswith(".json") else "text/javascript"
            route.fulfill(status=200 if name in assets else 404, body=assets.get(name, ""), content_type=kind)

    page.route("**/*", answer)
    page.goto(f"{SITE}lessons/lora.html")


@pytest.mark.parametrize(("file", "name"), CASES, ids=[f"{file.name}: {name}" for file, name in CASES])
def test_script(page: Page, bundled: Callable[[Path], str], file: Path, name: str) -> None:
    hold_site(page, bundled(file))
    page.evaluate("(name) => runTest(name)", name)


def test_each_test_has_a_name_of_its_own_and_is_found() -> None:
    assert len(set(CASES)) == len(CASES)
    for file in {file for file, _ in CASES}:
        text = file.read_text(encoding="utf-8")
        assert len(re.findall(r"^\s*test\(", text, re.MULTILINE)) == sum(case == file for case, _ in CASES), file.name
