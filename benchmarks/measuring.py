"""Repeat measurements in turn, and say what they come to: median, range, and the ratio of two of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]
"""What one run of a task gives: name of the figure → value."""


@dataclass(frozen=True)
class Measured:
    """One figure, measured several times.

    Attributes:
        values: The values in the order in which they were taken; at least one.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("a figure needs at least one measurement")

    @property
    def median(self) -> float:
        """The value in the middle.

        >>> Measured((3.0, 1.0, 2.0)).median
        2.0
        """
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest value."""
        return max(self.values)


def ratio(ours: Measured, theirs: Measured) -> Measured:
    """Divide two figures run by run, as they were taken in turn: what slows the machine for a while slows both.

    Args:
        ours: The numerators.
        theirs: The denominators; if they are more or fewer, each of ours is divided by their median.

    Raises:
        ZeroDivisionError: If one of theirs is 0.

    >>> ratio(Measured((2.0, 6.0)), Measured((1.0, 2.0))).values
    (2.0, 3.0)
    >>> ratio(Measured((2.0, 6.0)), Measured((2.0,))).values
    (1.0, 3.0)
    """
    if len(ours.values) == len(theirs.values):
        return Measured(tuple(one / other for one, other in zip(ours.values, theirs.values, strict=True)))
    return Measured(tuple(one / theirs.median for one in ours.values))


@dataclass(frozen=True)
class Taken:
    """What came of the tasks that were run in turn.

    Attributes:
        figures: Task → figure → its measurements.
        failures: Task → why it has none.
    """

    figures: dict[str, dict[str, Measured]]
    failures: dict[str, str]

    def get(self, task: str, figure: str) -> Measured | None:
        """Give a figure's measurements, or None if the task failed or does not give it."""
        return self.figures.get(task, {}).get(figure)


def in_turn(tasks: Mapping[str, Callable[[], Figures]], runs: int) -> Taken:
    """Run tasks alternately, forwards and backwards, so that none always comes first.

    A task that fails is left out from then on, with the reason; the others go on.

    Args:
        tasks: Name → what measures once.
        runs: How often each is measured.
    """
    taken: dict[str, list[Figures]] = {name: [] for name in tasks}
    failures: dict[str, str] = {}
    for turn in range(runs):
        for name in list(tasks) if turn % 2 == 0 else reversed(tasks):
            if name in failures:
                continue
            try:
                taken[name].append(tasks[name]())
            except Exception as error:  # whatever a peer does, the others are measured
                failures[name] = reason(error)
    figures = {
        name: {figure: Measured(tuple(run[figure] for run in results)) for figure in results[0]}
        for name, results in taken.items()
        if results and name not in failures
    }
    return Taken(figures, failures)


def reason(error: BaseException) -> str:
    """Say in one line what went wrong.

    >>> reason(ValueError("no such page\\nCall log: …"))
    'ValueError: no such page'
    """
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:200]
