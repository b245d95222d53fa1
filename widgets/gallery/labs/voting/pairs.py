"""The pairs of answers on which the reader votes: recorded ones, and new ones sampled in the reader's tab.

The recorded ones were sampled from the tiny model after fine-tuning on all three styles, and are kept in
``widgets/world/recorded/preferences.json``, so that the first vote needs no Python. New ones are put before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from widgets.core.fields import FieldError, HiddenValue
from widgets.gallery.labs.answers import questions_by_text
from widgets.world import Comparison, vocabulary

MOST_DRAWN = 40
"""So many new pairs are kept; they take room on the reader's device."""

LONGEST_ANSWER = 20
"""In tokens."""


@cache
def stock() -> tuple[Comparison, ...]:
    """Give the recorded pairs, in the order in which the reader sees them."""
    text = resources.files("widgets.world.recorded").joinpath("preferences.json").read_text(encoding="utf-8")
    return from_rows(json.loads(text)["pairs"])


def to_rows(pairs: Iterable[Comparison]) -> list[list[str]]:
    """Write pairs as rows of question, one answer, the other one."""
    return [[pair.question.text, pair.response_a, pair.response_b] for pair in pairs]


def from_rows(rows: Iterable[Sequence[str]]) -> tuple[Comparison, ...]:
    """Read pairs from rows.

    Raises:
        ValueError: A row has not three texts, its question is none of the world's, or an answer has other words.
    """
    asked = questions_by_text("train")
    known = set(vocabulary())
    pairs = []
    for row in rows:
        question, *answers = row
        words = [word for answer in answers for word in answer.split()]
        if len(answers) != 2 or question not in asked or set(words) - known or len(words) > 2 * LONGEST_ANSWER:
            raise ValueError(f"no pair of answers: {row!r}")
        pairs.append(Comparison(asked[question], *answers))
    return tuple(pairs)


@dataclass(frozen=True)
class DrawnPairs(HiddenValue[tuple[Comparison, ...]]):
    """The field that holds the pairs that were sampled in the reader's tab; kept on the device."""

    stored: bool = True
    max_length: int = 12_000
    most_items: int = MOST_DRAWN

    def parse(self, text: str) -> tuple[Comparison, ...]:
        """Return the pairs; raise `FieldError` if the text was altered."""
        if not text:
            return ()
        try:
            rows = json.loads(text if len(text) <= self.max_length else "?")
            if not isinstance(rows, list) or len(rows) > MOST_DRAWN:
                raise ValueError("not so many")
            return from_rows(rows)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise FieldError(f"{self.label} could not be read and start anew") from None


def as_text(pairs: Sequence[Comparison]) -> str:
    """Write pairs as the text of the field."""
    return json.dumps(to_rows(pairs), separators=(",", ":")) if pairs else ""


def unrated(pairs: Sequence[Comparison], votes: Sequence[tuple[str, str]]) -> list[Comparison]:
    """Give those pairs on which there is no vote."""
    rated = {pair_id for pair_id, _ in votes}
    return [pair for pair in pairs if pair.pair_id not in rated]


def pair_to_show(
    drawn: Sequence[Comparison], votes: Sequence[tuple[str, str]]
) -> tuple[Comparison | None, int, Sequence[Comparison]]:
    """Choose the pair that is voted on next: the new ones first, then the recorded ones in their order.

    Args:
        drawn: The new pairs.
        votes: The votes given, each with the id of its pair.

    Returns:
        The pair or None after the last one, its place from 0, and the pairs it is one of.
    """
    left = unrated(drawn, votes)
    if left:
        return left[0], len(drawn) - len(left), drawn
    new = {pair.pair_id for pair in drawn}
    place = sum(1 for pair_id, _ in votes if pair_id not in new)
    return (stock()[place] if place < len(stock()) else None), place, stock()
