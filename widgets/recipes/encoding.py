"""Training rows in token ids, from questions with answers and from preference pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from widgets.core.errors import EngineError
from widgets.world import PreferencePair, tokenizer


class HasPromptAndResponse(Protocol):
    """A training pair, for example `widgets.world.QAPair`."""

    @property
    def prompt(self) -> str:
        """What is asked, up to the place where the answer begins."""

    @property
    def response(self) -> str:
        """The answer, its end included."""


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


@dataclass(frozen=True)
class EncodedPair:
    """A preference pair in token ids: what the steps of reward models and of DPO draw their batches from.

    Attributes:
        chosen: The row of the answer that was preferred.
        rejected: The row of the other one.
        reference_chosen: For DPO the log-probability that the reference gives to the chosen answer, in nats.
        reference_rejected: The same of the rejected one.
    """

    chosen: Row
    rejected: Row
    reference_chosen: float = 0.0
    reference_rejected: float = 0.0


def encode_preferences(preferences: Sequence[PreferencePair], recipe: str) -> list[EncodedPair]:
    """Return preference pairs in token ids.

    Args:
        preferences: At least one.
        recipe: Who needs them, for the message.

    Raises:
        EngineError: There are none, or a word is unknown.
    """
    if not preferences:
        raise EngineError(f"{recipe}: needs at least one vote")
    return [
        EncodedPair(encode_row(pair.prompt, pair.chosen), encode_row(pair.prompt, pair.rejected))
        for pair in preferences
    ]


def rows_of(pairs: Iterable[EncodedPair]) -> list[Row]:
    """Return all rows of some pairs, each chosen one before its rejected one."""
    return [row for pair in pairs for row in (pair.chosen, pair.rejected)]


def longest(rows: Sequence[Row]) -> int:
    """Return how many tokens the longest row has.

    Raises:
        EngineError: There are no rows.
    """
    if not rows:
        raise EngineError("there are no rows to train on")
    return max(len(row) for row in rows)
