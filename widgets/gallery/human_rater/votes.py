"""What the reader said of the pairs: a vote is kept as ``PAIR:CHOICE``, and names its pair by its id alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from widgets.core.fields import FieldError, HiddenValue

Pair = Mapping[str, str]
Vote = tuple[str, str]
"""Id of a pair and what the reader said of it: ``a``, ``b``, ``tie``, or ``skip`` for a pair left out."""

RatedPair = tuple[Pair, str]
"""A pair itself and what the reader said of it: ``a``, ``b`` or ``tie``."""

CHOICES = ("a", "b", "tie")
UNREADABLE: Vote = ("", "skip")
"""Stands for something among the kept votes that is none."""
ITEM = re.compile(r"(p\d\d):(a|b|tie|skip)")


@dataclass(frozen=True)
class Votes(HiddenValue[tuple[Vote, ...]]):
    """The votes in the order in which they were given, for example ``p01:a,p02:tie``."""

    def parse(self, text: str) -> tuple[Vote, ...]:
        """Return the votes; raise FieldError if there are far too many.

        An item that is no vote (a storage altered by hand) counts as a skipped pair, so that the other votes live.
        """
        if len(text) > self.max_length:
            raise FieldError("The kept votes are too long to be read; delete them to start anew")
        votes: list[Vote] = []
        for item in text.split(",") if text else ():
            found = ITEM.fullmatch(item)
            votes.append((found[1], found[2]) if found else UNREADABLE)
        return tuple(votes)


def rated_pairs(pairs: Sequence[Pair], votes: Sequence[Vote]) -> list[RatedPair]:
    """Give the pairs that teach something: no skipped pairs, and no pairs that are no longer in the file."""
    known = {pair["id"]: pair for pair in pairs}
    return [(known[pair_id], choice) for pair_id, choice in votes if pair_id in known and choice in CHOICES]
