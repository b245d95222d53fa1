"""What a page of the course costs before and at the first click: ``python -m benchmarks.first_click [--site site]``.

Four tables are printed:

1. Milliseconds from the reader's first action in each widget to what it shows for it: the answer, or for a setting that
   is not prepared the sign that it is being worked out. Cold page, 1.6 Mbit/s and 150 ms, a processor 4 times slower.
   (The browser's throttle does not reach the worker, so the server sends as slowly.)
2. Bytes of a page's first load, gzip, against the same Markdown built with Material alone: no extension of the course,
   no widgets, no style sheet and no script of its own.
3. Cumulative layout shift of each lesson on a phone and on a desktop.
4. Bytes from the first action to Python's first answer, from a server that does not compress.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.install import ADVICE, chromium_path
from tests.browser.server import StaticServer, serving
from widgets.site.folders import DOCS, ROOT
from widgets.site.pages import page_paths

BYTES_PER_SECOND = 1_600_000 / 8
LATENCY_MS = 150
SLOWDOWN = 4
COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".xml", ".txt")
"""What any web server compresses; the other files are sent as they are."""

PLAIN = """
site_name: Fine-Tuning LLMs
use_directory_urls: false
theme: {name: material, font: false, features: [navigation.footer, navigation.top, navigation.tracking, toc.follow,
  content.code.copy, content.code.annotate, search.suggest]}
plugins: [search]
exclude_docs: "includes/\\ndiagrams/\\nbibliography/\\n"
markdown_extensions: [abbr, admonition, attr_list, def_list, md_in_html, tables, {toc: {permalink: true}},
  pymdownx.details, pymdownx.highlight, pymdownx.inlinehilite, pymdownx.superfences,
  {pymdownx.tabbed: {alternate_style: true}},
  {pymdownx.snippets: {base_path: ["."]}}]
"""
"""Material with the Markdown extensions of the course that come with it."""

ARM = """([selector, until]) => {
  const widget = document.querySelector(selector);
  const shown = () => JSON.stringify([
    [...widget.querySelectorAll("data")].map((d) => d.value),
    [...widget.querySelectorAll("[data-result]")].map((d) => d.dataset.result),
    widget.querySelector(".ft-count")?.textContent,
  ]);
  const before = shown();
  const isThere = () => until === "answered" ? shown() !== before : widget.querySelector("[aria-busy=true], progress");
  let start;
  const begin = (event) => { start = event.timeStamp; };
  for (const type of ["pointerup", "keydown", "input"]) {
    addEventListener(type, begin, { capture: true, once: type !== "input" });
  }
  window.firstClick = new Promise((resolve) => {
    const eye = new MutationObserver(() => {
      if (start === undefined || !isThere()) return;
      eye.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    eye.observe(widget, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}"""

SHIFT = """() => new Promise((resolve) => {
  let shift = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(shift), 800);
})"""


@dataclass(frozen=True)
class Click:
    """The first thing that a reader does in a widget.

    Attributes:
        widget: Id of the widget on its page.
        path: The page.
        what: What is done, in words.
        until: ``answered``, or ``acknowledged`` for a setting that is not prepared.
        act: Does it.
    """

    widget: str
    path: str
    what: str
    until: str
    act: Callable[[Page], None]


def _press(selector: str, key: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(selector).focus()
        page.keyboard.press(key)

    return act


def _type(selector: str, text: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(selector).select_text()
        page.keyboard.insert_text(text)

    return act


def _click(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).first.click()


CHECK = "#quiz-module [data-action=check]"
CLICKS = (
    Click("lora-rank", "lessons/lora.html", "rank slider one stop up", "answered",
          _press("#lora-rank [data-mirror=rank]", "ArrowRight")),
    Click("lora-rank", "lessons/lora.html", "rank 13 typed", "acknowledged", _type("#lora-rank [name=rank]", "13")),
    Click("human-rater", "lessons/rlhf.html", "“A is better”", "answered", _click("#human-rater [data-action=vote-a]")),
    Click("method-comparison", "lessons/which-method.html", "a method left out", "answered",
          _click("#method-comparison [name=methods]")),
    Click("method-comparison", "lessons/which-method.html", "context of 700 typed", "acknowledged",
          _type("#method-comparison [name=context_length]", "700")),
    Click("quiz-module", "lessons/summary-and-quiz.html", "an answer checked", "answered", _click(CHECK)),
)  # fmt: skip


def prepare(page: Page, click: Click) -> None:
    """Do what comes before the first action: bring it into view, choose an answer of the quiz."""
    page.locator(f"#{click.widget}").scroll_into_view_if_needed()
    if click.widget == "quiz-module":
        page.locator("#quiz-module input").first.check()


def first_click_ms(browser: Browser, server: StaticServer, click: Click) -> float:
    """Measure one first action on a cold, slow page, in milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        speed = {"latency": LATENCY_MS, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", {"offline": False, **speed})
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.goto(server.url + click.path)
        page.locator(f"#{click.widget}[data-upgraded]").wait_for()
        prepare(page, click)
        page.wait_for_timeout(500)
        page.evaluate(ARM, [f"#{click.widget}", click.until])
        click.act(page)
        return float(page.evaluate("() => window.firstClick"))
    finally:
        context.close()


def first_load(browser: Browser, server: StaticServer, path: str) -> dict[str, int]:
    """Load a page once, touch nothing, and give the bytes of each file as a compressing server would send them."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        server.requested.clear()
        page.goto(server.url + path, wait_until="load")
        page.wait_for_timeout(700)
        names = [name for name in dict.fromkeys(server.requested) if (server.folder / name).is_file()]
        return {name: transferred(server.folder / name) for name in names}
    finally:
        context.close()


def transferred(file: Path) -> int:
    """Give the bytes in which a file is sent by a server that compresses texts (gzip, level 6)."""
    data = file.read_bytes()
    return len(gzip.compress(data, 6)) if file.suffix in COMPRESSED else len(data)


def layout_shift(browser: Browser, server: StaticServer, path: str, width: int) -> float:
    """Measure how much of a page moves while it loads."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    try:
        page = context.new_page()
        page.goto(server.url + path)
        return float(page.evaluate(SHIFT))
    finally:
        context.close()


def bytes_until_live(browser: Browser, server: StaticServer, click: Click) -> dict[str, int]:
    """Give the bytes of each file sent from the first action to Python's answer."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(server.url + click.path)
        prepare(page, click)
        page.wait_for_timeout(500)
        server.sent.clear()
        click.act(page)
        page.locator(f"#{click.widget}[data-state=live]").wait_for(timeout=60_000)
        return dict(server.sent)
    finally:
        context.close()


@contextmanager
def plain_site() -> Iterator[Path]:
    """Build the same Markdown with Material alone."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        shutil.copytree(DOCS, project / "docs", ignore=shutil.ignore_patterns("assets"))
        (project / "widgets").symlink_to(ROOT / "widgets")
        (project / "mkdocs.yml").write_text(PLAIN, encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "--quiet", "build", "--site-dir", str(project / "site")]
        subprocess.run(command, cwd=project, check=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
        yield project / "site"


def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table as Markdown."""
    print(f"\n### {title}\n")
    for cells in (head, ("---",) * len(head), *rows):
        print(f"| {' | '.join(map(str, cells))} |")


def print_clicks(browser: Browser, site: Path, runs: int) -> None:
    """Measure and print the first actions."""
    rows: list[tuple[object, ...]] = []
    with serving(site) as server:
        server.bytes_per_second, server.delay = BYTES_PER_SECOND, LATENCY_MS / 1000
        for click in CLICKS:
            times = sorted(first_click_ms(browser, server, click) for _ in range(runs))
            rows.append((click.widget, click.what, click.until, f"{statistics.median(times):.0f}", f"{times[-1]:.0f}"))
    head = ("widget", "first action", "shown", "median ms", "worst ms")
    table(f"First action, 1.6 Mbit/s, 150 ms, processor {SLOWDOWN} × slower, {runs} runs", head, rows)


def print_loads(browser: Browser, site: Path, pages: list[str]) -> None:
    """Measure and print the bytes of first loads and the layout shift."""
    rows: list[tuple[object, ...]] = []
    shifts: list[tuple[object, ...]] = []
    with plain_site() as plain, serving(site) as ours, serving(plain) as theirs:
        for page in pages:
            course, material = first_load(browser, ours, page), first_load(browser, theirs, page)
            html = course.get(page, 0), material.get(page, 0)
            sums = sum(course.values()), sum(material.values())
            rows.append((page, *(f"{size / 1000:.1f}" for size in (sums[0], html[0], sums[1], html[1])), len(course)))
            shifts.append((page, *(f"{layout_shift(browser, ours, page, width):.4f}" for width in (390, 1280))))
    head = ("page", "course kB", "of it HTML", "plain Material kB", "of it HTML", "requests")
    table("First load, gzip", head, rows)
    table("Cumulative layout shift", ("page", "390 px", "1280 px"), shifts)


def print_live(browser: Browser, site: Path) -> None:
    """Measure and print what Python costs."""
    with serving(site) as server:
        sent = bytes_until_live(browser, server, CLICKS[1])
    rows: list[tuple[object, ...]] = [(name.rpartition("/")[2], f"{size:,}") for name, size in sorted(sent.items())]
    rows.append(("**together**", f"**{sum(sent.values()):,}**"))
    table("From the first action to Python's answer, server without compression", ("file", "bytes"), rows)


def main() -> int:
    """Print all four tables."""
    parser = argparse.ArgumentParser(description="Measure first loads and first clicks of the built site.")
    parser.add_argument("--site", type=Path, default=ROOT / "site")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    path = chromium_path()
    if path is None:
        print(ADVICE, file=sys.stderr)
        return 1
    lessons = [page.relative_to(DOCS).with_suffix(".html").as_posix() for page in page_paths()]
    pages = ["index.html", *(page for page in lessons if page.startswith("lessons/"))]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"Chromium {browser.version}, Python {platform.python_version()}, {os.cpu_count()} processors")
        print_clicks(browser, options.site, options.runs)
        print_loads(browser, options.site, pages)
        print_live(browser, options.site)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
