"""A few held-out questions with what models answered, before and after a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from widgets.core.fields import FieldError, HiddenValue
from widgets.core.html import Html, element
from widgets.world import Question, Split, as_prose, check_answer, questions, vocabulary

SAMPLES = (
    "what does the kiwi eat ?",
    "where does the platypus live ?",
    "what is the name for a young kangaroo ?",
    "when is the orangutan active ?",
)
"""Questions about animals that never appear in the fine-tuning rows."""

Column = tuple[str, Sequence[str]]
"""Whose answers they are, and one answer for each sample; or none."""


@cache
def questions_by_text(split: Split) -> dict[str, Question]:
    """Give the world's questions; writing them anew takes longer than all else that a part does."""
    return {question.text: question for question in questions(split)}


@cache
def samples() -> tuple[Question, ...]:
    """Give the questions whose answers are shown."""
    return tuple(questions_by_text("held_out")[text] for text in SAMPLES)


@dataclass(frozen=True)
class Texts(HiddenValue[tuple[str, ...]]):
    """A field with the last texts of the reader's model, in the world's words, joined by bars.

    Attributes:
        count: How many there are, if there are any.
    """

    stored: bool = True
    max_length: int = 1_000
    count: int = len(SAMPLES)

    def parse(self, text: str) -> tuple[str, ...]:
        """Return the texts; raise `FieldError` if they were altered."""
        texts = tuple(text[: self.max_length].split("|")) if text else ()
        known = set(vocabulary())
        if texts and (len(texts) != self.count or any(set(each.split()) - known for each in texts)):
            raise FieldError(f"{self.label} could not be read and start anew")
        return texts


def answers_list(*columns: Column) -> Html:
    """List the questions, each with what was answered.

    Args:
        columns: Whose answers stand below one another.
    """
    return element(
        "ol",
        (
            element(
                "li",
                element("strong", as_prose(question.text)),
                (_said(question, who, texts[place]) for who, texts in columns if texts),
                class_="lab-answer",
            )
            for place, question in enumerate(samples())
        ),
        class_="lab-answers",
    )


def _said(question: Question, who: str, text: str) -> Html:
    return element("p", element("span", f"{who}: ", class_="lab-who"), said(text), " ", mark(question, text))


def said(text: str) -> Html:
    """Write what a model said; an answer without its end was cut off."""
    words = text.split()
    is_ended = bool(words) and words[-1] == "<eos>"
    prose = as_prose(" ".join(word for word in words if not word.startswith("<")))
    return element("q", prose if is_ended else f"{prose} …")


def mark(question: Question, text: str) -> Html:
    """Say whether an answer is right, in words and colour."""
    verdict = check_answer(question.fact, text)
    if verdict.is_correct:
        return element("span", "right", class_="lab-right")
    if verdict.value is not None:
        return element("span", f"wrong: {as_prose(question.fact.value)}", class_="lab-wrong")
    return element("span", f"no answer; right: {as_prose(question.fact.value)}", class_="lab-wrong")
