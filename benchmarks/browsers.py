"""Chromium for the benchmarks: contexts with a slow processor, and what is measured inside a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browsers import ADVICE, chromium_path
from widgets.core.errors import BuildError

SLOWDOWN = 4
"""How much slower the processor is made where a slow device is meant."""
PHONE, DESKTOP = (390, 800), (1280, 900)

LOAD_FIGURES = """() => new Promise((resolve) => {
  const figures = { lcp_ms: 0, shift: 0 };
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  watch("largest-contentful-paint", (entry) => { figures.lcp_ms = entry.startTime; });
  watch("layout-shift", (entry) => { figures.shift += entry.value; });
  setTimeout(() => resolve(figures), 1000);
})"""
"""A second after loading: when the largest part was painted (milliseconds), and how much has moved."""


@lru_cache(maxsize=1)
def browser_path() -> str:
    """Give the path of Chromium; it cannot be looked for while one of Playwright's blocks is open.

    Raises:
        BuildError: If there is none.
    """
    path = chromium_path()
    if path is None:
        raise BuildError(ADVICE)
    return path


@contextmanager
def chromium() -> Iterator[tuple[Playwright, Browser]]:
    """Start Chromium, for the time of the block.

    Raises:
        BuildError: If there is none.
    """
    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield playwright, browser
        finally:
            browser.close()


@contextmanager
def new_page(browser: Browser, size: tuple[int, int] = DESKTOP, *, slowdown: int = 1) -> Iterator[Page]:
    """Open a page that knows nothing yet (no cache, no storage), its processor slowed down so many times."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    try:
        page = context.new_page()
        if slowdown > 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        yield page
    finally:
        context.close()
