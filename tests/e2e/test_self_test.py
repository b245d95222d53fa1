"""The self-test of the built site: the same losses and the same bytes in three engines as outside of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.driver import Driver
from tests.e2e.self_test import (
    LEARNING_RATE,
    STEPS,
    TOLERANCE,
    fill,
    native_losses,
    order_for,
    pages_with_widgets,
)
from tests.site_server import StaticServer, serving
from widgets.gallery.labs.runs import from_text
from widgets.gallery.registry import MODULES
from widgets.site.assets.wheel import SIDE_MODULES

pytestmark = pytest.mark.browser

PLAIN, RELAXED = sorted(SIDE_MODULES, key=len)
WITH_RELAXED_SIMD = ("chromium", "firefox")
TRAIN = "async (script, order) => (await import(script)).train(order)"
START_AGAIN = "async (script, site) => (await import(script)).startAgain(site, 1)"
TRY_POLICY = "async (script, site, foreign) => (await import(script)).tryPolicy(site, foreign)"
HELD = {"eval": "EvalError", "Function": "EvalError", "foreign fetch": "TypeError", "own fetch": "done"}
"""What the policy makes of the attempts in the worker."""
COMPARE = "async (script, site, pages) => (await import(script)).compareWithPages(site, pages)"


@dataclass(frozen=True)
class Outcome:
    """What the self-test gave in one engine.

    Attributes:
        engine: Its name.
        trained: The build of the kernels that was refused ("" for none) → what ``train`` in ``self_test.js`` gives.
        starts: What ``startAgain`` there gives.
        pages: What ``compareWithPages`` there gives.
    """

    engine: str
    starts: list[dict[str, Any]]
    trained: Mapping[str, dict[str, Any]]
    pages: dict[str, Any]


@pytest.fixture(scope="module")
def outcome(engine: Driver, built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Serve the built site under a sub-path, the self-test beside it, and run it in a page of the site."""
    folder = tmp_path_factory.mktemp("self-test")
    fill(folder, built_site)
    with serving(folder) as server:
        server.page_start = engine.page_start
        script, site = f"{server.url}self_test.js", f"{server.url}course/"
        trained = {}
        for refused in ["", RELAXED] if engine.name in WITH_RELAXED_SIMD else [""]:
            engine.open(f"{site}lessons/sft.html")
            trained[refused] = engine.evaluate(
                TRAIN, script, {**order_for(built_site), "site": site, "refused": refused}
            )
        engine.open(f"{site}lessons/sft.html")
        starts = engine.evaluate(START_AGAIN, script, site)
        pages = engine.evaluate(COMPARE, script, site, pages_with_widgets(built_site))
    yield Outcome(engine.name, starts, trained, pages)
    assert engine.console_errors() == []


def test_twenty_steps_have_the_native_losses_with_every_build_of_the_kernels(outcome: Outcome) -> None:
    for result in outcome.trained.values():
        [run] = from_text(result["runs"])
        assert (run.settings["steps"], run.settings["learning_rate"]) == (str(STEPS), str(LEARNING_RATE))
        assert list(run.steps) == list(range(1, STEPS + 1))
        assert list(run.curves["loss"]) == pytest.approx(native_losses(), abs=TOLERANCE)


def test_code_from_text_and_foreign_addresses_are_refused_in_the_worker_of_python(
    engine: Driver, built_site: Path, tmp_path: Path, make_server: Callable[..., StaticServer]
) -> None:
    fill(tmp_path, built_site)
    foreign = make_server(built_site)
    with serving(tmp_path) as server:
        engine.open(f"{server.url}course/lessons/sft.html")
        site = f"{server.url}course/"
        tried = engine.evaluate(TRY_POLICY, f"{server.url}self_test.js", site, f"{foreign.url}index.html")
        engine.console_errors()  # what was refused
    assert tried == HELD
    assert foreign.requested == []


def test_python_starts_from_a_memory_snapshot_from_the_second_time_on(
    outcome: Outcome, record_property: Callable[[str, object], None]
) -> None:
    assert outcome.starts[-1]["isRestored"]
    times = ", ".join(f"{start['milliseconds']:.0f} ms" for start in outcome.starts)
    record_property("starts of Python", f"{outcome.engine}, first from the files, then from the snapshot: {times}")


def test_relaxed_simd_is_used_where_the_browser_has_it(outcome: Outcome) -> None:
    for refused, result in outcome.trained.items():
        is_relaxed = outcome.engine in WITH_RELAXED_SIMD and not refused
        assert (RELAXED in result["kernels"]) == is_relaxed
        assert is_relaxed or PLAIN in result["kernels"]


def test_the_pages_hold_the_bytes_that_the_browsers_python_gives(outcome: Outcome) -> None:
    assert outcome.pages["different"] == []
    assert set(outcome.pages["compared"]) == set(MODULES)
