"""The labs, run as a reader runs them: seconds of training, what it reached, and whether the page stays at hand.

Every run of a lab takes another seed, 0 and up; the table shows the median. Tests hold the same bounds
(``tests/recipes``), but for the times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browsers import new_page
from benchmarks.measuring import Measured, Taken, in_turn
from benchmarks.report import Comparison, Goal, Section
from benchmarks.slow_link import files_below, serving
from widgets.gallery.labs.trained_models import base
from widgets.recipes.evaluation import evaluate

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


@dataclass(frozen=True)
class Figure:
    """A figure of a lab's run, read from the page.

    Attributes:
        what: What the table calls it.
        selector: The ``<data>`` element that shows it, inside the lab.
        unit: ``%`` for a share, 0 to 1, or a percentage; else the unit of the figure.
        goal: The bound, if there is one.
    """

    what: str
    selector: str
    unit: str
    goal: Goal | None = None

    def read(self, page: Page, lab: str) -> float:
        """Read it once the run is done."""
        text = page.locator(f"#{lab} {self.selector}").first.get_attribute("value")
        value = float(text or "nan")
        return 100 * value if self.unit == "%" and "percent" not in self.selector else value


def accuracy(goal: Goal | None = None, more: str = "") -> Figure:
    """Name the share of held-out questions answered right."""
    return Figure("held-out questions right", f"[data-metric=held_out_accuracy]{more}", "%", goal)


def preference(method: str, name: str, what: str, goal: Goal | None = None, unit: str = "%") -> Figure:
    """Name a figure of the table that the preference labs show."""
    return Figure(what, f"[data-metric={name}][data-method={method}]", unit, goal)


@dataclass(frozen=True)
class Lab:
    """A run of a lab and what is asked of it.

    Attributes:
        title: What the table calls the run.
        page: The lesson, below ``lessons/``.
        name: The widget.
        figures: What is read from the page at the end.
        seconds: The most that training may take, if there is a bound.
        settings: Settings of the address that differ from the defaults.
    """

    title: str
    page: str
    name: str
    figures: tuple[Figure, ...]
    seconds: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def address(self, seed: int) -> str:
        """Give the page with the run's settings."""
        chosen = {**self.settings, "seed": str(seed)}
        return f"lessons/{self.page}.html?" + "&".join(f"{self.name}.{key}={text}" for key, text in chosen.items())


def _preferences(method: str, votes: int, style: float, wrong: float) -> tuple[Figure, ...]:
    return (
        preference(method, "preferred_share", "answers in the preferred style", Goal("≥", style, "%")),
        preference(method, "wrong_share", f"wrong answers after {votes} votes", Goal("≤", wrong, "%")),
    )


REWARD = preference("ppo", "reward_mean", "reward of the last rounds", unit="standard deviations")
LABS = (
    Lab("SFT", "sft", "sft-lab", (accuracy(Goal("≥", 95, "%")),), 5),
    Lab(
        "LoRA, r = 8", "lora", "lora-lab",
        (
            accuracy(Goal("≥", 95, "%")),
            Figure("parameters that are trained", "[data-metric=trainable_percent]", "%", Goal("≤", 16, "%")),
        ),
        5,
    ),
    Lab("LoRA, r = 1", "lora", "lora-lab", (accuracy(),), settings={"rank": "1"}),
    Lab(
        "QLoRA", "qlora", "qlora-lab",
        (
            Figure("LoRA on the 32-bit base", "[data-metric=held_out_accuracy][data-base='32-bit']", "%"),
            accuracy(more="[data-base=NF4]"),
            Figure("bytes of the matrices, times fp32", "[data-metric=matrices_ratio]", "×", Goal("≤", 0.13, "×")),
            Figure("bytes of the whole model", "[data-metric=model_bytes]", "bytes"),
        ),
    ),
    Lab("DPO, 20 votes", "dpo", "dpo-lab", _preferences("dpo", 20, 75, 10), 3, {"simulated_votes": "20"}),
    Lab("DPO, 60 votes", "dpo", "dpo-lab", _preferences("dpo", 60, 85, 10), settings={"simulated_votes": "60"}),
    Lab(
        "PPO, 20 votes", "rlhf", "rlhf-lab", (*_preferences("ppo", 20, 80, 12), REWARD), 20,
        {"simulated_votes": "20"},
    ),
    Lab(
        "PPO, KL coefficient 0", "rlhf", "rlhf-lab",
        (preference("ppo", "wrong_share", "wrong answers", Goal("≥", 30, "%")), REWARD),
        settings={"simulated_votes": "20", "kl_coeff": "0"},
    ),
)  # fmt: skip
CANCELLED = tuple(lab for lab in LABS if lab.seconds)
"""Labs that are cancelled as well, to time that."""


def _open(page: Page, url: str, lab: Lab, seed: int) -> None:
    page.goto(url + lab.address(seed), wait_until="networkidle")
    page.locator(f"#{lab.name}").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    page.locator(f"#{lab.name} .ft-primary").first.click()
    page.wait_for_selector(f"#{lab.name}[data-state=running]", timeout=LONGEST_MS)


def whole_run(browser: Browser, url: str, lab: Lab, seed: int) -> Mapping[str, float]:
    """Run a lab to its end; give what it shows then, and the longest task of the page in ms."""
    with new_page(browser) as page:
        _open(page, url, lab, seed)
        page.evaluate(WATCH_TASKS)
        page.wait_for_selector(f"#{lab.name}[data-state=done]", timeout=LONGEST_MS)
        figures = {figure.what: figure.read(page, lab.name) for figure in lab.figures}
        seconds = page.locator(f"#{lab.name} [data-metric=train_seconds]").last.get_attribute("value")
        return {**figures, "seconds": float(seconds or "nan"), "task_ms": page.evaluate("() => window.longest")}


def cancelled_run(browser: Browser, url: str, lab: Lab) -> Mapping[str, float]:
    """Cancel a run as soon as it trains; give the milliseconds until it has ended."""
    with new_page(browser) as page:
        _open(page, url, lab, 0)
        return {"cancel_ms": page.locator(f"#{lab.name}").evaluate(CANCEL)}


def measure(browser: Browser, site: Path, runs: int) -> Section:
    """Run each lab with several seeds, and cancel some as often."""
    section = Section(
        "Labs",
        "Each lab in Chromium on a fast link, with its default settings but for what is named, and another seed in "
        "every run; the votes are the simulated rater's. The time to train is the lab's own figure: the recipe, "
        "without drawing, sampling of examples and pauses.",
    )
    with serving(files_below(site)) as served:

        def with_seeds(lab: Lab) -> Callable[[], Mapping[str, float]]:
            seeds = count()
            return lambda: whole_run(browser, served.url, lab, next(seeds))

        tasks = {lab.title: with_seeds(lab) for lab in LABS}
        tasks |= {f"{lab.title} cancel": partial(cancelled_run, browser, served.url, lab) for lab in CANCELLED}
        taken = in_turn(tasks, runs)
    share = 100 * evaluate(base()).exact_match
    section.rows.append(Comparison("base: held-out questions right", Measured((share,)), "%", goal=Goal("≤", 5, "%")))
    for lab in LABS:
        section.rows += _rows(lab, taken)
    section.rows += _beside(taken)
    return section


def _rows(lab: Lab, taken: Taken) -> list[Comparison]:
    note, cancel = taken.failures.get(lab.title, ""), f"{lab.title} cancel"

    def row(what: str, figure: str, unit: str, goal: Goal | None) -> Comparison:
        return Comparison(f"{lab.title}: {what}", taken.get(lab.title, figure), unit, goal=goal, note=note)

    rows = [row("training", "seconds", "s", Goal("≤", lab.seconds, "s") if lab.seconds else None)]
    rows += [row(figure.what, figure.what, figure.unit, figure.goal) for figure in lab.figures]
    rows.append(row("longest task of the page", "task_ms", "ms", Goal("≤", 50, "ms")))
    if lab in CANCELLED:
        ended, why = taken.get(cancel, "cancel_ms"), taken.failures.get(cancel, "")
        rows.append(Comparison(f"{lab.title}: cancel", ended, "ms", goal=Goal("≤", 300, "ms"), note=why))
    return rows


def _beside(taken: Taken) -> list[Comparison]:
    """Compare runs with each other, seed by seed."""
    right, base_32 = taken.get("QLoRA", "held-out questions right"), taken.get("QLoRA", "LoRA on the 32-bit base")
    lost = [one - other for one, other in zip(base_32.values, right.values, strict=True)] if right and base_32 else []
    points = Measured(tuple(lost)) if lost else None
    return [
        Comparison("QLoRA: points lost against LoRA", points, "points", goal=Goal("≤", 3, "points")),
        Comparison(
            "LoRA, r = 1: held-out questions right",
            taken.get("LoRA, r = 1", "held-out questions right"),
            "%",
            "r = 8",
            taken.get("LoRA, r = 8", "held-out questions right"),
            Goal("≤", 0.95),
        ),
        Comparison(
            "PPO, KL coefficient 0: reward",
            taken.get("PPO, KL coefficient 0", REWARD.what),
            "",
            "with the KL penalty",
            taken.get("PPO, 20 votes", REWARD.what),
            Goal("≥", 1),
        ),
    ]
