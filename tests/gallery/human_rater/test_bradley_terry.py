"""The reward model's gradient is its loss's slope, its fit is the minimum, and planted tastes are found again."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.gallery.human_rater.bradley_terry import (
    PRIOR_STRENGTH,
    bradley_terry_fit,
    bradley_terry_gradient,
    bradley_terry_loss,
    bradley_terry_probability,
    solve,
)

NUMBERS = st.floats(-3, 3).map(lambda number: round(number, 3))
ROWS = st.lists(
    st.tuples(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=8
)
WEIGHTS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
Rows = list[tuple[tuple[float, ...], float]]


def split(rows: Rows) -> tuple[list[tuple[float, ...]], list[float]]:
    return [row for row, _ in rows], [vote for _, vote in rows]


def test_the_loss_worked_out_by_hand() -> None:
    # σ(1) = 0.731059; a vote for A costs −ln σ(1) = 0.313262, one for B −ln(1 − σ(1)) = 1.313262, a tie the mean.
    assert bradley_terry_loss([1.0], [(1.0,)], [1.0]) == pytest.approx(0.313262, abs=1e-6)
    assert bradley_terry_loss([1.0], [(1.0,)], [0.0]) == pytest.approx(1.313262, abs=1e-6)
    assert bradley_terry_loss([1.0], [(1.0,)], [0.5]) == pytest.approx(0.813262, abs=1e-6)
    assert bradley_terry_loss([2.0, 1.0], [(0.0, 0.0)], [1.0], 0.5) == pytest.approx(math.log(2) + 1.25, abs=1e-12)


@given(WEIGHTS, ROWS, st.sampled_from([0.0, 0.5, 2.0]))
def test_the_gradient_is_the_slope_of_the_loss(weights: tuple[float, ...], rows: Rows, prior: float) -> None:
    differences, votes = split(rows)
    gradient = bradley_terry_gradient(weights, differences, votes, prior)
    for k in range(len(weights)):
        up = [weight + (1e-5 if i == k else 0) for i, weight in enumerate(weights)]
        down = [weight - (1e-5 if i == k else 0) for i, weight in enumerate(weights)]
        slope = bradley_terry_loss(up, differences, votes, prior) - bradley_terry_loss(down, differences, votes, prior)
        assert gradient[k] == pytest.approx(slope / 2e-5, abs=1e-4)


@given(WEIGHTS, WEIGHTS)
def test_probabilities_of_a_and_b_add_up_to_one(weights: tuple[float, ...], difference: tuple[float, ...]) -> None:
    swapped = tuple(-value for value in difference)
    both = bradley_terry_probability(weights, difference) + bradley_terry_probability(weights, swapped)
    assert both == pytest.approx(1, abs=1e-12)


@given(ROWS)
@settings(max_examples=50, deadline=None)
def test_swapping_a_and_b_everywhere_changes_no_weight(rows: Rows) -> None:
    differences, votes = split(rows)
    swapped = [tuple(-value for value in row) for row in differences]
    fitted, again = bradley_terry_fit(differences, votes), bradley_terry_fit(swapped, [1 - vote for vote in votes])
    assert again == pytest.approx(fitted, abs=2e-9)


@given(ROWS)
@settings(max_examples=50, deadline=None)
def test_the_fit_is_where_the_slope_is_zero(rows: Rows) -> None:
    differences, votes = split(rows)
    fitted = bradley_terry_fit(differences, votes)
    gradient = bradley_terry_gradient(fitted, differences, votes, PRIOR_STRENGTH)
    assert max(map(abs, gradient)) < 1e-6


def test_planted_weights_are_found_again() -> None:
    planted = (1.5, -0.8, 0.0, 0.4)
    chance = random.Random("planted")
    differences = [tuple(chance.gauss(0, 1) for _ in planted) for _ in range(3000)]
    votes = [float(chance.random() < bradley_terry_probability(planted, row)) for row in differences]
    assert bradley_terry_fit(differences, votes) == pytest.approx(planted, abs=0.15)


def test_votes_without_any_doubt_give_finite_weights() -> None:
    fitted = bradley_terry_fit([(1.0, 0.0)] * 50, [1.0] * 50)
    assert 1 < fitted[0] < 10
    assert fitted[1] == 0


def test_extreme_rewards_do_not_overflow() -> None:
    assert bradley_terry_probability([1000.0], [1.0]) == 1
    assert bradley_terry_probability([-1000.0], [1.0]) == 0
    assert bradley_terry_loss([-1000.0], [(1.0,)], [1.0]) == 1000
    assert math.isfinite(bradley_terry_fit([(1000.0,)], [1.0])[0])


def test_ties_pull_towards_indifference() -> None:
    sure = bradley_terry_fit([(1.0,)] * 4, [1.0] * 4)[0]
    tied = bradley_terry_fit([(1.0,)] * 8, [1.0] * 4 + [0.5] * 4)[0]
    assert 0 < tied < sure
    assert bradley_terry_fit([(1.0,)], [0.5]) == (0.0,)


@pytest.mark.parametrize(("votes", "prior"), [([], 0.5), ([1.0], 0.0)])
def test_a_fit_without_votes_or_prior_is_refused(votes: list[float], prior: float) -> None:
    with pytest.raises(ValueError, match="at least one vote and a prior above 0"):
        bradley_terry_fit([(1.0,)] * len(votes), votes, prior)


def test_equations_are_solved() -> None:
    matrix, solution = [[4.0, 2.0, 0.0], [2.0, 5.0, 1.0], [0.0, 1.0, 3.0]], (1.0, -2.0, 0.5)
    right = [sum(a * b for a, b in zip(row, solution, strict=True)) for row in matrix]
    assert solve(matrix, right) == pytest.approx(solution, abs=1e-12)
