"""A token says of any number exactly what looking at each wording by itself says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.quiz.ranges import NearMiss, NumericWording, ranges_of_question, token_of, tokens_of, verdict_of
from widgets.quiz.text import number_text

NUMBERS = st.integers(-20, 20).map(lambda number: number / 4)
WORDINGS = st.builds(
    NumericWording,
    prompt=st.just("How many?"),
    answer=NUMBERS,
    why=st.just("So."),
    tolerance=st.sampled_from([0, 0.25, 1, 2.5]),
    near_misses=st.lists(st.builds(NearMiss, NUMBERS, st.just("No.")), max_size=3).map(tuple),
)


def asking(answer: float, **rule: Any) -> NumericWording:
    return NumericWording("How many?", answer, "So.", **rule)


def verdict(number: float, wording: NumericWording) -> str:
    """Look at the ranges of one wording, the plain way."""
    for low, high, name in wording.ranges():
        if low <= number <= high:
            return name
    return "wrong"


@given(st.lists(WORDINGS, min_size=1, max_size=2), NUMBERS)
def test_the_token_names_the_verdict_under_every_wording(wordings: list[NumericWording], number: float) -> None:
    token = token_of(number, wordings)
    assert [verdict_of(token, position) for position in range(len(wordings))] == [
        verdict(number, wording) for wording in wordings
    ]
    assert token in tokens_of(wordings)


@pytest.mark.parametrize(
    ("answer", "rule", "low", "high"),
    [
        (4194304, {}, 4194304, 4194304),
        (0.0622, {"tolerance": 0.0001}, 0.0621, 0.0623),
        (13.5, {"tolerance_percent": 2}, 13.23, 13.77),
        (-4, {"tolerance_percent": 50}, -6, -2),
    ],
)
def test_tolerances_are_added_in_decimal(answer: float, rule: dict[str, float], low: float, high: float) -> None:
    assert asking(answer, **rule).bounds(answer) == (low, high)


def test_the_right_range_comes_before_near_misses() -> None:
    wording = asking(10, tolerance=1, near_misses=(NearMiss(11.5, "Nearly."),))
    assert token_of(11, [wording]) == "right"
    assert token_of(11.2, [wording]) == "near-1"
    assert token_of(12.6, [wording]) == "wrong"


def test_ranges_are_finite() -> None:
    assert ranges_of_question([asking(10), asking(12)]) == [(10, 10, "right.wrong"), (12, 12, "wrong.right")]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (1e9, "1,000,000,000"), (0.5, "0.5"), (-3, "−3"), (1e-7, "0.0000001"), (100, "100")]
)
def test_numbers_are_written_for_readers(number: float, text: str) -> None:
    assert number_text(number) == text
