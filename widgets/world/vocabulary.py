"""The words that the tiny model knows, in a fixed order: a word's place in the list is its token id."""

from __future__ import annotations

from functools import cache

from widgets.engine.tokenizer import SPECIAL_TOKENS, Tokenizer
from widgets.world.facts import World, read_data_file
from widgets.world.phrasing import as_words, fill

PRAISE = "good question !"
"""How a friendly answer begins; sheets of questions in the pre-training text contain it too."""

CARD_HEADING = "facts about :"
"""The words of a fact card's first line, without the animal."""


def build_vocabulary(world: World) -> tuple[str, ...]:
    """Collect every word that the world's generators can write: special tokens first, the rest sorted.

    The committed list ``vocabulary.txt`` is the one that counts, because the weights depend on its order;
    a test compares the two.
    """
    words = {*PRAISE.split(), *CARD_HEADING.split(), *(attribute.name for attribute in world.attributes)}
    for fact in world.facts:
        attribute = world.attribute(fact.attribute)
        for template in (*attribute.statements, *attribute.questions, attribute.terse, attribute.full):
            words.update(fill(template, fact.animal, fact.value).split())
    return (*SPECIAL_TOKENS, *sorted(words))


@cache
def vocabulary() -> tuple[str, ...]:
    """Return the tokens in the order of their ids.

    >>> vocabulary()[:5]
    ('<pad>', '<bos>', '<eos>', '<user>', '<assistant>')
    """
    return tuple(read_data_file("vocabulary.txt").split())


@cache
def tokenizer() -> Tokenizer:
    """Return the tokenizer of the tiny model.

    >>> tokenizer().encode("<bos> the owl")
    [1, 192, 163]
    """
    return Tokenizer(vocabulary())


def unknown_words(text: str) -> tuple[str, ...]:
    """List the words of a reader's text that the model does not know, each once, in their order.

    >>> unknown_words("What does the unicorn eat?")
    ('unicorn',)
    """
    return tokenizer().unknown_words(as_words(text))
