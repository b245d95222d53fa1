"""A few held-out questions with the answers of the base model and of the model in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from widgets.core.fields import FieldError, Hidden
from widgets.core.html import Html, element, join
from widgets.core.widget import View
from widgets.gallery.labs.recorded import recorded
from widgets.world import Question, as_prose, check_answer, questions, vocabulary

SAMPLES = (
    "what does the kiwi eat ?",
    "where does the platypus live ?",
    "what is the name for a young kangaroo ?",
    "when is the orangutan active ?",
)
"""Questions about animals that never appear in the fine-tuning rows."""


@cache
def samples() -> tuple[Question, ...]:
    """Give the questions whose answers are shown."""
    asked = {question.text: question for question in questions("held_out")}
    return tuple(asked[text] for text in SAMPLES)


@dataclass(frozen=True)
class Answers(Hidden):
    """The field that holds the last answers to the samples, in the world's words, joined by bars."""

    stored: bool = True
    max_length: int = 1_000

    def parse(self, text: str) -> Any:
        """Return the answers; raise `FieldError` if the text was altered."""
        answers = tuple(text[: self.max_length].split("|")) if text else ()
        known = set(vocabulary())
        if answers and (len(answers) != len(SAMPLES) or any(set(answer.split()) - known for answer in answers)):
            raise FieldError(f"{self.label} could not be read and start anew")
        return answers


def last_answers(view: View, lab: str, run: str = "run") -> Html:
    """Show the answers to the samples before and after the last run of a lab, the reader's or else the recorded one.

    Args:
        view: The lab's view, with its field ``answers``.
        lab: The lab's name.
        run: What a run is called, where there are runs of two kinds.
    """
    shown = recorded(lab)
    own: tuple[str, ...] = view.values["answers"]
    return join(
        element("h4", "Questions about animals that the training rows never mention"),
        answers_table(
            shown.base_answers,
            own or tuple(shown.fields["answers"].split("|")),
            f"After your last {run}" if own else f"After the recorded {run}",
        ),
    )


def answers_table(before: Sequence[str], after: Sequence[str], after_label: str) -> Html:
    """Build the questions with what was answered before and after.

    Args:
        before: The base model's answers.
        after: The trained model's answers, or none.
        after_label: Whose they are.
    """
    return element(
        "ol",
        (
            element(
                "li",
                element("strong", as_prose(question.text)),
                _said(question, "Base model", before[place] if before else ""),
                _said(question, after_label, after[place]) if after else None,
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
