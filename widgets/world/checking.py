"""Judge an answer: is it right, and in which style is it?"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.engine.tokenizer import EOS
from widgets.world.facts import Fact, load_world
from widgets.world.questions import STYLES, Style, answer_text


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth.

    Attributes:
        style: Its style, or None if it is in none of the forms in which this question can be answered.
        value: The value that it names, or None.
        is_correct: True if it has one of the forms and names the true value.
    """

    style: Style | None
    value: str | None
    is_correct: bool


NOT_AN_ANSWER = Verdict(None, None, False)


def check_answer(fact: Fact, answer: str) -> Verdict:
    """Judge an answer to a question about a fact.

    Strict on purpose: every word counts, and so does the end. A model that says the right thing and then rambles
    on has not answered, and neither has one that was cut off before it wrote ``<eos>``.

    Args:
        fact: What was asked for.
        answer: The words after ``<assistant>``, ``<eos>`` included if the model wrote it.

    >>> from widgets.world.facts import load_world
    >>> fact = load_world().facts[1]
    >>> check_answer(fact, "the wolf feeds on meat . <eos>")
    Verdict(style='full', value='meat', is_correct=True)
    >>> check_answer(fact, "fish . <eos>")
    Verdict(style='terse', value='fish', is_correct=False)
    >>> check_answer(fact, "meat .").is_correct
    False
    """
    words = answer.split()
    if not words or words[-1] != EOS:
        return NOT_AN_ANSWER
    text = " ".join(words[:-1])
    for value in load_world().values(fact.attribute):
        for style in STYLES:
            if text == answer_text(fact.animal, fact.attribute, value, style):
                return Verdict(style, value, value == fact.value)
    return NOT_AN_ANSWER


def is_exact_match(fact: Fact, answer: str, style: Style) -> bool:
    """Say whether an answer is, word for word and with its end, the right one in a given style."""
    verdict = check_answer(fact, answer)
    return verdict.is_correct and verdict.style == style
