"""A question that is answered with a number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

from widgets.core.fields import FieldError, HiddenValue, plain
from widgets.core.html import Html, element, join
from widgets.quiz.findings import Finding, Path
from widgets.quiz.question import LABEL, RIGHT_SIGN, WRONG_SIGN, Answer, Grade, Question, verdict
from widgets.quiz.ranges import (
    RIGHT,
    NearMiss,
    NumericWording,
    otherwise,
    ranges_of_question,
    token_of,
    tokens_of,
    verdict_of,
)
from widgets.quiz.text import number_text, rich_text

HELP = "Digits only, with a point for decimals."


@dataclass(frozen=True)
class NumericAnswer(HiddenValue[Answer]):
    """A typed number as the reader typed it; "" for no answer. Its value is the number's token alone.

    A token is allowed as text too, so that answers can be prepared for all numbers of a range at once.

    Attributes:
        wordings: The question's wordings.
    """

    wordings: tuple[NumericWording, ...] = ()

    def parse(self, text: str) -> Answer:
        """Return the token of the number, or nothing for no answer; raise FieldError if it is no number."""
        if text == "":
            return ()
        if text in tokens_of(self.wordings):
            return (text,)
        try:
            number = float(text) if text.isascii() and "_" not in text and len(text) <= self.max_length else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise FieldError(f'{self.label} must be a number; found "{text[: self.max_length]}"')
        return (token_of(number, self.wordings),)


@dataclass(frozen=True)
class Numeric(Question[NumericWording]):
    """A number box; what lies within the tolerance is right, and known near misses are explained."""

    when_empty = "Type a number first, then check it."
    has_choices = False

    @classmethod
    def from_content(cls, quiz: str, data: Mapping[str, Any]) -> Self:
        """Read a question from the content of a quiz, which its schema has accepted."""
        return cls(quiz, data["id"], tuple(map(_wording, data["wordings"])))

    @property
    def field(self) -> NumericAnswer:
        """The field that holds the number."""
        return NumericAnswer(self.id, LABEL, "", stored=True, wordings=self.wordings)

    def answer_texts(self, attempt: int) -> Iterator[str]:
        """List the tokens, which stand for all numbers."""
        yield from tokens_of(self.wordings)

    def grade(self, attempt: int, answer: Answer) -> Grade:
        """Read the verdict from the number's token."""
        if not answer:
            return Grade()
        found = verdict_of(answer[0], self.wording_number(attempt))
        near = int(found.removeprefix("near-")) if found.startswith("near-") else 0
        return Grade(is_answered=True, points=int(found == RIGHT), near=near)

    def controls(self, widget_id: str, attempt: int, answer: Answer, result: Grade) -> Html:
        """Build the number box, which carries the ranges by which the page's script finds a prepared answer."""
        unit = self.wording(attempt).unit
        element_id = f"{widget_id}-{self.id}-number"
        ranges = ",".join(
            f"[{plain(low)},{plain(high)},{json.dumps(token)}]"
            for low, high, token in ranges_of_question(self.wordings)
        )
        control = element(
            "input",
            type="number",
            id=element_id,
            name=self.id,
            step="any",
            inputmode="decimal",
            autocomplete="off",
            aria_describedby=f"{element_id}-help",
            data_ranges=f"[{ranges}]",
            data_otherwise=otherwise(self.wordings),
        )
        return element(
            "p",
            element("label", "Your answer", for_=element_id),
            " ",
            control,
            " ",
            element("span", rich_text(unit), class_="ft-unit") if unit else None,
            " ",
            element("small", HELP, class_="ft-help", id=f"{element_id}-help"),
            class_="ft-number",
        )

    def feedback(self, attempt: int, result: Grade) -> Html:
        """Give the answer with its reason, and what a near miss was."""
        wording = self.wording(attempt)
        if result.points:
            return join(verdict(RIGHT_SIGN, "Right. ", _answer(wording)), element("p", rich_text(wording.why)))
        near = wording.near_misses[result.near - 1] if result.near else None
        return join(
            verdict(WRONG_SIGN, "Not quite." if near else "Not right."),
            element("p", rich_text(near.why)) if near else None,
            self.solution(attempt),
        )

    def solution(self, attempt: int) -> Html:
        """Give the answer with its reason."""
        wording = self.wording(attempt)
        return element("p", _answer(wording), " ", rich_text(wording.why))

    def findings(self, path: Path) -> Iterator[Finding]:
        """Find numbers that are none, and tolerances that make no sense."""
        for number, wording in enumerate(self.wordings):
            yield from _findings((*path, "wordings", number), wording)


def _wording(data: Mapping[str, Any]) -> NumericWording:
    misses = tuple(NearMiss(**miss) for miss in data.get("near_misses", ()))
    return NumericWording(**{**data, "near_misses": misses})


def _answer(wording: NumericWording) -> Html:
    unit = join(" ", rich_text(wording.unit)) if wording.unit else None
    low, high = wording.bounds(wording.answer)
    span = f"; anything from {number_text(low)} to {number_text(high)} counts" if low < high else ""
    return join("The answer is ", element("strong", number_text(wording.answer), unit), f"{span}.")


def _findings(path: Path, wording: NumericWording) -> Iterator[Finding]:
    answer, misses = wording.answer, wording.near_misses
    for where, number in (("answer", answer), *(("near_misses", miss.value) for miss in misses)):
        if not math.isfinite(number):
            yield (*path, where), f"`{where}` must be a finite number; found {number}"
            return
    if wording.tolerance is not None and wording.tolerance_percent is not None:
        yield (*path, "tolerance_percent"), "give tolerance or tolerance_percent, not both"
        return
    low, high = wording.bounds(answer)
    if low == high and answer != int(answer):
        yield (
            (*path, "answer"),
            (
                f"answer {number_text(answer)} is no whole number, so readers cannot be expected to hit it exactly; "
                "give a tolerance above 0 or a tolerance_percent"
            ),
        )
    if answer != 0 and low <= 0 <= high:
        yield (
            (*path, "tolerance"),
            (
                f"tolerance {number_text(wording.tolerance or 0)} is as large as the answer {number_text(answer)}, "
                "so that 0 would count as right; give a smaller one"
            ),
        )
    for position, miss in enumerate(misses):
        if low <= miss.value <= high:
            yield (
                (*path, "near_misses", position, "value"),
                (
                    f"near miss {number_text(miss.value)} counts as right (from {number_text(low)} to "
                    f"{number_text(high)}); move it out of that range or make the tolerance smaller"
                ),
            )
    for (_, one), (position, other) in combinations(enumerate(misses), 2):
        other_low, other_high = wording.bounds(other.value)
        if other_low <= one.value <= other_high:
            yield (
                (*path, "near_misses", position, "value"),
                (
                    f"near misses {number_text(one.value)} and {number_text(other.value)} lie within one "
                    "tolerance of each other; keep one of them"
                ),
            )
