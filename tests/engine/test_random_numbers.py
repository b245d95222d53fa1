"""Random numbers repeat for a seed and have the distribution they should."""

from __future__ import annotations

from statistics import fmean, pstdev

from widgets.engine.random_numbers import fill_normal, fill_uniform
from widgets.engine.tensor import empty


def normal(seed: int, stream: int = 0, size: int = 20001) -> list[float]:
    x = empty((size,))
    fill_normal(x, 2.0, seed=seed, stream=stream)
    return x.data().tolist()


def test_philox_gives_the_published_words() -> None:
    """Random123's known answer for philox4x32-10 with counter and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8."""
    x = empty((4,))
    fill_uniform(x, 0.0, 1.0, seed=0)
    assert [int(value * 2**24) for value in x.data()] == [
        word >> 8 for word in (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    ]


def test_normal_numbers_have_their_mean_deviation_and_tails() -> None:
    numbers = normal(seed=1)
    assert abs(fmean(numbers)) < 0.05
    assert abs(pstdev(numbers) - 2.0) < 0.04
    share = sum(abs(number) < 2.0 for number in numbers) / len(numbers)
    assert abs(share - 0.6827) < 0.015
    assert sum(abs(number) > 6.0 for number in numbers) / len(numbers) < 0.006
    assert all(abs(number) < 13 for number in numbers)


def test_a_seed_and_a_stream_repeat_and_others_differ() -> None:
    assert normal(1) == normal(1)
    assert normal(1) != normal(2)
    assert normal(1) != normal(1, stream=1)
    assert normal(1, size=10) == normal(1)[:10]


def test_uniform_numbers_stay_within_their_bounds() -> None:
    x = empty((10000,))
    fill_uniform(x, -0.5, 0.25, seed=3)
    numbers = x.data().tolist()
    assert min(numbers) >= -0.5
    assert max(numbers) < 0.25
    assert abs(fmean(numbers) + 0.125) < 0.01
