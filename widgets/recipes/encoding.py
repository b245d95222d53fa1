"""Training rows in token ids, from questions with answers and from votes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from widgets.core.errors import EngineError
from widgets.world import tokenizer


class HasPromptAndResponse(Protocol):
    """A training pair, for example `widgets.world.QAPair`."""

    @property
    def prompt(self) -> str:
        """What is asked, up to the place where the answer begins."""

    @property
    def response(self) -> str:
        """The answer, its end included."""


class HasPreference(Protocol):
    """A vote, for example `widgets.world.PreferencePair`."""

    @property
    def prompt(self) -> str:
        """What was asked, up to the place where the answer begins."""

    @property
    def chosen(self) -> str:
        """The response that was preferred."""

    @property
    def rejected(self) -> str:
        """The other response."""


@dataclass(frozen=True)
class Row:
    """One training row in token ids.

    Attributes:
        prompt: What is asked.
        response: The answer; what a loss on the response only counts.
    """

    prompt: tuple[int, ...]
    response: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.response)


def encode_pairs(pairs: Iterable[HasPromptAndResponse]) -> list[Row]:
    """Return training pairs as rows of token ids."""
    return [encode_row(pair.prompt, pair.response) for pair in pairs]


def encode_row(prompt: str, response: str) -> Row:
    """Return one prompt and response as token ids."""
    ids = tokenizer().encode
    return Row(tuple(ids(prompt)), tuple(ids(response)))


def encode_votes(votes: Sequence[HasPreference], recipe: str) -> list[tuple[Row, Row]]:
    """Return votes as pairs of rows of token ids, the chosen one first.

    Args:
        votes: At least one.
        recipe: Who needs them, for the message.

    Raises:
        EngineError: There are no votes, or a word is unknown.
    """
    if not votes:
        raise EngineError(f"{recipe}: needs at least one vote")
    return [(encode_row(vote.prompt, vote.chosen), encode_row(vote.prompt, vote.rejected)) for vote in votes]


def longest(rows: Sequence[Row]) -> int:
    """Return how many tokens the longest row has.

    Raises:
        EngineError: There are no rows.
    """
    if not rows:
        raise EngineError("there are no rows to train on")
    return max(len(row) for row in rows)
