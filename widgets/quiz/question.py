"""What a question is, whatever its kind: it is asked in wordings, graded, and shown with its verdict.

A kind is a class in a file of its own (:mod:`single`, :mod:`multiple`, :mod:`numeric`), named in
:data:`widgets.quiz.quiz.KINDS`. It says how its part of the quiz file is read and checked, what can be answered,
when an answer is right, and what the reader sees.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from widgets.core.fields import HiddenValue
from widgets.core.html import Html, element
from widgets.core.widget import button
from widgets.quiz.findings import Finding, Path
from widgets.quiz.text import rich_text

ATTEMPTS = 2
"""Attempts differ in wording and in the order of choices; after the last one the first comes again."""

RIGHT_SIGN, WRONG_SIGN = "✓", "✗"
LABEL = "The kept answer to a question"

Answer = tuple[str, ...]
"""The ids of the chosen choices, or the token of a number (see :mod:`widgets.quiz.ranges`); empty for no answer."""


@dataclass(frozen=True)
class Grade:
    """The verdict on one answer.

    Attributes:
        is_answered: True once there is an answer that fits the wording.
        points: 1 for a right answer, else 0.
        missed: Ids of right choices that were not chosen.
        wrong: Ids of wrong choices that were chosen.
        near: Number of the near miss that was hit, from 1, or 0.
    """

    is_answered: bool = False
    points: int = 0
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    near: int = 0


@dataclass(frozen=True)
class Wording:
    """One way of asking a question.

    Attributes:
        prompt: The question itself, with code in backticks.
    """

    prompt: str


W_co = TypeVar("W_co", bound=Wording, covariant=True)


@dataclass(frozen=True)
class Question(ABC, Generic[W_co]):
    """A question of a quiz.

    Attributes:
        quiz: Id of its quiz.
        id: Its own id, under which the reader's answer is kept.
        wordings: The ways in which it is asked; attempts take them in turns.
        when_empty: What the status line says when the reader checks without an answer.
        has_choices: True where an attempt shows choices in an order of its own.
    """

    quiz: str
    id: str
    wordings: tuple[W_co, ...]

    when_empty: ClassVar[str]
    has_choices: ClassVar[bool]

    @classmethod
    @abstractmethod
    def from_content(cls, quiz: str, data: Mapping[str, Any]) -> Self:
        """Read a question from the content of a quiz, which its schema has accepted."""

    @property
    @abstractmethod
    def field(self) -> HiddenValue[Answer]:
        """The field that holds the answer."""

    @abstractmethod
    def answer_texts(self, attempt: int) -> Iterator[str]:
        """List every answer that can be given in an attempt, as the page's script writes it."""

    @abstractmethod
    def grade(self, attempt: int, answer: Answer) -> Grade:
        """Grade an answer; one that the attempt's wording does not know counts as none.

        Args:
            attempt: Number of the attempt, from 0.
            answer: What the field holds.
        """

    @abstractmethod
    def controls(self, widget_id: str, attempt: int, answer: Answer, result: Grade) -> Html:
        """Build the controls of an attempt, with what was answered and why it is right or wrong."""

    @abstractmethod
    def feedback(self, attempt: int, result: Grade) -> Html:
        """Say what an answer was worth, and what would have been right."""

    @abstractmethod
    def solution(self, attempt: int) -> Html:
        """Give the answer with its reasons, for readers without script."""

    @abstractmethod
    def findings(self, path: Path) -> Iterator[Finding]:
        """Find what a schema cannot refuse in the wordings; ``path`` is the question's path in its file."""

    def wording_number(self, attempt: int) -> int:
        """Tell which wording an attempt shows: they take turns."""
        return attempt % len(self.wordings)

    def wording(self, attempt: int) -> W_co:
        """Give the wording that an attempt shows."""
        return self.wordings[self.wording_number(attempt)]


def render_question(
    question: Question[Wording], widget_id: str, position: int, total: int, attempt: int, answer: Answer
) -> Html:
    """Render a question with its verdict and explanations, if there is an answer.

    Args:
        question: The question.
        widget_id: The widget's id on the page.
        position: Position of the question in the quiz, from 0.
        total: Number of questions of the quiz.
        attempt: Number of the attempt, from 0.
        answer: What the question's field holds.
    """
    result = question.grade(attempt, answer)
    count = element("span", f"Question {position + 1} of {total}. ", class_="ft-count") if total > 1 else None
    prompt = element("legend", count, rich_text(question.wording(attempt).prompt))
    body = question.controls(widget_id, attempt, answer if result.is_answered else (), result)
    # Readers without script see the first attempt only, so only that carries the answer behind a disclosure.
    is_static = attempt == 0 and not result.is_answered
    feedback = question.feedback(attempt, result) if result.is_answered else None
    # The Check button stands outside the fieldset, so that it keeps the focus when the controls are locked.
    return element(
        "div",
        element("fieldset", prompt, body, disabled=result.is_answered),
        _check_button(question, widget_id, result),
        element("div", feedback, class_="ft-feedback", role="status"),
        _hidden_answer(question, attempt) if is_static else None,
        class_="ft-question",
        data_result=_result_name(result),
        data_sum_points=result.points,
        data_sum_answered=int(result.is_answered),
    )


def _result_name(result: Grade) -> str | None:
    if not result.is_answered:
        return None
    return "right" if result.points else "wrong"


def _check_button(question: Question[Wording], widget_id: str, result: Grade) -> Html:
    # The button stays where it is after the answer, and is called the same, so the keyboard's focus can stay on it.
    element_id = f"{widget_id}-{question.id}-check"
    if result.is_answered:
        check = button("Check", "check", id=element_id, aria_disabled="true")
    else:
        check = button("Check", "check", commit=question.id, id=element_id, data_empty=question.when_empty)
    return element("div", check, class_="ft-buttons")


def _hidden_answer(question: Question[Wording], attempt: int) -> Html:
    return element("details", element("summary", "Show the answer"), question.solution(attempt), class_="ft-answer")


def verdict(sign: str, *text: Html | str | None) -> Html:
    """Write the sentence with which the feedback begins."""
    return element("p", element("strong", f"{sign} ", aria_hidden="true"), text, class_="ft-verdict")
