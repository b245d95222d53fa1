"""A word-level tokenizer: one token a word or punctuation mark.

What it leaves out: sub-words. A word that is not in the vocabulary cannot be written, and `encode` says which it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from widgets.core.errors import EngineError

PAD: Final = "<pad>"
END: Final = "<end>"
USER: Final = "<user>"
ASSISTANT: Final = "<assistant>"
SPECIAL_TOKENS: Final = (PAD, END, USER, ASSISTANT)

_TOKEN = re.compile(r"<[a-z]+>|[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_NO_SPACE_BEFORE = frozenset(".,!?;:)")


def split_words(text: str) -> list[str]:
    """Cut a text into words, punctuation marks and special tokens, in lower case.

    >>> split_words("What does the red-eyed frog eat? <end>")
    ['what', 'does', 'the', 'red-eyed', 'frog', 'eat', '?', '<end>']
    """
    return _TOKEN.findall(text.lower())


class Tokenizer:
    """Text to token ids and back.

    Attributes:
        words: The token of each id; the special tokens first.

    >>> tokenizer = Tokenizer.from_texts(["The bee eats nectar."])
    >>> ids = tokenizer.encode("the bee eats nectar.")
    >>> ids, tokenizer.decode(ids)
    ([8, 5, 6, 7, 4], 'the bee eats nectar.')
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Take a vocabulary.

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

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Tokenizer:
        """Make the vocabulary of all words in some texts, sorted."""
        words = {word for text in texts for word in split_words(text)}
        return cls([*SPECIAL_TOKENS, *sorted(words - set(SPECIAL_TOKENS))])

    def __len__(self) -> int:
        return len(self.words)

    @property
    def pad_id(self) -> int:
        """The id that fills short rows of a batch."""
        return self._ids[PAD]

    @property
    def end_id(self) -> int:
        """The id that ends a text."""
        return self._ids[END]

    def unknown_words(self, text: str) -> list[str]:
        """Return the words of a text that have no token, each once, in order.

        >>> Tokenizer.from_texts(["a bee"]).unknown_words("A bee, a quagga, a quagga")
        [',', 'quagga']
        """
        return list(dict.fromkeys(word for word in split_words(text) if word not in self._ids))

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text.

        Raises:
            EngineError: Some words have no token; the message names them.
        """
        words = split_words(text)
        unknown = [word for word in dict.fromkeys(words) if word not in self._ids]
        if unknown:
            listed = ", ".join(f'"{word}"' for word in unknown)
            raise EngineError(f"the model does not know {listed}; it knows {len(self)} words")
        return [self._ids[word] for word in words]

    def decode(self, ids: Iterable[int], *, skip_special: bool = False) -> str:
        """Return the text of some ids, without a space before a punctuation mark.

        Args:
            ids: Token ids.
            skip_special: Leave out the special tokens.

        Raises:
            EngineError: An id is not in the vocabulary.
        """
        text = ""
        for index in ids:
            if not 0 <= index < len(self.words):
                raise EngineError(f"decode: id {index} is outside of 0 to {len(self.words) - 1}")
            word = self.words[index]
            if skip_special and word in SPECIAL_TOKENS:
                continue
            text += word if not text or word in _NO_SPACE_BEFORE else f" {word}"
        return text
