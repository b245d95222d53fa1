"""The fields that hold a reader's answers. They have no control of their own: the question's part shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from widgets.core.errors import not_allowed
from widgets.core.fields import FieldError, Hidden
from widgets.quiz.grading import ATTEMPTS, Question, shown_choices
from widgets.quiz.numeric import token_of, tokens_of


@dataclass(frozen=True)
class ChoiceAnswer(Hidden):
    """The chosen choices of a question, joined by commas; "" for no answer.

    Attributes:
        choices: Every choice's id, over all wordings.
        allows_several: True for a question with several right choices.
    """

    choices: tuple[str, ...] = ()
    allows_several: bool = False

    def parse(self, text: str) -> tuple[str, ...]:  # type: ignore[override]
        """Return the chosen ids in the order in which the file lists them; raise FieldError for unknown ones."""
        chosen = text[: self.max_length].split(",") if text else []
        for choice in chosen:
            if choice not in self.choices:
                problem = not_allowed("choice", choice, self.choices)
                raise FieldError(f"The kept answer to a question fits no choice: {problem}")
        if len(chosen) > 1 and not self.allows_several:
            raise FieldError("The kept answer to a question names several choices where one is allowed")
        return tuple(choice for choice in self.choices if choice in chosen)


@dataclass(frozen=True)
class NumericAnswer(Hidden):
    """A typed number as the reader typed it; "" for no answer. Its value is the number's token.

    A token is allowed as text too, so that answers can be prepared for all numbers of a range at once.

    Attributes:
        wordings: The question's wordings.
    """

    wordings: tuple[Mapping[str, Any], ...] = ()

    def parse(self, text: str) -> str:
        """Return the token of the number, or "" for no answer; raise FieldError if it is no number."""
        if text == "" or text in tokens_of(self.wordings):
            return text
        try:
            number = float(text) if text.isascii() and "_" not in text and len(text) <= self.max_length else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise FieldError(f'{self.label} must be a number; found "{text[: self.max_length]}"')
        return token_of(number, self.wordings)


def answer_field(question: Question) -> Hidden:
    """Make the field that holds the answer to a question."""
    name, label = question["id"], "The kept answer to a question"
    if question["kind"] == "numeric":
        return NumericAnswer(name, label, "", stored=True, wordings=tuple(question["wordings"]))
    ids = [choice["id"] for wording in question["wordings"] for choice in wording["choices"]]
    return ChoiceAnswer(
        name, label, "", stored=True, max_length=400,
        choices=tuple(dict.fromkeys(ids)), allows_several=question["kind"] == "multiple",
    )  # fmt: skip


def answer_texts(quiz_id: str, question: Question, attempt: int) -> Iterator[str]:
    """List every answer that can be given in an attempt, as the page's script writes it.

    Several choices are joined in the order in which they are shown; numbers are stood for by their tokens.
    """
    if question["kind"] == "numeric":
        yield from tokens_of(question["wordings"])
        return
    ids = [choice["id"] for choice in shown_choices(quiz_id, question, attempt)]
    most = len(ids) if question["kind"] == "multiple" else 1
    for size in range(1, most + 1):
        for chosen in combinations(ids, size):
            yield ",".join(chosen)


def cold_states(content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Give every attempt with no answer and with every possible answer to each question."""
    start = {"attempt": "0", **{question["id"]: "" for question in content["questions"]}}
    for attempt in range(ATTEMPTS):
        yield {**start, "attempt": str(attempt)}
        for question in content["questions"]:
            for text in answer_texts(content["quiz"], question, attempt):
                yield {**start, "attempt": str(attempt), question["id"]: text}
