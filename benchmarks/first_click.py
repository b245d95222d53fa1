"""How soon a page answers the first thing that a reader does in a widget, on a slow link and a slow processor.

Two figures for each: milliseconds from the event to what the widget shows for it (the answer or, for a setting that is
not prepared, the sign that it is being worked out), and the browser's own interaction-to-next-paint of that event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browsers import SLOWDOWN, new_page
from benchmarks.measuring import in_turn
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import files_below, serving

ARM = """([selector, until]) => {
  const widget = document.querySelector(selector);
  const shown = () => JSON.stringify([
    [...widget.querySelectorAll("data")].map((d) => d.value),
    [...widget.querySelectorAll("[data-result]")].map((d) => d.dataset.result),
    widget.querySelector(".ft-count")?.textContent,
  ]);
  const before = shown();
  const isThere = () => until === "answered" ? shown() !== before
    : widget.querySelector("[aria-busy=true], progress") || widget.dataset.state !== "static";
  let start, painted = 0;
  const begin = (event) => { start = event.timeStamp; };
  for (const type of ["pointerup", "keydown", "input"]) {
    addEventListener(type, begin, { capture: true, once: type !== "input" });
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) painted = Math.max(painted, entry.duration);
  }).observe({ type: "event", durationThreshold: 16 });
  window.firstClick = new Promise((resolve) => {
    const eye = new MutationObserver(() => {
      if (start === undefined || !isThere()) return;
      eye.disconnect();
      requestAnimationFrame(() => scheduler.postTask(() => {
        const answer_ms = performance.now() - start;
        setTimeout(() => resolve({ answer_ms, next_paint_ms: painted }), 500);
      }, { priority: "user-blocking" }));
    });
    eye.observe(widget, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}"""
"""Watch a widget for what its first event leads to, until it is painted: a task that comes before all others right
after the frame ends the time. Events shorter than 16 ms are not reported by the browser: 0."""


@dataclass(frozen=True)
class Click:
    """The first thing that a reader does in a widget.

    Attributes:
        widget: Id of the widget on its page.
        path: The page.
        what: What is done, in words.
        until: ``answered``, or ``acknowledged`` for what only Python can answer.
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
LABS = tuple(
    Click(lab, f"lessons/{page}.html", "run pressed", "acknowledged", _click(f"#{lab} [data-action=run]"))
    for lab, page in (
        ("pretrain-lab", "pre-training"),
        ("sft-lab", "sft"),
        ("lora-lab", "lora"),
        ("qlora-lab", "qlora"),
        ("rlhf-lab", "rlhf"),
        ("dpo-lab", "dpo"),
    )
)
"""The labs: only Python can answer them, so what counts is that they say at once that they have begun."""


def prepare(page: Page, click: Click) -> None:
    """Do what comes before the first action: bring it into view, choose an answer of the quiz."""
    page.locator(f"#{click.widget}").scroll_into_view_if_needed()
    if click.widget == "quiz-module":
        page.locator("#quiz-module input").first.check()


def first_click(browser: Browser, url: str, click: Click) -> Mapping[str, float]:
    """Measure one first action on a cold page with a slow processor; the server makes the link slow.

    Args:
        browser: Chromium.
        url: Where the site is served.
        click: What is done.

    Returns:
        ``answer_ms`` and ``next_paint_ms``.
    """
    with new_page(browser, slowdown=SLOWDOWN) as page:
        page.goto(url + click.path, timeout=120_000)
        page.locator(f"#{click.widget}[data-upgraded]").wait_for(timeout=120_000)
        prepare(page, click)
        page.wait_for_timeout(500)
        page.evaluate(ARM, [f"#{click.widget}", click.until])
        click.act(page)
        figures: Mapping[str, float] = page.evaluate("() => window.firstClick")
        return figures


def bytes_until_live(browser: Browser, url: str, sent: Callable[[], int], click: Click) -> int:
    """Give the bytes that a server sends from the first action to Python's answer.

    Args:
        browser: Chromium.
        url: Where the site is served.
        sent: Gives the bytes sent so far.
        click: What is done.
    """
    with new_page(browser) as page:
        page.goto(url + click.path, wait_until="networkidle")
        prepare(page, click)
        page.wait_for_timeout(500)
        before = sent()
        click.act(page)
        page.locator(f"#{click.widget}[data-state=live]").wait_for(timeout=60_000)
        return sent() - before


def measure(browser: Browser, site: Path, runs: int) -> Section:
    """Measure the first action in every widget."""
    section = Section(
        "First click",
        f"A cold page, 1.6 Mbit/s, 150 ms, processor {SLOWDOWN} × slower: from the event until its answer is shown "
        "(for what only Python can answer: until the widget says that it works on it), and interaction to next paint.",
    )
    with serving(files_below(site)) as served:
        served.link.slow_down()
        for clicks, times in ((CLICKS, runs), (LABS, 1)):
            named = {f"{click.widget}: {click.what}, {click.until}": click for click in clicks}
            taken = in_turn(
                {what: lambda c=click: first_click(browser, served.url, c) for what, click in named.items()}, times
            )
            for what in named:
                note, answer = taken.failures.get(what, ""), taken.get(what, "answer_ms")
                section.rows.append(Comparison(what, answer, "ms", goal=Goal("≤", 200, "ms"), note=note))
                paint = taken.get(what, "next_paint_ms")
                section.rows.append(
                    Comparison(f"{what}: next paint", paint, "ms", goal=Goal("≤", 100, "ms"), note=note)
                )
    return section
