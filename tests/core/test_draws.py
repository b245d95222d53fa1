"""Draws are functions of ``Random.random`` alone, so no later Python changes what they give."""

from __future__ import annotations

import random
from collections import Counter

from widgets.core.draws import pick, shuffled


class OnlyRandom(random.Random):
    """A generator whose other methods, which later versions of Python may change, are not there."""

    def getrandbits(self, count: int) -> int:
        raise AssertionError("only random() is promised")

    def shuffle(self, *arguments: object) -> None:
        raise AssertionError("only random() is promised")

    sample = choice = choices = randrange = randint = shuffle  # type: ignore[assignment]


def test_nothing_but_random_is_drawn_from() -> None:
    rng = OnlyRandom("lora/which/0")
    assert sorted(shuffled(rng, range(20))) == list(range(20))
    assert pick(rng, "abc") in "abc"


def test_the_same_seed_gives_the_same_order_for_ever() -> None:
    assert "".join(shuffled(random.Random("sample/which/0"), "abwe")) == "bawe"
    assert [pick(random.Random(seed), "abc") for seed in range(5)] == ["c", "a", "c", "a", "a"]


def test_every_order_is_equally_likely() -> None:
    rng = random.Random(1)
    orders = Counter("".join(shuffled(rng, "abc")) for _ in range(6000))
    assert len(orders) == 6
    assert max(abs(count - 1000) for count in orders.values()) < 120
