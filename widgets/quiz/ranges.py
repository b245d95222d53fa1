"""Numeric answers: which ranges of numbers are right, which are known near misses.

A typed number is first turned into a **token** that says in which range it lies, and everything the reader sees
after the answer depends on the token alone. So a few prepared answers cover every number there is, and the
page's script needs only the list of ranges (``data-ranges`` of the number input) to find the prepared one.

A question may have two wordings with ranges of their own. A token therefore names the verdict under each of
them, for example ``right`` (one wording) or ``right.wrong`` (two).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from widgets.quiz.question import Wording

RIGHT = "right"
WRONG = "wrong"

Range = tuple[float, float, str]
"""Lowest number, highest number (both included), token."""


@dataclass(frozen=True)
class NearMiss:
    """A wrong number that readers are likely to type, with its own explanation."""

    value: float
    why: str


@dataclass(frozen=True)
class NumericWording(Wording):
    """A prompt that asks for a number.

    Attributes:
        answer: The right number.
        why: How it comes about.
        tolerance: How far from it still counts as right, in its unit; None where the file says nothing.
        tolerance_percent: The same in percent of the answer, or None.
        unit: Written behind the number, or "".
        near_misses: Wrong numbers with explanations of their own. The tolerance holds for them too.
    """

    answer: float
    why: str
    tolerance: float | None = None
    tolerance_percent: float | None = None
    unit: str = ""
    near_misses: tuple[NearMiss, ...] = ()

    def bounds(self, value: float) -> tuple[float, float]:
        """Give the lowest and the highest number that count as ``value``.

        >>> NumericWording("How much?", 200, "So.", tolerance_percent=2).bounds(200)
        (196.0, 204.0)
        """
        return bounds(value, self.tolerance or 0, self.tolerance_percent)

    def ranges(self) -> list[Range]:
        """List the ranges; the first that holds a number decides, and none means ``wrong``.

        >>> NumericWording("How many?", 8, "So.", near_misses=(NearMiss(16, "Twice."),)).ranges()
        [(8.0, 8.0, 'right'), (16.0, 16.0, 'near-1')]
        """
        misses = enumerate(self.near_misses, start=1)
        return [
            (*self.bounds(self.answer), RIGHT),
            *((*self.bounds(miss.value), f"near-{number}") for number, miss in misses),
        ]


@lru_cache(maxsize=1024)
def bounds(value: float, tolerance: float, percent: float | None = None) -> tuple[float, float]:
    """Give the lowest and the highest number that count as ``value``.

    The sum is made in decimal, because 0.0622 + 0.0001 in binary is a little less than 0.0623 and would refuse it.

    >>> bounds(0.0622, 0.0001)
    (0.0621, 0.0623)
    """
    centre = Decimal(repr(value))
    distance = Decimal(repr(tolerance)) if percent is None else abs(centre) * Decimal(repr(percent)) / 100
    return float(centre - distance), float(centre + distance)


def ranges_of_question(wordings: Sequence[NumericWording]) -> list[Range]:
    """List the ranges over all wordings of a question, with tokens that name the verdict under each.

    Overlaps of ranges come first, so that "the first range that holds the number decides" stays true.
    """
    combined: list[tuple[float, float, tuple[str, ...]]] = [(-math.inf, math.inf, ())]
    for wording in wordings:
        combined = [
            (max(low, own_low), min(high, own_high), (*verdicts, verdict))
            for low, high, verdicts in combined
            for own_low, own_high, verdict in [*wording.ranges(), (-math.inf, math.inf, WRONG)]
            if max(low, own_low) <= min(high, own_high)
        ]
    return [(low, high, ".".join(verdicts)) for low, high, verdicts in combined if low > -math.inf]


def otherwise(wordings: Sequence[object]) -> str:
    """Give the token of a number that lies in no range.

    >>> otherwise([{}, {}])
    'wrong.wrong'
    """
    return ".".join([WRONG] * len(wordings))


def token_of(number: float, wordings: Sequence[NumericWording]) -> str:
    """Find the token of a number."""
    for low, high, token in ranges_of_question(wordings):
        if low <= number <= high:
            return token
    return otherwise(wordings)


def tokens_of(wordings: Sequence[NumericWording]) -> list[str]:
    """List every token that a number can get."""
    return list(dict.fromkeys([*(token for _, _, token in ranges_of_question(wordings)), otherwise(wordings)]))


def verdict_of(token: str, wording_number: int) -> str:
    """Read from a token the verdict under one wording: ``right``, ``near-N`` or ``wrong``.

    >>> verdict_of("right.near-1", 1)
    'near-1'
    """
    return token.split(".")[wording_number]
