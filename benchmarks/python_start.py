"""From the reader's first action to Python's own answer: the first time, on the next visit, and in a new browser."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

from benchmarks.browsers import browser_path
from benchmarks.first_click import CLICKS, bytes_until_live, prepare
from benchmarks.measuring import Figures, in_turn
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import Served, files_below, serving

CLICK = CLICKS[0]
LIVE = """([selector]) => {
  const widget = document.querySelector(selector);
  let start;
  addEventListener("keydown", (event) => { start ??= event.timeStamp; }, { capture: true });
  window.pythonLive = new Promise((resolve) => {
    new MutationObserver((_, eye) => {
      if (start === undefined || widget.dataset.state !== "live") return;
      eye.disconnect();
      resolve((performance.now() - start) / 1000);
    }).observe(widget, { attributes: true });
  });
}"""
SETTLING_MS = 6_000
"""After the first answer the page may keep what makes the next start quick; a reader stays at least as long."""


def live_seconds(page: Page, url: str) -> float:
    """Open the page, act, and give the seconds until Python itself has answered."""
    page.goto(url + CLICK.path, wait_until="networkidle")
    prepare(page, CLICK)
    page.wait_for_timeout(300)
    page.evaluate(LIVE, [f"#{CLICK.widget}"])
    CLICK.act(page)
    return float(page.evaluate("() => window.pythonLive"))


def three_starts(playwright: Playwright, url: str) -> Figures:
    """Start Python for the first time, again on the next visit, and in a new browser process, in seconds."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as profile:
        for process in ("first", "fresh"):
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=browser_path(), args=["--no-sandbox"]
            )
            try:
                page = context.new_page()
                figures[process] = live_seconds(page, url)
                page.wait_for_timeout(SETTLING_MS)
                if process == "first":
                    figures["again"] = live_seconds(page, url)
            finally:
                context.close()
    return figures


def measure(playwright: Playwright, browser: Browser, site: Path, runs: int) -> Section:
    """Measure the starts, and the bytes that the first one costs."""
    section = Section(
        "Python",
        "From the first action in `lora-rank` to Python's own answer, on a fast link; meanwhile the page has long "
        "answered from what travels with it. The bytes are counted at a server that does not compress.",
    )
    with serving(files_below(site), compresses=False) as served:
        taken = in_turn({"starts": lambda: three_starts(playwright, served.url)}, runs)
        sent = in_turn({"bytes": lambda: _megabytes(browser, served)}, 1)
    first, note = taken.get("starts", "first"), taken.failures.get("starts", "")
    section.rows += [
        Comparison("first start", first, "s", note=note),
        Comparison("next visit", taken.get("starts", "again"), "s", "first start", first, note=note),
        Comparison("next visit, seconds", taken.get("starts", "again"), "s", goal=Goal("≤", 0.5, "s"), note=note),
        Comparison("new browser process", taken.get("starts", "fresh"), "s", goal=Goal("≤", 0.7, "s"), note=note),
        Comparison(
            "bytes",
            sent.get("bytes", "megabytes"),
            "MB",
            goal=Goal("≤", 5.5, "MB"),
            note=sent.failures.get("bytes", ""),
        ),
    ]
    return section


def _megabytes(browser: Browser, served: Served) -> Mapping[str, float]:
    return {"megabytes": bytes_until_live(browser, served.url, lambda: served.link.sent, CLICK) / 1e6}
