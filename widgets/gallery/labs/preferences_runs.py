"""What a run of PPO or DPO leaves behind: several curves over the steps, as plain data and as the JSON of a field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from widgets.core.fields import FieldError, Hidden
from widgets.gallery.labs.answers import SAMPLES
from widgets.world import STYLES, vocabulary

MOST_RUNS = 4
MOST_POINTS = 60
LONGEST_SETTING = 40
WORDS = ("start", "taste", "judged_by", "method", "vote_set")
"""Settings that are no numbers."""

FIGURES = ("preferred_share", "wrong_share", "held_out_accuracy", "win_rate", "kl_nats", "train_seconds", "votes")
"""What every run reports, by the name of its metric; shares from 0 to 1."""


@dataclass(frozen=True)
class PreferenceRun:
    """One run.

    Attributes:
        settings: The text of each setting.
        figures: What came out, by the metric's name.
        curves: By name, one number for each kept step.
        steps: The kept steps, ascending.
        before: The starting model's answers to the samples, in the world's words.
        after: The trained model's answers to them.
    """

    settings: Mapping[str, str]
    figures: Mapping[str, float]
    curves: Mapping[str, Sequence[float]]
    steps: Sequence[int]
    before: Sequence[str]
    after: Sequence[str]


def as_text(runs: Iterable[PreferenceRun]) -> str:
    """Write runs as the text of a field, figures rounded to four digits; the oldest go when there are too many."""
    plain = [asdict(run) for run in list(runs)[-MOST_RUNS:]]
    return json.dumps(_rounded(plain), separators=(",", ":"), allow_nan=False) if plain else ""


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def from_text(text: str, curves: Sequence[str], settings: Sequence[str]) -> tuple[PreferenceRun, ...]:
    """Read runs back.

    Args:
        text: What `as_text` wrote.
        curves: The curves that every run must have.
        settings: The settings that every run must have.

    Raises:
        ValueError: The text is not such a text.
    """
    try:
        found = json.loads(text) if text else []
        runs = tuple(PreferenceRun(**one) for one in found)
        is_whole = (
            isinstance(found, list) and len(runs) <= MOST_RUNS and all(_is_whole(run, curves, settings) for run in runs)
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise ValueError(str(problem)) from None
    if not is_whole:
        raise ValueError("a run lacks something")
    return runs


def _is_whole(run: PreferenceRun, curves: Sequence[str], settings: Sequence[str]) -> bool:
    numbers = [*run.figures.values(), *run.steps, *(number for name in curves for number in run.curves[name])]
    known = {*vocabulary(), *STYLES}
    words = {word for answer in (*run.before, *run.after) for word in answer.split()}
    return (
        set(run.settings) == set(settings)
        and all(_is_setting(name, text) for name, text in run.settings.items())
        and set(FIGURES) <= set(run.figures)
        and all(isinstance(number, (int, float)) and isfinite(number) for number in numbers)
        and 0 < len(run.steps) <= MOST_POINTS
        and all(len(run.curves[name]) == len(run.steps) for name in curves)
        and list(run.steps) == sorted(set(run.steps))
        and len(run.before) == len(run.after) == len(SAMPLES)
        and words <= known
    )


def _is_setting(name: str, text: object) -> bool:
    """Say whether a text can be that of a setting: words for some, a number for the others."""
    if not isinstance(text, str) or len(text) > LONGEST_SETTING:
        return False
    if name in WORDS:
        return re.fullmatch("[0-9a-z-]+", text) is not None
    try:
        return isfinite(float(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class PreferenceRuns(Hidden):
    """The field that holds runs; kept on the device.

    Attributes:
        curves: The curves that every run must have.
        settings: The settings that every run must have.
        figures: The figures that every run must have beside `FIGURES`.
    """

    stored: bool = True
    max_length: int = 40_000
    most_items: int = MOST_RUNS
    curves: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    def parse(self, text: str) -> tuple[PreferenceRun, ...]:  # type: ignore[override]
        """Return the runs; raise `FieldError` if the text was altered."""
        try:
            runs = from_text(text if len(text) <= self.max_length else "?", self.curves, self.settings)
        except ValueError:
            runs = None
        if runs is None or not all(set(self.figures) <= set(run.figures) for run in runs):
            raise FieldError(f"{self.label} could not be read and start anew")
        return runs


def thinned_places(count: int) -> list[int]:
    """Choose which of some steps are kept, evenly spaced, the first and the last among them.

    >>> thinned_places(3), len(thinned_places(1000))
    ([0, 1, 2], 60)
    """
    if count <= MOST_POINTS:
        return list(range(count))
    return [(count - 1) * place // (MOST_POINTS - 1) for place in range(MOST_POINTS)]
