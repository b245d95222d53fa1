"""The first action in each widget of a cold page on a slow network and a slow processor is answered at once.

``benchmarks/first_click.py`` measures the times; here Python never comes, so that whatever is answered did not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.browsers import new_page
from benchmarks.first_click import CLICKS, Click, bytes_until_live, first_click
from benchmarks.slow_link import BITS_PER_SECOND, LATENCY_SECONDS, files_below, serving
from tests.journeys import NO_PYTHON
from tests.site_server import StaticServer
from widgets.site.sources.folders import DOCS
from widgets.site.sources.pages import page_paths

pytestmark = pytest.mark.browser

PROMISED_BYTES = 160_000
PYTHON_BYTES = 5_500_000
"""Python, the course's package with its kernels and weights."""
PAGES = [path.relative_to(DOCS).with_suffix(".html").as_posix() for path in page_paths()]


@pytest.mark.parametrize("click", CLICKS, ids=[f"{click.widget} {click.until}" for click in CLICKS])
def test_the_first_action_is_answered_before_python_could_be(
    chromium: Browser, make_server: Callable[..., StaticServer], click: Click
) -> None:
    server = make_server()
    server.bytes_per_second, server.delay = BITS_PER_SECOND / 8, LATENCY_SECONDS
    server.faults.update(NO_PYTHON)
    assert first_click(chromium, server.url, click)["answer_ms"] > 0


def test_every_page_loads_in_so_many_bytes(chromium: Browser, built_site: Path) -> None:
    with ExitStack() as stack:
        opened = []
        for path in PAGES:  # each from a server of its own, so that all may load what they load late at the same time
            served = stack.enter_context(serving(files_below(built_site)))
            page = stack.enter_context(new_page(chromium))
            page.goto(served.url + path)
            opened.append((path, page, served.link))
        for path, page, link in opened:
            page.wait_for_load_state("networkidle")
            assert 0 < link.sent <= PROMISED_BYTES, (path, link.sent, link.names)


@pytest.mark.python
def test_python_costs_so_many_bytes_from_a_server_that_does_not_compress(
    chromium: Browser, make_server: Callable[..., StaticServer]
) -> None:
    server = make_server()
    sent = bytes_until_live(chromium, server.url, lambda: sum(server.sent.values()), CLICKS[1])
    assert any("wasm" in name for name in server.sent)
    assert sent <= PYTHON_BYTES, server.sent
