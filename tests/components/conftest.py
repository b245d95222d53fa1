"""A real Chromium and the built site for the tests of what is on the pages.

``chromium`` is one browser for the whole session; ``visit`` opens pages in it and watches them: at the end of the
test it fails if a page has logged an error or asked another origin, unless the test says that this is expected.

CPython stands in for the browser's Python (:mod:`tests.components.stand_in`), unless a test is marked ``python``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.browsers import chromium_shell_path
from tests.components.stand_in import Pythons, StandIn, standing_in
from tests.fork import edit, make_fork, run_widgets
from tests.site_server import StaticServer, serving

PATIENCE_MS = 45_000
"""For everything that Python has to answer: it starts in about two seconds, but test machines are busy."""

ADDRESS = "https://somebody.example/courses/tuning/"
PREFIX = "/courses/tuning/"
TWICE = """
```widget
name: lora-rank
id: second
rank: 64
model: microsoft/phi-2
```

```widget
name: human-rater
id: taste
```

```widget
name: human-rater
id: same-taste
```

## Traps"""
"""What the fork has in its lesson on LoRA besides."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, chromium_executable: str) -> Iterator[Browser]:
    """Start Chromium, without a GPU (the emulated one takes an eighth of all the time) and, if it can be, a window."""
    program = chromium_shell_path() or chromium_executable
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pythons]:
    """Start the CPython from which the stand-ins for the browser's Python are forked."""
    started = Pythons(tmp_path_factory.mktemp("pythons"))
    yield started
    started.close()


@pytest.fixture
def stand_in(request: pytest.FixtureRequest) -> Iterator[StandIn | None]:
    """Stand in for the browser's Python for one test; None for a test that is marked ``python``."""
    if request.node.get_closest_marker("python"):
        yield None
        return
    with standing_in(request.getfixturevalue("pythons")) as standing:
        yield standing


@pytest.fixture
def make_server(built_site: Path, stand_in: StandIn | None) -> Iterator[Callable[..., StaticServer]]:
    """Serve a folder, by default the built site, under any prefix: ``make_server(prefix="/a/b/")``."""
    with ExitStack() as stack:

        def start(folder: Path = built_site, prefix: str = "/") -> StaticServer:
            state = stack.enter_context(serving(folder, prefix))
            state.instead = stand_in
            return state

        yield start


@pytest.fixture
def server(make_server: Callable[..., StaticServer]) -> StaticServer:
    """Serve the built site for one test; faults and speed are set on it."""
    return make_server()


THEMES_CLOCK = "executing a cancelled action"
"""What the theme's timers may say where a test lets the page's clock run."""


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
    uncaught: list[str] = field(default_factory=lambda: [THEMES_CLOCK])
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

    def close(self) -> None:
        """Close every page."""
        for context in self.contexts:
            context.close()

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
    visits.close()
    visits.check()


@pytest.fixture(scope="session")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a fork of the course whose lesson on LoRA places a second explorer and two human raters."""
    folder = make_fork(tmp_path_factory.mktemp("hosting") / "course")
    edit(folder / "docs" / "lessons" / "lora.md", "\n## Traps", TWICE)
    return folder


@pytest.fixture(scope="session")
def elsewhere(fork: Path) -> Path:
    """Give the fork's site, built for its own address."""
    done = run_widgets(fork, "build", "--out", "site-elsewhere", SITE_URL=ADDRESS)
    assert done.returncode == 0, done.stdout + done.stderr
    return fork / "site-elsewhere"


@pytest.fixture(scope="session")
def by_zensical(fork: Path) -> Path:
    """Give the fork's site as Zensical builds it from the same sources."""
    if importlib.util.find_spec("zensical") is None:
        pytest.fail("Zensical is not installed; run: .venv/bin/python -m pip install -r requirements/test.txt")
    done = run_widgets(fork, "build", "--generator", "zensical", "--out", "site-zensical", SITE_URL=ADDRESS)
    assert done.returncode == 0, done.stdout + done.stderr
    return fork / "site-zensical"
