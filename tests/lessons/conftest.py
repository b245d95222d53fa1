"""The listings that the selected tests are about are run once, two pages at a time, while tests wait for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lessons.checking import LONG_PAGES, Checks
from tests.lessons.environment import Environment, ListingsError, differences_from_pins, read_environment
from tests.lessons.report import Results, summary
from tests.lessons.script_runs import ScriptRuns
from tests.lessons.warm import Warm
from tests.lessons.whole_lessons import WholeLessons
from widgets.site.assets.notebooks import write_notebooks
from widgets.site.sources.listings import Listing, find_listings

BEGAN = time.monotonic()
RESULTS = pytest.StashKey[Results]()
collect_ignore = [
    "hub_cache.py",
    "library_names.py",
    "notebook_client.py",
    "warm_server.py",
    "signatures.py",
    "split_on_cpu.py",
]
LONG_LESSONS = [Path(page).stem for page in LONG_PAGES]


@pytest.fixture(scope="session")
def environment() -> Environment:
    """Give the environment with torch; a missing or wrong one is said in one line."""
    try:
        found = read_environment()
    except ListingsError as error:
        pytest.fail(str(error), pytrace=False)
    wrong = differences_from_pins(found)
    if wrong:
        pytest.fail(f"{found.python.parents[1].name} has {'; '.join(wrong)}: make test-lessons", pytrace=False)
    return found


def wanted(items: list[pytest.Item], listings: list[Listing]) -> list[Listing]:
    """Keep the listings that tests are about, and those before them on the same page."""
    chosen = [item.callspec.params["listing"] for item in items if "listing" in getattr(item, "callspec", _NONE).params]
    titles = {marker.args[0] for item in items for marker in item.iter_markers("printed_by")}
    chosen += [listing for listing in listings if listing.title in titles and listing.kind == "run"]
    return [item for item in listings if any(item.page == other.page and item.line <= other.line for other in chosen)]


class _NONE:
    params: dict[str, object] = {}  # noqa: RUF012 - stands in for a test without parameters


@pytest.fixture(scope="session")
def warm(environment: Environment) -> Iterator[Warm]:
    """Start the processes that have imported the libraries."""
    try:
        processes = Warm(environment)
    except ListingsError as error:
        pytest.fail(str(error), pytrace=False)
    yield processes
    processes.close()


@pytest.fixture(scope="session", autouse=True)
def everything_has_begun(request: pytest.FixtureRequest) -> None:
    """Begin at once with all that the selected tests will wait for, the longest first, so that no core waits."""
    for name in ("checks", "whole_lessons", "script_runs"):
        if any(name in getattr(item, "fixturenames", ()) for item in request.session.items):
            with suppress(pytest.fail.Exception):  # said by the tests that need it
                request.getfixturevalue(name)


@pytest.fixture(scope="session")
def whole_lessons(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> WholeLessons:
    """Begin to run every notebook."""
    files = {path.stem: path for path in write_notebooks(tmp_path_factory.mktemp("code")) if path.suffix == ".ipynb"}
    return WholeLessons([files[name] for name in sorted(files, key=lambda name: name not in LONG_LESSONS)], warm)


@pytest.fixture(scope="session")
def script_runs(request: pytest.FixtureRequest, warm: Warm) -> ScriptRuns:
    """Begin to run the scripts of the script builder that the selected tests are about."""
    parameters = [getattr(getattr(item, "callspec", _NONE), "params", {}) for item in request.session.items]
    return ScriptRuns(dict.fromkeys(found["settings"] for found in parameters if "settings" in found), warm)


@pytest.fixture(scope="session")
def checks(request: pytest.FixtureRequest, environment: Environment, warm: Warm) -> Iterator[Checks]:
    """Begin to check the listings that the selected tests need."""
    try:
        running = Checks(wanted(request.session.items, find_listings()), environment, warm=warm)
    except ListingsError as error:
        pytest.fail(str(error), pytrace=False)
    yield running
    request.config.stash[RESULTS] = running.finished()
    running.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say, where listings were run, what came of them and how long the tests took."""
    results = config.stash.get(RESULTS, None)
    if results is not None:
        terminalreporter.section("listings of the lessons")
        terminalreporter.write_line(summary(results, time.monotonic() - BEGAN))


@pytest.fixture
def printed(request: pytest.FixtureRequest, checks: Checks) -> str:
    """Give what the listing named by the test's ``printed_by`` mark printed."""
    title = request.node.get_closest_marker("printed_by").args[0]
    listing = next(item for item in checks.listings if item.title == title)
    outcome = checks.outcome(listing)
    if outcome.status != "passed":
        pytest.fail(f"{listing.place} did not run", pytrace=False)
    return outcome.output


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Give the path of a page of a lesson, in a folder of documents of its own."""
    path = tmp_path / "docs" / "lessons" / "made-up.md"
    path.parent.mkdir(parents=True)
    return path
