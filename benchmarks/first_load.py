"""What a lesson costs before anything is touched, beside the same Markdown built with Material alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browsers import DESKTOP, LOAD_FIGURES, PHONE, SLOWDOWN, new_page
from benchmarks.measuring import Measured, in_turn
from benchmarks.plain import plain_site
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import Served, files_below, serving
from widgets.site.sources.folders import DOCS

PAINTED = ("lessons/lora.html", "lessons/which-method.html", "lessons/summary-and-quiz.html")
"""Pages whose largest paint is timed, each many times."""


def lesson_pages() -> list[str]:
    """List the built pages of the lessons, in the order of their files."""
    return [f"lessons/{path.stem}.html" for path in sorted((DOCS / "lessons").glob("*.md"))]


def load(browser: Browser, served: Served, path: str, size: tuple[int, int] = DESKTOP) -> Mapping[str, float]:
    """Load a page once, as fast as it goes; give kilobytes as sent, requests and layout shift."""
    with new_page(browser, size) as page:
        before, asked = served.link.sent, len(served.link.names)
        page.goto(served.url + path, wait_until="load")
        figures = page.evaluate(LOAD_FIGURES)
        requests = len(served.link.names) - asked
        return {"kilobytes": (served.link.sent - before) / 1000, "requests": requests, "shift": figures["shift"]}


def paint(browser: Browser, served: Served, path: str) -> Mapping[str, float]:
    """Load a page on a slow link and a slow processor; give milliseconds until its largest part is painted."""
    with new_page(browser, PHONE, slowdown=SLOWDOWN) as page:
        page.goto(served.url + path, wait_until="load", timeout=120_000)
        return {"lcp_ms": float(page.evaluate(LOAD_FIGURES)["lcp_ms"])}


def measure(browser: Browser, site: Path, runs: int) -> list[Section]:
    """Measure bytes, layout shift and largest paint of the lessons."""
    sizes = Section(
        "First load: bytes", "Everything a page asks for before it is touched, texts gzipped by the server."
    )
    shifts = Section("First load: layout shift", "Cumulative layout shift while a lesson loads; the goal is none.")
    paints = Section(
        "First load: largest paint",
        f"Largest contentful paint on a phone: 1.6 Mbit/s, 150 ms, processor {SLOWDOWN} × slower, nothing cached.",
    )
    with plain_site() as plain, serving(files_below(site)) as ours, serving(files_below(plain)) as theirs:
        for path in lesson_pages():
            taken = in_turn(
                {
                    "course": lambda p=path: load(browser, ours, p),
                    "phone": lambda p=path: load(browser, ours, p, PHONE),
                    "plain": lambda p=path: load(browser, theirs, p),
                },
                1,
            )
            note = "; ".join(taken.failures.values())
            kilobytes, other = taken.get("course", "kilobytes"), taken.get("plain", "kilobytes")
            sizes.rows.append(Comparison(path, kilobytes, "kB", "plain Material", other, Goal("≤", 1.3), note))
            both = [taken.get(task, "shift") for task in ("phone", "course")]
            worst = Measured((max(one.high for one in both if one),)) if any(both) else None
            shifts.rows.append(Comparison(f"{path}, worse of 390 and 1280 px", worst, "", goal=Goal("≤", 0), note=note))
        ours.link.slow_down()
        theirs.link.slow_down()
        for path in PAINTED:
            taken = in_turn(
                {
                    "course": lambda p=path: paint(browser, ours, p),
                    "plain": lambda p=path: paint(browser, theirs, p),
                },
                runs,
            )
            note = "; ".join(taken.failures.values())
            lcp, other = taken.get("course", "lcp_ms"), taken.get("plain", "lcp_ms")
            paints.rows.append(Comparison(path, lcp, "ms", "plain Material", other, Goal("≤", 1.05), note))
    return [sizes, shifts, paints]
