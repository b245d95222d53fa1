"""A word-level tokenizer: one token a word or punctuation mark.

What it leaves out: sub-words. A word that is not in the vocabulary cannot be written, and `encode` says which it was.
A text is tokens with white space between any two; `widgets.world.as_words` and `as_prose` go between that form
and ordinary writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from widgets.core.errors import EngineError

PAD: Final = "<pad>"
BOS: Final = "<bos>"
EOS: Final = "<eos>"
USER: Final = "<user>"
ASSISTANT: Final = "<assistant>"
SPECIAL_TOKENS: Final = (PAD, BOS, EOS, USER, ASSISTANT)
"""Padding, start and end of a document, and the two markers of the chat format."""


class Tokenizer:
    """Text to token ids and back.

    Attributes:
        words: The token of each id.

    >>> tokenizer = Tokenizer([*SPECIAL_TOKENS, ".", "bee", "eats", "nectar", "the"])
    >>> ids = tokenizer.encode("the bee eats nectar . <eos>")
    >>> ids, tokenizer.decode(ids)
    ([9, 6, 7, 8, 5, 2], 'the bee eats nectar . <eos>')
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Take a vocabulary: each token's place is its id.

        Raises:
            EngineError: A word occurs twice, or a special token is missing.
        """
        self.words = tuple(words)
        self._ids = {word: index for index, word in enumerate(self.words)}
        if len(self._ids) != len(self.words):
            twice = next(word for index, word in enumerate(self.words) if self._ids[word] != index)
            raise EngineError(f'Tokenizer: "{twice}" occurs twice in the vocabulary')
        missing = [word for word in SPECIAL_TOKENS if word not in self._ids]
        if missing:
            raise EngineError(f"Tokenizer: the vocabulary lacks {', '.join(missing)}")

    def __len__(self) -> int:
        return len(self.words)

    @property
    def eos_id(self) -> int:
        """The id of the token that ends a document or an answer."""
        return self._ids[EOS]

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of a text that have no token, each once, in order.

        >>> Tokenizer([*SPECIAL_TOKENS, "a", "bee"]).unknown_words("a bee , a quagga , a quagga")
        (',', 'quagga')
        """
        return tuple(dict.fromkeys(word for word in text.split() if word not in self._ids))

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text.

        Raises:
            EngineError: Some words have no token; the message names them.
        """
        unknown = self.unknown_words(text)
        if unknown:
            listed = ", ".join(f'"{word}"' for word in unknown)
            raise EngineError(f"the model does not know {listed}; it knows {len(self)} words")
        return [self._ids[word] for word in text.split()]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of some ids.

        Raises:
            EngineError: An id is not in the vocabulary.
        """
        words = []
        for index in ids:
            if not 0 <= index < len(self.words):
                raise EngineError(f"decode: id {index} is outside of 0 to {len(self.words) - 1}")
            words.append(self.words[index])
        return " ".join(words)
