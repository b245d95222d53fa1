"""The self-test of the built site: the same losses and the same bytes in three engines as outside of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.engines.driver import Driver
from tests.browser.engines.self_test import LEARNING_RATE, STEPS, TOLERANCE, fill, native_losses, order_for
from tests.browser.engines.self_test import pages_with_widgets as pages_of
from tests.browser.server import StaticServer, serving
from widgets.core.registry import MODULES
from widgets.gallery.labs.runs import from_text
from widgets.site.wheel import SIDE_MODULES

pytestmark = pytest.mark.browser

PLAIN, RELAXED = sorted(SIDE_MODULES, key=len)
TRAIN = "async (script, order) => (await import(script)).train(order)"
COMPARE = "async (script, site, pages) => (await import(script)).compareWithPages(site, pages)"


@pytest.fixture(scope="module")
def self_test_server(built_site: Path, tmp_path_factory: pytest.TempPathFactory):
    """Serve the built site under a sub-path, and the self-test beside it."""
    folder = tmp_path_factory.mktemp("self-test")
    fill(folder, built_site)
    with serving(folder) as server:
        yield server


def trained(browser: Driver, server: StaticServer, site: Path, refused: str) -> dict[str, Any]:
    """Train in a page of the site; give what ``train`` in ``self_test.js`` gives, the runs read."""
    server.page_start = browser.page_start
    browser.open(f"{server.url}course/lessons/sft.html")
    order = {**order_for(site), "site": f"{server.url}course/", "refused": refused}
    result = browser.evaluate(TRAIN, f"{server.url}self_test.js", order)
    [result["run"]] = from_text(result["runs"])
    return result


def test_twenty_steps_have_the_native_losses(browser: Driver, self_test_server: StaticServer, built_site: Path) -> None:
    best = PLAIN if browser.name == "webkit" else RELAXED
    for refused in ("", RELAXED) if best == RELAXED else ("",):
        result = trained(browser, self_test_server, built_site, refused)
        run = result["run"]
        assert (run.settings["steps"], run.settings["learning_rate"]) == (str(STEPS), str(LEARNING_RATE))
        assert [step for step, _ in run.curve] == list(range(1, STEPS + 1))
        assert [loss for _, loss in run.curve] == pytest.approx(native_losses(), abs=TOLERANCE)
        assert (PLAIN if refused else best) in result["kernels"]
        assert (RELAXED in result["kernels"]) == (best == RELAXED and not refused)


def test_the_pages_hold_the_bytes_that_the_browsers_python_gives(
    browser: Driver, self_test_server: StaticServer, built_site: Path
) -> None:
    self_test_server.page_start = browser.page_start
    browser.open(f"{self_test_server.url}course/lessons/sft.html")
    site = f"{self_test_server.url}course/"
    result = browser.evaluate(COMPARE, f"{self_test_server.url}self_test.js", site, pages_of(built_site))
    assert result["different"] == []
    assert set(result["compared"]) == set(MODULES)
