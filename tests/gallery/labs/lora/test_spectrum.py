"""Singular values computed in plain Python are those of the matrix."""

from __future__ import annotations

import random
from math import fsum, prod, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.gallery.labs.lora.spectrum import singular_values


def product(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    return [[fsum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def transposed(a: list[list[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*a, strict=True)]


def rotation(rng: random.Random, n: int) -> list[list[float]]:
    """Draw an orthogonal matrix: Gram–Schmidt, twice, on random rows."""
    rows: list[list[float]] = []
    for _ in range(n):
        row = [rng.gauss(0, 1) for _ in range(n)]
        for _ in range(2):
            for other in rows:
                along = fsum(x * y for x, y in zip(row, other, strict=True))
                row = [x - along * y for x, y in zip(row, other, strict=True)]
        length = sqrt(fsum(x * x for x in row))
        rows.append([x / length for x in row])
    return rows


@pytest.mark.parametrize("n", [1, 2, 3, 16, 64])
def test_known_singular_values_are_found_again(n: int) -> None:
    rng = random.Random(n)
    wanted = sorted((rng.random() * 10 ** rng.randint(-3, 1) for _ in range(n)), reverse=True)
    scaled = [[value * x for x in row] for value, row in zip(wanted, rotation(rng, n), strict=True)]
    assert singular_values(product(rotation(rng, n), scaled)) == pytest.approx(wanted, abs=1e-7 * wanted[0])


def test_a_product_of_rank_r_has_r_values_that_are_not_zero() -> None:
    rng = random.Random(8)
    b, a = ([[rng.gauss(0, 1) for _ in range(width)] for _ in range(height)] for height, width in ((64, 8), (8, 64)))
    values = singular_values(product(b, a))
    assert min(values[:8]) > 1
    assert max(values[8:]) < 1e-5 * values[0]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.floats(-9, 9), min_size=n, max_size=n), min_size=1, max_size=6)
    )
)
def test_their_squares_sum_to_those_of_the_entries_and_transposing_changes_nothing(a: list[list[float]]) -> None:
    values = singular_values(a)
    total = fsum(x * x for row in a for x in row)
    assert fsum(value * value for value in values) == pytest.approx(total, rel=1e-9, abs=1e-12)
    assert singular_values(transposed(a)) == pytest.approx(values, rel=1e-5, abs=1e-6)


def test_their_product_is_the_determinant() -> None:
    assert prod(singular_values([[2.0, 1.0], [1.0, 3.0]])) == pytest.approx(5.0)
