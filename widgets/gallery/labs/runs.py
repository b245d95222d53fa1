"""What a run leaves behind: its settings, its figures and its curve, as plain data and as the text of a field.

>>> run = Run({"rank": "8"}, {"train_seconds": 1.5}, ((1, 5.25), (10, 0.5)))
>>> as_text([run])
'rank=8|train_seconds=1.5|1:5.25 10:0.5'
>>> from_text(as_text([run])) == (run,)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import quote, unquote

from widgets.core.fields import FieldError, Hidden

MOST_RUNS = 6
"""A chart with more lines cannot be read; the oldest run goes."""

MOST_POINTS = 40
"""Points of a curve that are kept."""

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Run:
    """One run of a lab.

    Attributes:
        settings: The text of each setting.
        figures: What came out, by the metric's name.
        curve: (step, loss in nats), ascending.
    """

    settings: Mapping[str, str]
    figures: Mapping[str, float]
    curve: tuple[tuple[int, float], ...]


def thinned(curve: Curve, most: int = MOST_POINTS) -> tuple[tuple[int, float], ...]:
    """Keep some points of a curve, evenly spaced, the first and the last among them.

    >>> thinned([(step, 1.0) for step in range(1, 101)], most=3)
    ((1, 1.0), (50, 1.0), (100, 1.0))
    """
    if len(curve) <= most:
        return tuple(curve)
    return tuple(curve[(len(curve) - 1) * place // (most - 1)] for place in range(most))


def as_text(runs: Iterable[Run]) -> str:
    """Write runs as one text: joined by commas, each with three parts between bars."""
    return ",".join(
        "|".join(
            (
                ";".join(f"{name}={quote(text, safe='')}" for name, text in run.settings.items()),
                ";".join(f"{name}={value:.6g}" for name, value in run.figures.items()),
                " ".join(f"{step}:{loss:.6g}" for step, loss in run.curve),
            )
        )
        for run in runs
    )


def from_text(text: str) -> tuple[Run, ...]:
    """Read runs from their text.

    Raises:
        ValueError: It is not such a text, or holds a number that is not finite.
    """
    return tuple(_run(part) for part in text.split(",")) if text else ()


def _run(text: str) -> Run:
    settings, figures, curve = text.split("|")
    named = {name: unquote(value) for name, value in _pairs(settings, ";", "=")}
    numbers = {name: _finite(value) for name, value in _pairs(figures, ";", "=")}
    points = tuple((int(step), _finite(loss)) for step, loss in _pairs(curve, " ", ":"))
    if [step for step, _ in points] != sorted({step for step, _ in points}):
        raise ValueError("the steps of a curve must ascend")
    return Run(named, numbers, points)


def _pairs(text: str, between: str, inside: str) -> list[tuple[str, str]]:
    pairs = [part.split(inside) for part in text.split(between) if part]
    return [(first, second) for first, second in pairs]


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


def added(runs: Sequence[Run], run: Run) -> tuple[Run, ...]:
    """Add a run; the oldest goes when there are too many."""
    return (*runs, run)[-MOST_RUNS:]


@dataclass(frozen=True)
class Runs(Hidden):
    """The field that holds the reader's runs; kept on the device.

    Attributes:
        settings: The settings that every run must have.
        figures: The figures that every run must have.
    """

    stored: bool = True
    max_length: int = 8_000
    most_items: int = MOST_RUNS
    settings: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    def parse(self, text: str) -> Any:
        """Return the runs; raise `FieldError` if the text was altered."""
        try:
            runs = from_text(text) if len(text) <= self.max_length else None
        except ValueError:
            runs = None
        if runs is None or len(runs) > MOST_RUNS or not all(self._is_whole(run) for run in runs):
            raise FieldError(f"{self.label} could not be read and start anew")
        return runs

    def _is_whole(self, run: Run) -> bool:
        return (
            set(run.settings) == set(self.settings)
            and set(self.figures) <= set(run.figures)
            and 0 < len(run.curve) <= MOST_POINTS
        )
