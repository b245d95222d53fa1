"""What is asked in an attempt, and whether an answer is right. No HTML."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from widgets.quiz.numeric import RIGHT, verdict_of

ATTEMPTS = 2
"""Attempts differ in wording and in the order of choices; after the last one the first comes again."""

Question = Mapping[str, Any]
Wording = Mapping[str, Any]


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


def wording_number(question: Question, attempt: int) -> int:
    """Tell which wording an attempt shows: they take turns."""
    return attempt % len(question["wordings"])


def wording_of(question: Question, attempt: int) -> Wording:
    """Give the wording that an attempt shows."""
    wording: Wording = question["wordings"][wording_number(question, attempt)]
    return wording


def shown_choices(quiz_id: str, question: Question, attempt: int) -> list[Mapping[str, Any]]:
    """Give the choices in the order of an attempt: shuffled, but the same for every reader."""
    choices = list(wording_of(question, attempt)["choices"])
    random.Random(f"{quiz_id}/{question['id']}/{attempt}").shuffle(choices)
    return choices


def correct_ids(wording: Wording) -> tuple[str, ...]:
    """List the ids of a wording's right choices."""
    return tuple(choice["id"] for choice in wording["choices"] if choice.get("correct", False))


def grade(question: Question, attempt: int, answer: str | Sequence[str]) -> Grade:
    """Grade an answer.

    Several right choices make one point together: all of them and none of the wrong ones.

    Args:
        question: The question.
        attempt: Number of the attempt, from 0.
        answer: For a numeric question the token of the number, else the ids of the chosen choices; empty
            for no answer. Ids that the attempt's wording does not know count as no answer.
    """
    if not answer:
        return Grade()
    if question["kind"] == "numeric":
        assert isinstance(answer, str)
        verdict = verdict_of(answer, wording_number(question, attempt))
        near = int(verdict.removeprefix("near-")) if verdict.startswith("near-") else 0
        return Grade(is_answered=True, points=int(verdict == RIGHT), near=near)
    wording = wording_of(question, attempt)
    if not {choice["id"] for choice in wording["choices"]}.issuperset(answer):
        return Grade()
    correct = correct_ids(wording)
    missed = tuple(choice for choice in correct if choice not in answer)
    wrong = tuple(choice["id"] for choice in wording["choices"] if choice["id"] in set(answer) - set(correct))
    return Grade(is_answered=True, points=int(not missed and not wrong), missed=missed, wrong=wrong)
