"""A question with one or several right choices, all of which must be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from widgets.core.html import Html
from widgets.quiz.choices import ChoiceQuestion, ChoiceWording
from widgets.quiz.question import Grade


@dataclass(frozen=True)
class Multiple(ChoiceQuestion):
    """Checkboxes; every right one and no wrong one makes the point."""

    when_empty = "Choose at least one answer first, then check."
    allows_several = True
    control = "checkbox"

    def correction(self, attempt: int, result: Grade, missed: Sequence[Html]) -> Iterator[Html | str]:
        """Count what was found and what was chosen wrongly, and name what was missed."""
        right = len(self.wording(attempt).correct)
        yield f"Not quite: you found {right - len(missed)} of {right} right answers"
        yield f" and chose {len(result.wrong)} wrong. " if result.wrong else ". "
        for position, text in enumerate(missed):
            yield "; " if position else "You missed: "
            yield text

    def problems_of(self, wording: ChoiceWording) -> Iterator[str]:
        """Refuse a wording in which nothing, or everything, is right."""
        right = len(wording.correct)
        if right == 0:
            yield "a multiple-choice question needs at least one choice with correct: true; found none"
        if right == len(wording.choices):
            yield "a multiple-choice question needs at least one wrong choice; found none"
