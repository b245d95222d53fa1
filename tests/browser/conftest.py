"""A real Chromium and the built site for the tests.

``chromium`` is one browser for the whole session; ``visit`` opens pages in it and watches them: at the end of the
test it fails if a page has logged an error or asked another origin, unless the test says that this is expected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.install import ADVICE, chromium_path
from tests.browser.server import StaticServer, serving
from widgets.site.sources.folders import ROOT

PATIENCE_MS = 45_000
"""For everything that Python has to answer: it starts in about two seconds, but test machines are busy."""

expect.set_options(timeout=PATIENCE_MS)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long Python took to start in each engine (tests/browser/engines)."""
    passed = terminalreporter.getreports("passed")
    lines = [value for report in passed for name, value in report.user_properties if name == "starts of Python"]
    if lines:
        terminalreporter.section("starts of Python")
        for line in sorted(lines):
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the built site: ``FT_SITE``, or ``site/``, or a fresh build where there is neither."""
    folder = Path(os.environ.get("FT_SITE", ROOT / "site"))
    if not (folder / "index.html").is_file():
        from widgets.site.assets.bundles import COURSE_ASSETS, build_assets
        from widgets.site.publish.build import build_site

        folder = tmp_path_factory.mktemp("built") / "site"
        if not COURSE_ASSETS.is_dir():
            build_assets()
        build_site(folder)
    return folder


@pytest.fixture(scope="session")
def chromium_executable() -> str:
    """Give the path of Chromium: Playwright's own if it is installed, else the system's."""
    path = chromium_path()
    if path is None:
        pytest.fail(ADVICE)
    return path


@pytest.fixture(scope="session")
def playwright(chromium_executable: str) -> Iterator[Playwright]:
    """Start Playwright, once for all tests of a process; the search for Chromium starts one too, so it comes first."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, chromium_executable: str) -> Iterator[Browser]:
    """Start Chromium, without a GPU: the emulated one takes an eighth of all the time."""
    browser = playwright.chromium.launch(executable_path=chromium_executable, args=["--no-sandbox", "--disable-gpu"])
    yield browser
    browser.close()


@pytest.fixture
def server(built_site: Path) -> Iterator[StaticServer]:
    """Serve the built site for one test; faults and speed are set on it."""
    with serving(built_site) as state:
        yield state


@dataclass
class Visits:
    """The pages that a test has opened, and what they did.

    Attributes:
        origin: Where the site is served; every other origin is foreign.
        errors: Errors in the console and uncaught ones, without those that are expected.
        foreign: Addresses of other origins that were asked for (they are not answered).
        expected: Parts of messages that are allowed to be logged; they excuse no uncaught error.
        uncaught: Parts of errors, and of promises that were rejected, which nobody has to catch: those of the theme.
    """

    browser: Browser
    origin: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    uncaught: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "index.html", **options: Any) -> Page:
        """Open a page of the site in a context of its own; the options are Playwright's for a context."""
        page = self.context(**options).new_page()
        page.goto(path if "://" in path else f"{self.origin}{path}")
        return page

    def context(self, **options: Any) -> BrowserContext:
        """Make a watched context: storage of its own, nothing from other origins."""
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        context.on("request", lambda request: self._note(request.url))
        context.on("console", lambda message: self._log(message.text, self.expected, message.type))
        context.on("weberror", lambda error: self._log(f"uncaught: {error.error}", self.uncaught))
        context.set_default_timeout(PATIENCE_MS)
        return context

    def _note(self, address: str) -> None:
        host = "/".join(self.origin.split("/")[:3])  # a blob's address names the host only, not the site's folder
        if not address.startswith((self.origin, "data:", f"blob:{host}", "file:", "blob:null", "blob:file:")):
            self.foreign.append(address)

    def _log(self, text: str, expected: list[str], kind: str = "error") -> None:
        if kind == "error" and not any(part in text for part in expected):
            self.errors.append(text)

    def check(self) -> None:
        """Fail if a page has logged an error or asked another origin, and nobody said that this is expected."""
        assert all(part.strip() for part in self.expected + self.uncaught), "an empty part would excuse everything"
        assert self.foreign == []
        assert self.errors == []


@pytest.fixture
def visit(chromium: Browser, server: StaticServer) -> Iterator[Visits]:
    """Open pages of the built site and watch them."""
    visits = Visits(chromium, server.url)
    yield visits
    for context in visits.contexts:
        context.close()
    visits.check()


@pytest.fixture
def make_server(built_site: Path) -> Iterator[Callable[..., StaticServer]]:
    """Serve a folder, by default the built site, under any prefix: ``make_server(prefix="/a/b/")``."""
    running = []

    def start(folder: Path = built_site, prefix: str = "/") -> StaticServer:
        manager = serving(folder, prefix)
        running.append(manager)
        return manager.__enter__()

    yield start
    for manager in running:
        manager.__exit__(None, None, None)
