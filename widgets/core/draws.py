"""Random choices that come out the same in every Python.

Python promises for a seed only that ``random.Random.random`` gives the same numbers in later versions; what
``choice``, ``shuffle`` and ``sample`` make of them has changed before and may change again. These functions draw from
``random`` alone, so the same seed gives the same facts of the tiny model's world, the same rows and the same order of a
quiz's choices when the site is built with a newer Python, and in the reader's tab.

>>> shuffled(random.Random("lora/which/0"), "abcd")
['d', 'c', 'a', 'b']
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def pick(rng: random.Random, items: Sequence[T]) -> T:
    """Draw one item, all equally likely."""
    return items[int(rng.random() * len(items))]


def shuffled(rng: random.Random, items: Iterable[T]) -> list[T]:
    """Return the items in random order (Fisher–Yates)."""
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order
