"""What a run of a lab leaves behind, as plain data, as text, and as a field that is kept on the reader's device.

Runs are written as JSON. Until December 2026 the labs with one curve wrote a text of their own, with commas between
runs and bars between their parts; what readers have kept of it is read as well.

>>> run = Run({"rank": "8"}, {"train_seconds": 1.5}, (1, 10), {"loss": (5.25, 0.5)})
>>> from_text(as_text([run])) == from_text("rank=8|train_seconds=1.5|1:5.25 10:0.5") == (run,)
True
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any
from urllib.parse import unquote

from widgets.core.fields import FieldError, HiddenValue
from widgets.gallery.labs.answers import SAMPLES
from widgets.world import STYLES, vocabulary

MOST_RUNS = 6
"""A chart with more lines cannot be read; the oldest run goes."""

MOST_POINTS = 40
"""Points of a curve that are kept."""

MOST_POINTS_READ = 60
"""So many were kept of RLHF and DPO runs until December 2026."""

LONGEST_SETTING = 40
DIGITS = 6
"""Significant digits of a kept number."""

Curve = Sequence[tuple[int, float]]
"""(step, value), ascending."""


@dataclass(frozen=True)
class Run:
    """One run of a lab.

    Attributes:
        settings: The text of every setting, the seed included.
        figures: What came out, by the metric's name.
        steps: The kept steps, ascending.
        curves: By name, one number for each kept step; ``loss`` is in nats.
        before: The starting model's answers to the samples, in the world's words; empty where a lab keeps none.
        after: The trained model's answers to them.
    """

    settings: Mapping[str, str]
    figures: Mapping[str, float]
    steps: tuple[int, ...] = ()
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def points(self, curve: str) -> Curve:
        """Give a curve as pairs of step and value; none if the run has no such curve."""
        return tuple(zip(self.steps, self.curves.get(curve, ()), strict=False))

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end: one that blew up is no measure of its method."""
        return "diverged_step" not in self.figures


def kept_places(count: int, most: int = MOST_POINTS) -> Sequence[int]:
    """Choose which of some steps are kept, evenly spaced, the first and the last among them.

    >>> list(kept_places(3)), list(kept_places(100, most=3))
    ([0, 1, 2], [0, 49, 99])
    """
    return range(count) if count <= most else [(count - 1) * place // (most - 1) for place in range(most)]


def added(runs: Sequence[Run], run: Run, most: int = MOST_RUNS) -> tuple[Run, ...]:
    """Add a run; the oldest goes when there are too many."""
    return (*runs, run)[-most:]


def as_text(runs: Iterable[Run]) -> str:
    """Write runs as the text of a field."""
    plain = [asdict(run) for run in runs]
    return json.dumps(_rounded(plain), separators=(",", ":"), allow_nan=False) if plain else ""


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def from_text(text: str) -> tuple[Run, ...]:
    """Read runs from their text, in either form.

    Raises:
        ValueError: It is not such a text, a curve's steps do not ascend, or a number is not finite.
    """
    if not text:
        return ()
    try:
        runs = tuple(_from_json(text) if text.startswith("[") else map(_from_bars, text.split(",")))
        if all(_has_good_numbers(run) for run in runs):
            return runs
    except (TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise ValueError(str(problem)) from None
    raise ValueError("a curve or a number is not allowed")


def _from_json(text: str) -> Iterator[Run]:
    for one in json.loads(text):
        curves = {name: tuple(values) for name, values in one["curves"].items()}
        before, after = tuple(one["before"]), tuple(one["after"])
        yield Run(one["settings"], one["figures"], tuple(one["steps"]), curves, before, after)


def _from_bars(text: str) -> Run:
    settings, figures, curve = text.split("|")
    points = [(int(step), float(loss)) for step, loss in _pairs(curve, " ", ":")]
    return Run(
        {name: unquote(value) for name, value in _pairs(settings, ";", "=")},
        {name: float(value) for name, value in _pairs(figures, ";", "=")},
        tuple(step for step, _ in points),
        {"loss": tuple(loss for _, loss in points)},
    )


def _pairs(text: str, between: str, inside: str) -> list[tuple[str, str]]:
    pairs = [part.split(inside) for part in text.split(between) if part]
    return [(first, second) for first, second in pairs]


def _has_good_numbers(run: Run) -> bool:
    numbers = [*run.figures.values(), *run.steps, *(number for values in run.curves.values() for number in values)]
    return (
        all(isinstance(number, (int, float)) and isfinite(number) for number in numbers)
        and all(len(values) == len(run.steps) for values in run.curves.values())
        and list(run.steps) == sorted(set(run.steps))
    )


@dataclass(frozen=True)
class Runs(HiddenValue[tuple[Run, ...]]):
    """The field that holds the reader's runs; kept on the device.

    Attributes:
        numbers: The settings that every run must have and that are numbers.
        words: Those that are words.
        figures: The figures that every run must have.
        curves: The curves that every run must have.
        has_answers: Whether every run holds the answers before and after.
    """

    stored: bool = True
    max_length: int = 40_000
    most_items: int = MOST_RUNS
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    curves: tuple[str, ...] = ("loss",)
    has_answers: bool = False

    def parse(self, text: str) -> tuple[Run, ...]:
        """Return the runs; raise `FieldError` if the text was altered."""
        try:
            runs = from_text(text if len(text) <= self.max_length else "?")
        except ValueError:
            runs = None
        if runs is None or len(runs) > self.most_items or not all(self._is_one(run) for run in runs):
            raise FieldError(f"{self.label} could not be read and start anew")
        return runs

    def _is_one(self, run: Run) -> bool:
        count = len(SAMPLES) if self.has_answers else 0
        return (
            set(run.settings) == {*self.numbers, *self.words}
            and all(self._is_setting(name, text) for name, text in run.settings.items())
            and set(self.figures) <= set(run.figures)
            and set(self.curves) <= set(run.curves)
            and 0 < len(run.steps) <= MOST_POINTS_READ
            and len(run.before) == len(run.after) == count
            and {word for answer in (*run.before, *run.after) for word in answer.split()} <= known_words()
        )

    def _is_setting(self, name: str, text: object) -> bool:
        if not isinstance(text, str) or len(text) > LONGEST_SETTING:
            return False
        if name in self.words:
            return re.fullmatch("[0-9A-Za-z,-]+", text) is not None
        try:
            return isfinite(float(text))
        except ValueError:
            return False


def known_words() -> set[str]:
    """Give the words that answers can consist of."""
    return {*vocabulary(), *STYLES}
