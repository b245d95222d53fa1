"""A quiz: its questions, each of the class that its ``kind`` names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from widgets.core.widget import Content
from widgets.quiz.multiple import Multiple
from widgets.quiz.numeric import Numeric
from widgets.quiz.question import Question, Wording
from widgets.quiz.single import Single

KINDS: dict[str, type[Question[Wording]]] = {"single": Single, "multiple": Multiple, "numeric": Numeric}
"""``kind`` in a quiz file → the class of such questions. The form of a kind's wordings stands in the JSON Schema."""


@dataclass(frozen=True)
class Quiz:
    """A quiz, as its file describes it."""

    id: str
    questions: tuple[Question[Wording], ...]


def question_of(quiz: str, data: Mapping[str, Any]) -> Question[Wording]:
    """Read one question of a quiz."""
    return KINDS[data["kind"]].from_content(quiz, data)


def quiz_of(content: Content) -> Quiz:
    """Read the content of the quiz widget."""
    quiz: str = content["quiz"]
    return Quiz(quiz, tuple(question_of(quiz, data) for data in content["questions"]))
