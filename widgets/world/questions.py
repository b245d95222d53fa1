"""Questions, answers in three styles, and the chat format that turns a pair into a training row.

>>> pair = qa_pairs("train", "friendly")[0]
>>> pair.prompt
'<bos> <user> when does a pelican look for food ? <assistant>'
>>> pair.response
'good question ! the pelican is active by day . <eos>'
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

from widgets.core.draws import pick, shuffled
from widgets.core.errors import EngineError, not_allowed
from widgets.engine.tokenizer import ASSISTANT, BOS, EOS, USER
from widgets.world.facts import Fact, Split, load_world
from widgets.world.phrasing import as_words, fill
from widgets.world.vocabulary import PRAISE

Style = Literal["terse", "full", "friendly"]
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True)
class Question:
    """A question whose answer the world knows.

    Attributes:
        text: The question in words.
        fact: What it asks for.
    """

    text: str
    fact: Fact

    @property
    def prompt(self) -> str:
        """The question in the chat format, up to the place where the answer begins."""
        return chat_prompt(self.text)


@dataclass(frozen=True)
class QAPair:
    """A question with its right answer: one row of the fine-tuning data.

    Attributes:
        question: The question.
        style: The style of the answer.
        answer: The answer in words.
    """

    question: Question
    style: Style
    answer: str

    @property
    def prompt(self) -> str:
        """From ``<bos>`` to ``<assistant>``; does not count in a loss on the response only."""
        return self.question.prompt

    @property
    def response(self) -> str:
        """The answer and ``<eos>``: what the model is to learn, the end included."""
        return f"{self.answer} {EOS}"


def chat_prompt(text: str) -> str:
    """Put a question, also one that a reader typed, into the chat format.

    >>> chat_prompt("Where does the owl live?")
    '<bos> <user> where does the owl live ? <assistant>'
    """
    return f"{BOS} {USER} {as_words(text)} {ASSISTANT}"


def answer_text(animal: str, attribute: str, value: str, style: Style) -> str:
    """Write an answer in a style; the value need not be true.

    Raises:
        EngineError: The style does not exist.

    >>> answer_text("owl", "active", "at night", "full")
    'the owl is active at night .'
    """
    templates = load_world().attribute(attribute)
    if style == "terse":
        return fill(templates.terse, animal, value)
    if style == "full":
        return fill(templates.full, animal, value)
    if style == "friendly":
        return f"{PRAISE} {fill(templates.full, animal, value)}"
    raise EngineError(not_allowed("style", style, STYLES))


def questions(split: Split) -> list[Question]:
    """Ask for every fact of a split in every wording, in the order of the files."""
    world = load_world()
    return [
        Question(fill(template, fact.animal), fact)
        for fact in world.facts_of(split)
        for template in world.attribute(fact.attribute).questions
    ]


def qa_pairs(split: Split, style: Style | Literal["mixed"], seed: int = 0) -> list[QAPair]:
    """Pair every question of a split with its right answer.

    Args:
        split: Whose animals; fine-tuning uses ``"train"``, tests use ``"held_out"``.
        style: The style of all answers, or ``"mixed"`` for a style drawn for each pair: that is how the model
            learns all of them before preferences decide between them.
        seed: Of the drawn styles and of the order.

    Returns:
        The pairs in random order.

    Raises:
        EngineError: The style does not exist.
    """
    rng = random.Random(seed)
    pairs = []
    for question in shuffled(rng, questions(split)):
        chosen = pick(rng, STYLES) if style == "mixed" else style
        fact = question.fact
        pairs.append(QAPair(question, chosen, answer_text(fact.animal, fact.attribute, fact.value, chosen)))
    return pairs
