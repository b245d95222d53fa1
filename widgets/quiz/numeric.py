"""Numeric answers: which ranges of numbers are right, which are known near misses.

A typed number is first turned into a **token** that says in which range it lies, and everything the reader sees
after the answer depends on the token alone. So a few prepared answers cover every number there is, and the
page's script needs only the list of ranges (``data-ranges`` of the number input) to find the prepared one.

A question may have two wordings with ranges of their own. A token therefore names the verdict under each of
them, for example ``right`` (one wording) or ``right.wrong`` (two).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

RIGHT = "right"
WRONG = "wrong"

Range = tuple[float, float, str]
"""Lowest number, highest number (both included), token."""


def bounds(value: float, wording: Mapping[str, Any]) -> tuple[float, float]:
    """Give the lowest and the highest number that count as ``value``.

    The sum is made in decimal, because 0.0622 + 0.0001 in binary is a little less than 0.0623 and would refuse it.

    >>> bounds(0.0622, {"tolerance": 0.0001})
    (0.0621, 0.0623)
    >>> bounds(200, {"tolerance_percent": 2})
    (196.0, 204.0)
    """
    return _bounds(value, wording.get("tolerance", 0), wording.get("tolerance_percent"))


@lru_cache(maxsize=1024)
def _bounds(value: float, tolerance: float, percent: float | None) -> tuple[float, float]:
    centre = Decimal(repr(value))
    distance = Decimal(repr(tolerance)) if percent is None else abs(centre) * Decimal(repr(percent)) / 100
    return float(centre - distance), float(centre + distance)


def ranges_of_wording(wording: Mapping[str, Any]) -> list[Range]:
    """List the ranges of one wording; the first that holds a number decides, and none means ``wrong``.

    Args:
        wording: ``answer``, ``tolerance`` or ``tolerance_percent``, and ``near_misses``.

    >>> ranges_of_wording({"answer": 8, "near_misses": [{"value": 16, "why": "twice"}]})
    [(8.0, 8.0, 'right'), (16.0, 16.0, 'near-1')]
    """
    listed = [(*bounds(wording["answer"], wording), RIGHT)]
    for number, miss in enumerate(wording.get("near_misses", ()), start=1):
        listed.append((*bounds(miss["value"], wording), f"near-{number}"))
    return listed


def ranges_of_question(wordings: Sequence[Mapping[str, Any]]) -> list[Range]:
    """List the ranges over all wordings of a question, with tokens that name the verdict under each.

    Overlaps of ranges come first, so that "the first range that holds the number decides" stays true.
    """
    combined: list[tuple[float, float, tuple[str, ...]]] = [(-math.inf, math.inf, ())]
    for wording in wordings:
        combined = [
            (max(low, own_low), min(high, own_high), (*verdicts, verdict))
            for low, high, verdicts in combined
            for own_low, own_high, verdict in [*ranges_of_wording(wording), (-math.inf, math.inf, WRONG)]
            if max(low, own_low) <= min(high, own_high)
        ]
    return [(low, high, ".".join(verdicts)) for low, high, verdicts in combined if low > -math.inf]


def otherwise(wordings: Sequence[object]) -> str:
    """Give the token of a number that lies in no range.

    >>> otherwise([{}, {}])
    'wrong.wrong'
    """
    return ".".join([WRONG] * len(wordings))


def token_of(number: float, wordings: Sequence[Mapping[str, Any]]) -> str:
    """Find the token of a number."""
    for low, high, token in ranges_of_question(wordings):
        if low <= number <= high:
            return token
    return otherwise(wordings)


def tokens_of(wordings: Sequence[Mapping[str, Any]]) -> list[str]:
    """List every token that a number can get."""
    return list(dict.fromkeys([*(token for _, _, token in ranges_of_question(wordings)), otherwise(wordings)]))


def verdict_of(token: str, wording_number: int) -> str:
    """Read from a token the verdict under one wording: ``right``, ``near-N`` or ``wrong``.

    >>> verdict_of("right.near-1", 1)
    'near-1'
    """
    return token.split(".")[wording_number]
