"""A question with one right choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from widgets.core.html import Html
from widgets.quiz.choices import ChoiceQuestion, ChoiceWording
from widgets.quiz.question import Grade


@dataclass(frozen=True)
class Single(ChoiceQuestion):
    """Radio buttons; one of them is right."""

    when_empty = "Choose an answer first, then check it."
    allows_several = False
    control = "radio"

    def correction(self, attempt: int, result: Grade, missed: Sequence[Html]) -> Iterator[Html | str]:
        """Name the right choice."""
        yield "Not right. The right answer: "
        yield missed[0]

    def problems_of(self, wording: ChoiceWording) -> Iterator[str]:
        """Refuse a wording without exactly one right choice."""
        right = len(wording.correct)
        if right != 1:
            yield f"a single-choice question needs exactly one choice with correct: true; found {right}"
