"""The three engines, one after the other, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browsers import ENGINES, must_be_there
from tests.e2e.driver import Driver
from tests.e2e.start import start
from tests.site_server import StaticServer, serving


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long Python took to start in each engine."""
    passed = terminalreporter.getreports("passed")
    lines = [value for report in passed for name, value in report.user_properties if name == "starts of Python"]
    if lines:
        terminalreporter.section("starts of Python")
        for line in sorted(lines):
            terminalreporter.line(line)


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Driver]:
    """Start an engine's browser; skip its tests where it is missing, fail in continuous integration."""
    wanted = ENGINES[request.param]
    programs = wanted.programs()
    if programs is None:
        (pytest.fail if must_be_there(wanted) else pytest.skip)(wanted.advice)
    driver = start(wanted.name, programs, playwright)
    yield driver
    driver.close()


FORGET = """async () => {
  localStorage.clear();
  sessionStorage.clear();
  const files = await navigator.storage?.getDirectory?.();
  for await (const name of files?.keys() ?? []) await files.removeEntry(name, { recursive: true });
}"""
"""Takes away what a reader has left; the memory snapshot of Python stays."""


@pytest.fixture(scope="session")
def origin(built_site: Path, engine: Driver) -> Iterator[StaticServer]:
    """Serve the built site to an engine for all tests, so that it keeps one memory snapshot of Python."""
    with serving(built_site) as state:
        state.page_start = engine.page_start
        yield state


@pytest.fixture
def server(origin: StaticServer, engine: Driver) -> StaticServer:
    """Serve the built site to the engine for one test, to a reader who has left nothing."""
    origin.faults.clear()
    engine.open(f"{origin.url}404.html")
    engine.evaluate(FORGET)
    origin.requested.clear()
    origin.sent.clear()
    return origin


@pytest.fixture
def browser(engine: Driver) -> Iterator[Driver]:
    """Give the engine's browser to one test; the test fails if a page has logged an error."""
    engine.console_errors()
    yield engine
    assert engine.console_errors() == []
