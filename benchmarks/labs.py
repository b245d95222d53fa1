"""The labs, run as a reader runs them: seconds of training, what it reached, and whether the page stays at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browsers import new_page
from benchmarks.measuring import in_turn
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import files_below, serving
from widgets.core.registry import get_widget

LONGEST_MS = 120_000

WATCH_TASKS = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
  }).observe({ type: "longtask" });
}"""
CANCEL = """(lab) => new Promise((resolve) => {
  let start;
  new MutationObserver((_, eye) => {
    const status = lab.querySelector(":scope > .ft-status");
    if (start === undefined && status.textContent.includes("Running.")) {
      start = performance.now();
      status.querySelector("[data-action=cancel]").click();
    } else if (start !== undefined && lab.dataset.state === "live") {
      eye.disconnect();
      resolve(performance.now() - start);
    }
  }).observe(lab, { attributes: true, childList: true, characterData: true, subtree: true });
})"""
"""Cancel a run at its first step, when Python trains already."""
KEPT = """(name) => localStorage.getItem(Object.keys(localStorage).find((key) => key.endsWith(name)) ?? "") ?? "" """


@dataclass(frozen=True)
class Lab:
    """A lab and what is asked of a run with its default settings.

    Attributes:
        page: The lesson, below ``lessons/``.
        name: The widget.
        field: The stored field that holds its runs.
        settings: The query of the address.
        seconds: The most that training may take.
        goals: The goals for other figures, in percent: name → goal.
    """

    page: str
    name: str
    field: str
    settings: str
    seconds: float
    goals: Mapping[str, Goal]


LABS = (
    Lab("sft", "sft-lab", "runs", "", 5, {"held_out_accuracy": Goal("≥", 95, "%")}),
    Lab("lora", "lora-lab", "runs", "", 5, {"held_out_accuracy": Goal("≥", 95, "%")}),
    Lab(
        "dpo", "dpo-lab", "dpo_runs", "dpo-lab.simulated_votes=20", 3,
        {"preferred_share": Goal("≥", 75, "%"), "wrong_share": Goal("≤", 10, "%")},
    ),
    Lab(
        "rlhf", "rlhf-lab", "ppo_runs", "rlhf-lab.simulated_votes=20", 20,
        {"preferred_share": Goal("≥", 80, "%"), "wrong_share": Goal("≤", 12, "%")},
    ),
)  # fmt: skip


def _open(page: Page, url: str, lab: Lab) -> None:
    page.goto(f"{url}lessons/{lab.page}.html?{lab.settings}", wait_until="networkidle")
    page.locator(f"#{lab.name}").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.locator(f"#{lab.name} .ft-primary").first.click()
    page.wait_for_selector(f"#{lab.name}[data-state=running]", timeout=LONGEST_MS)


def whole_run(browser: Browser, url: str, lab: Lab) -> Mapping[str, float]:
    """Run a lab to its end; give what it says of itself, shares in percent, and the longest task of the page in ms."""
    with new_page(browser) as page:
        _open(page, url, lab)
        page.evaluate(WATCH_TASKS)
        page.wait_for_selector(f"#{lab.name}[data-state=done]", timeout=LONGEST_MS)
        widget = get_widget(lab.name)
        kept = next(field for field in widget.fields_of({}) if field.name == lab.field)
        assert widget.place_of
        (run,) = kept.parse(page.evaluate(KEPT, f"{widget.place_of({})}|{lab.field}"))
        shares = {name: run.figures[name] * 100 for name in lab.goals}
        return {**shares, "seconds": run.figures["train_seconds"], "task_ms": page.evaluate("() => window.longest")}


def cancelled_run(browser: Browser, url: str, lab: Lab) -> Mapping[str, float]:
    """Cancel a run as soon as it trains; give the milliseconds until it has ended."""
    with new_page(browser) as page:
        _open(page, url, lab)
        return {"cancel_ms": page.locator(f"#{lab.name}").evaluate(CANCEL)}


def measure(browser: Browser, site: Path, runs: int) -> Section:
    """Run each lab several times, and cancel it as often."""
    section = Section(
        "Labs",
        "Each lab with its default settings in Chromium on a fast link; 20 simulated votes for preferences. "
        "The time to train is the lab's own figure: the recipe, without drawing, sampling of examples and pauses.",
    )
    with serving(files_below(site)) as served:
        tasks = {lab.name: lambda lab=lab: whole_run(browser, served.url, lab) for lab in LABS}
        tasks |= {f"{lab.name} cancel": lambda lab=lab: cancelled_run(browser, served.url, lab) for lab in LABS}
        taken = in_turn(tasks, runs)
    for lab in LABS:
        note, cancel = taken.failures.get(lab.name, ""), f"{lab.name} cancel"
        goal = Goal("≤", lab.seconds, "s")
        section.rows.append(
            Comparison(f"{lab.name}: training", taken.get(lab.name, "seconds"), "s", goal=goal, note=note)
        )
        for name, bound in lab.goals.items():
            what = f"{lab.name}: {name.replace('_', ' ')}"
            section.rows.append(Comparison(what, taken.get(lab.name, name), "%", goal=bound, note=note))
        task, ended = taken.get(lab.name, "task_ms"), taken.get(cancel, "cancel_ms")
        section.rows += [
            Comparison(f"{lab.name}: longest task of the page", task, "ms", goal=Goal("≤", 50, "ms"), note=note),
            Comparison(
                f"{lab.name}: cancel", ended, "ms", goal=Goal("≤", 300, "ms"), note=taken.failures.get(cancel, "")
            ),
        ]
    return section
