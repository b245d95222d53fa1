"""Random choices that come out the same in every Python.

Only ``random.Random.random`` is promised to give the same numbers in later versions of Python, so the world's
generators draw through these functions and not through ``choice``, ``shuffle`` or ``sample``.
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
