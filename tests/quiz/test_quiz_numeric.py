"""A token says of any number exactly what looking at each wording by itself says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.quiz.numeric import bounds, ranges_of_question, ranges_of_wording, token_of, tokens_of, verdict_of
from widgets.quiz.text import number_text

NUMBERS = st.integers(-20, 20).map(lambda number: number / 4)
WORDINGS = st.fixed_dictionaries(
    {
        "answer": NUMBERS,
        "tolerance": st.sampled_from([0, 0.25, 1, 2.5]),
        "near_misses": st.lists(st.fixed_dictionaries({"value": NUMBERS}), max_size=3),
    }
)


def verdict(number: float, wording: dict[str, Any]) -> str:
    """Look at the ranges of one wording, the plain way."""
    for low, high, name in ranges_of_wording(wording):
        if low <= number <= high:
            return name
    return "wrong"


@given(st.lists(WORDINGS, min_size=1, max_size=2), NUMBERS)
def test_the_token_names_the_verdict_under_every_wording(wordings: list[dict[str, Any]], number: float) -> None:
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
    assert bounds(answer, rule) == (low, high)


def test_the_right_range_comes_before_near_misses() -> None:
    wording = {"answer": 10, "tolerance": 1, "near_misses": [{"value": 11.5}]}
    assert token_of(11, [wording]) == "right"
    assert token_of(11.2, [wording]) == "near-1"
    assert token_of(12.6, [wording]) == "wrong"


def test_ranges_are_finite() -> None:
    wording = {"answer": 10}
    assert ranges_of_question([wording, {"answer": 12}]) == [(10, 10, "right.wrong"), (12, 12, "wrong.right")]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (1e9, "1,000,000,000"), (0.5, "0.5"), (-3, "−3"), (1e-7, "0.0000001"), (100, "100")]
)
def test_numbers_are_written_for_readers(number: float, text: str) -> None:
    assert number_text(number) == text
