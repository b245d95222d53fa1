"""From texts of the world to token ids, and back.

Inside the world a text is words with one blank between any two, so a word's place in the vocabulary is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from widgets.core.errors import EngineError
from widgets.data.world import EOS, vocabulary


class HasPromptAndResponse(Protocol):
    """A training pair, for example `widgets.data.world.QAPair`."""

    @property
    def prompt(self) -> str:
        """What is asked, up to the place where the answer begins."""

    @property
    def response(self) -> str:
        """The answer, its end included."""


class HasPreference(Protocol):
    """A vote, for example `widgets.data.world.PreferencePair`."""

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


def encode(text: str) -> list[int]:
    """Return the ids of a text in the world's form.

    Raises:
        EngineError: Some words are not in the vocabulary; the message names them.

    >>> encode("<bos> the owl")
    [1, 192, 163]
    """
    ids = _ids()
    words = text.split()
    unknown = [word for word in dict.fromkeys(words) if word not in ids]
    if unknown:
        listed = ", ".join(f'"{word}"' for word in unknown)
        raise EngineError(f"the model does not know {listed}; it knows {len(ids)} words")
    return [ids[word] for word in words]


def decode(ids: Iterable[int]) -> str:
    """Return the text of some ids, in the world's form."""
    words = vocabulary()
    return " ".join(words[index] for index in ids)


def encode_pairs(pairs: Iterable[HasPromptAndResponse]) -> list[Row]:
    """Return training pairs as rows of token ids."""
    return [encode_row(pair.prompt, pair.response) for pair in pairs]


def encode_row(prompt: str, response: str) -> Row:
    """Return one prompt and response as token ids."""
    return Row(tuple(encode(prompt)), tuple(encode(response)))


def end_id() -> int:
    """Return the id of the token that ends an answer."""
    return _ids()[EOS]


def longest(rows: Sequence[Row]) -> int:
    """Return how many tokens the longest row has.

    Raises:
        EngineError: There are no rows.
    """
    if not rows:
        raise EngineError("there are no rows to train on")
    return max(len(row) for row in rows)


@cache
def _ids() -> dict[str, int]:
    return {word: index for index, word in enumerate(vocabulary())}
