"""Follow a recipe from step to step, keep what is known of the run, and tell the page now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import fsum
from time import perf_counter
from typing import Protocol, TypeVar

from widgets.core.html import Html
from widgets.core.widget import RunStep
from widgets.gallery.labs.runs import Run, kept_places
from widgets.recipes.results import Diverged, TrainingStep

BETWEEN_REPORTS_SECONDS = 0.12
"""Smooth to watch, leaves the page's thread free, and lets a cancel through soon enough."""

LOOKS = 5
"""How often the samples are asked during a run."""


class HasStep(Protocol):
    """What a recipe reports of a step."""

    @property
    def step(self) -> int:
        """How many steps were made."""


Step = TypeVar("Step", bound=HasStep)


class Log:
    """What is known of a run while it goes on.

    Attributes:
        figures: By the metric's name; more of them come when the run ends.
        steps: The numbers of the steps.
        curves: By name, one number for each step.
        before: The starting model's answers to the samples, if the lab keeps them.
        after: The answers to them when the model in training was last asked.
        seconds: Time spent in the recipe, without drawing, sampling and pauses.
        finding: Set if the run blew up.
    """

    def __init__(self, settings: Mapping[str, str], before: Sequence[str] = ()) -> None:
        """Begin to keep a run.

        Args:
            settings: The text of every setting.
            before: The starting model's answers to the samples.
        """
        self._settings = dict(settings)
        self.figures: dict[str, float] = {}
        self.steps: list[int] = []
        self.curves: dict[str, list[float]] = {}
        self.before = self.after = tuple(before)
        self.seconds = 0.0
        self.finding: Diverged | None = None

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Keep one number of each curve for a step."""
        self.steps.append(step)
        for name, value in values.items():
            self.curves.setdefault(name, []).append(value)

    def note(self, finding: Diverged) -> None:
        """Keep where and how the run blew up."""
        self.finding = finding
        self.figures |= {
            "diverged_step": finding.step,
            "diverged_rate": finding.learning_rate,
            "kept_step": finding.kept_step,
        }
        if finding.cause == "far from the reference":
            self.figures["diverged_kl_nats"] = finding.kl_nats
        if finding.cause == "reward lost":
            self.figures["diverged_reward"] = finding.reward_mean

    def last(self, curve: str, count: int = 1) -> float:
        """Give the mean of the last values of a curve; 0 without steps."""
        values = self.curves.get(curve, [0.0])[-count:]
        return fsum(values) / len(values)

    def run(self) -> Run:
        """Give the run as it is now, its curves thinned."""
        places = kept_places(len(self.steps))
        curves = {name: tuple(values[place] for place in places) for name, values in self.curves.items()}
        steps = tuple(self.steps[place] for place in places)
        return Run(self._settings, dict(self.figures), steps, curves, self.before, self.after)


class Looks:
    """Says when to ask a model in training for its answers."""

    def __init__(self, due: Iterable[int]) -> None:
        self._due = list(due)

    def is_due(self, step: int) -> bool:
        """Say whether one of the moments has come since the last call."""
        before = len(self._due)
        self._due = [due for due in self._due if due > step]
        return len(self._due) < before


def evenly(steps: int) -> Looks:
    """Look `LOOKS` times in a run, at even distances."""
    every = max(steps // LOOKS, 1)
    return Looks(range(every, steps + 1, every))


def follow(
    results: Iterator[Step | Diverged],
    log: Log,
    values: Callable[[Step], Mapping[str, float]] | None,
    report: Callable[[Step], RunStep],
    *,
    pause_seconds: float | None = None,
) -> Iterator[RunStep]:
    """Carry a recipe to its end.

    Args:
        results: The recipe's generator.
        log: Gets the time, the finding, and the values of each step.
        values: A step's result → the number of each curve; None keeps no curves.
        report: A step's result → what the page is told; called for each report only.
        pause_seconds: Between two reports; `BETWEEN_REPORTS_SECONDS` if not given.

    Yields:
        The reports.
    """
    pause = BETWEEN_REPORTS_SECONDS if pause_seconds is None else pause_seconds
    reported = perf_counter()
    while True:
        started = perf_counter()
        result = next(results, None)
        log.seconds += perf_counter() - started
        if result is None:
            return
        if isinstance(result, Diverged):
            log.note(result)
            return
        if values:
            log.add(result.step, values(result))
        if perf_counter() - reported >= pause:
            yield report(result)
            reported = perf_counter()


def follow_loss(
    results: Iterator[TrainingStep | Diverged], log: Log, steps: int, show: Callable[[int], Mapping[str, Html]]
) -> Iterator[RunStep]:
    """Carry a recipe that lowers a loss to its end.

    Args:
        results: The recipe's generator.
        log: Gets the curve ``loss`` and the figures of speed.
        steps: How many steps it will make.
        show: Step → new HTML of parts.
    """

    def report(result: TrainingStep) -> RunStep:
        left = log.seconds / result.step * (steps - result.step)
        said = f"step {result.step} of {steps}, {say(result.loss, left)}"
        return RunStep(show(result.step), result.step, steps, said)

    yield from follow(results, log, lambda result: {"loss": result.loss}, report)
    log.figures |= {"train_seconds": log.seconds, "loss": log.last("loss")}


def say(loss: float, seconds_left: float) -> str:
    """Put the state of a run into words.

    >>> say(1.2345, 2.01)
    'loss 1.234, 3 s left'
    """
    return f"loss {loss:.3f}, {-int(-seconds_left // 1)} s left"
