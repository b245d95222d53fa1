"""How long a reader waits for the first answer after opening a page: the course, and what authors would use instead.

Every peer shows the smallest page that it can: one editor with one line of Python, or one question. What they load from
other origins is served by the benchmark itself, from the pinned npm packages (see :mod:`benchmarks.peers.sites`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browsers import SLOWDOWN, new_page
from benchmarks.first_click import CHECK, CLICKS, prepare
from benchmarks.measuring import Figures, Taken, in_turn, reason
from benchmarks.peers.install import NODE_MODULES
from benchmarks.peers.sites import ELSEWHERE, build_peer, finder
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import Served, compress_early, files_below, serving
from widgets.core.errors import BuildError

PATIENCE_MS = 150_000
POLL_MS = 100


@dataclass(frozen=True)
class Peer:
    """Something that answers in a page.

    Attributes:
        name: What it is called.
        path: The page.
        ask: Ask for the answer once; called again and again, because most pages do not listen at first.
        is_answered: Tell whether the answer is shown.
    """

    name: str
    path: str
    ask: Callable[[Page], None]
    is_answered: Callable[[Page], bool]


def _press(selector: str) -> Callable[[Page], None]:
    """Click as a script does: at once, and without an error where nothing is yet."""
    return lambda page: page.evaluate("(selector) => document.querySelector(selector)?.click()", selector)


def _press_play(page: Page) -> None:
    """Press the button of pyodide-mkdocs-theme, unless it says that the script has been started."""
    if "started" not in page.evaluate("document.querySelector('.py_mk_terminal')?.textContent ?? ''"):
        _press("button[btn_kind=play]")(page)


def _says(selector: str, text: str) -> Callable[[Page], bool]:
    script = "([selector, text]) => document.querySelector(selector)?.textContent.includes(text) ?? false"
    return lambda page: bool(page.evaluate(script, [selector, text]))


PEERS = (
    Peer("pyodide-mkdocs-theme", "index.html", _press_play, _says(".py_mk_terminal", "answer42")),
    Peer("markdown-exec", "index.html", _press(".pyodide-clickable"), _says(".pyodide-output", "answer42")),
    Peer(
        "jupyterlite",
        "repl/index.html?kernel=python&code=print(%22answer%22%2Bstr(6*7))",
        lambda page: None,  # it runs the code of its address by itself
        _says(".jp-OutputArea-output", "answer42"),
    ),
)
COURSE, QUIZ = CLICKS[0], CLICKS[-1]
MARK = "() => [...document.querySelectorAll('#lora-rank data')].map((data) => data.value).join()"

FEEDBACK = """(selector) => {
  let start;
  addEventListener("pointerup", (event) => { start = event.timeStamp; }, { capture: true, once: true });
  window.feedback = new Promise((resolve) => {
    const eye = new MutationObserver(() => {
      const element = document.querySelector(selector);
      if (start === undefined || !element || !element.checkVisibility() || !element.textContent.trim()) return;
      eye.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve({ answer_ms: performance.now() - start })));
    });
    eye.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
}"""


def peer_seconds(browser: Browser, served: Served, peer: Peer, slowdown: int) -> Figures:
    """Open a peer's page and ask until it has answered; give seconds from opening, and megabytes.

    Raises:
        BuildError: If it never answers.
    """
    before = served.link.sent
    with new_page(browser, slowdown=slowdown) as page:
        start = time.perf_counter()
        page.goto(served.url + peer.path, wait_until="commit", timeout=PATIENCE_MS)
        while not peer.is_answered(page):
            if time.perf_counter() - start > PATIENCE_MS / 1000:
                missing = ", ".join(dict.fromkeys(served.link.missing)) or "nothing"
                raise BuildError(f"no answer in {PATIENCE_MS // 1000} s; not found: {missing}")
            peer.ask(page)
            page.wait_for_timeout(POLL_MS)
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "megabytes": (served.link.sent - before) / 1e6}


def course_seconds(browser: Browser, served: Served, slowdown: int) -> Figures:
    """Open the LoRA lesson, move the slider as soon as the page listens; give seconds from opening, and megabytes."""
    before = served.link.sent
    with new_page(browser, slowdown=slowdown) as page:
        start = time.perf_counter()
        page.goto(served.url + COURSE.path, wait_until="commit", timeout=PATIENCE_MS)
        page.locator(f"#{COURSE.widget}[data-upgraded]").wait_for(timeout=PATIENCE_MS)
        mark = page.evaluate(MARK)
        COURSE.act(page)
        page.wait_for_function(f"(mark) => ({MARK})() !== mark", arg=mark)
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "megabytes": (served.link.sent - before) / 1e6}


def feedback_ms(browser: Browser, url: str, choose: Callable[[Page], None], click: str, shown: str) -> Figures:
    """Open a quiz on a slow processor, click, and give milliseconds from the click to the feedback."""
    with new_page(browser, slowdown=SLOWDOWN) as page:
        page.goto(url, wait_until="load", timeout=PATIENCE_MS)
        page.wait_for_timeout(1500)
        choose(page)
        page.evaluate(FEEDBACK, shown)
        page.locator(click).first.click()
        figures: Figures = page.evaluate("() => window.feedback")
        return figures


def take(browser: Browser, site: Path, runs: int, *, is_slow: bool) -> Taken:
    """Open the course and every peer in turn; ``is_slow``: 1.6 Mbit/s, 150 ms and a processor 4 times slower."""
    slowdown = SLOWDOWN if is_slow else 1
    tasks: dict[str, Callable[[], Figures]] = {}
    failures: dict[str, str] = {}
    compress_early(NODE_MODULES.glob("pyodide-*/*.wasm"))
    with ExitStack() as stack:
        ours = stack.enter_context(serving(files_below(site)))
        links = [ours.link]
        tasks["course"] = lambda: course_seconds(browser, ours, slowdown)
        for peer in PEERS:
            try:
                served = stack.enter_context(serving(finder(build_peer(peer.name)), ELSEWHERE))
            except Exception as error:  # a peer that cannot be built is reported
                failures[peer.name] = reason(error)
                continue
            links.append(served.link)
            tasks[peer.name] = lambda s=served, p=peer: peer_seconds(browser, s, p, slowdown)
        for link in links:
            if is_slow:
                link.slow_down()
        taken = in_turn(tasks, runs)
    return Taken(taken.figures, {**taken.failures, **failures})


def take_feedback(browser: Browser, site: Path, runs: int) -> Taken:
    """Answer a question of the course and one of mkdocs-quiz in turn."""
    with ExitStack() as stack:
        ours = stack.enter_context(serving(files_below(site)))
        theirs = stack.enter_context(serving(finder(build_peer("mkdocs-quiz")), ELSEWHERE))
        check = f"{ours.url}{QUIZ.path}"
        return in_turn(
            {
                "course": lambda: feedback_ms(
                    browser, check, lambda page: prepare(page, QUIZ), CHECK, "#quiz-module .ft-feedback"
                ),
                "mkdocs-quiz": lambda: feedback_ms(
                    browser,
                    f"{theirs.url}index.html",
                    lambda page: None,
                    "label[for=quiz-0-0], #quiz-0-0",
                    ".quiz-feedback",
                ),
            },
            runs,
        )


def measure(browser: Browser, site: Path, runs: int, slow_runs: int) -> list[Section]:
    """Measure first answers on a fast and on a slow device, and the feedback of a quiz."""
    fast = Section(
        "First answer after opening a page",
        "From opening the page to the first answer, asked for as early as the page listens; a fast link and processor.",
    )
    slow = Section(
        "First answer after opening a page, slow device",
        f"The same at 1.6 Mbit/s, 150 ms, processor {SLOWDOWN} × slower, workers included.",
    )
    for section, taken in (
        (fast, take(browser, site, runs, is_slow=False)),
        (slow, take(browser, site, slow_runs, is_slow=True)),
    ):
        ours, note = taken.get("course", "seconds"), taken.failures.get("course", "")
        for peer in PEERS:
            why = taken.failures.get(peer.name, note)
            section.rows.append(
                Comparison("first answer", ours, "s", peer.name, taken.get(peer.name, "seconds"), None, why)
            )
        for peer in PEERS:
            theirs = taken.get(peer.name, "megabytes")
            section.rows.append(
                Comparison("bytes until then", taken.get("course", "megabytes"), "MB", peer.name, theirs)
            )
    quiz = Section("Quiz", f"From the click to the feedback, processor {SLOWDOWN} × slower.")
    taken = take_feedback(browser, site, runs)
    note = "; ".join(taken.failures.values())
    mine, theirs = taken.get("course", "answer_ms"), taken.get("mkdocs-quiz", "answer_ms")
    quiz.rows.append(Comparison("feedback", mine, "ms", "mkdocs-quiz", theirs, Goal("≤", 200, "ms"), note))
    fast.notes.append(
        "The peers show one editor with one line of Python; the course's page is the whole LoRA lesson. What the peers "
        "load from other origins is served in place: Pyodide from its npm package in the version that they name."
    )
    return [fast, slow, quiz]
