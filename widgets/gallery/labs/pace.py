"""Follow a recipe from step to step and tell the page now and then, about eight times a second.

That often is smooth to watch, leaves the page's thread free, and lets a cancel through soon enough.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

from widgets.core.html import Html
from widgets.core.widget import RunStep
from widgets.gallery.labs.runs import Curve
from widgets.recipes.results import Diverged, TrainingStep

BETWEEN_REPORTS = 0.12
"""Seconds."""


@dataclass(frozen=True)
class Followed:
    """What a followed run came to.

    Attributes:
        curve: (step, loss) of every step.
        seconds: Time spent in the recipe, without drawing, sampling and pauses.
        finding: Set if the run blew up.
    """

    curve: tuple[tuple[int, float], ...]
    seconds: float
    finding: Diverged | None


def follow(
    results: Iterator[TrainingStep | Diverged], steps: int, show: Callable[[Curve], Mapping[str, Html]]
) -> Generator[RunStep, None, Followed]:
    """Carry a recipe to its end.

    Args:
        results: The recipe's generator.
        steps: How many steps it will make.
        show: The curve so far → new HTML of parts; called for each report only.

    Yields:
        A report about every tenth of a second.

    Returns:
        The curve, the time and the finding.
    """
    curve: list[tuple[int, float]] = []
    seconds = 0.0
    finding = None
    reported = perf_counter()
    while True:
        start = perf_counter()
        result = next(results, None)
        seconds += perf_counter() - start
        if result is None:
            break
        if isinstance(result, Diverged):
            finding = result
            break
        curve.append((result.step, result.loss))
        if perf_counter() - reported >= BETWEEN_REPORTS:
            left = seconds / result.step * (steps - result.step)
            yield RunStep(show(curve), result.step, steps, f"step {result.step} of {steps}, {say(result.loss, left)}")
            reported = perf_counter()
    return Followed(tuple(curve), seconds, finding)


def say(loss: float, seconds_left: float) -> str:
    """Put the state of a run into words.

    >>> say(1.2345, 2.01)
    'loss 1.234, 3 s left'
    """
    return f"loss {loss:.3f}, {-int(-seconds_left // 1)} s left"
