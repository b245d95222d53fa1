"""Questions that are answered by choosing: what those with one right choice and with several have in common."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, ClassVar, Self

from widgets.core.draws import shuffled
from widgets.core.errors import not_allowed
from widgets.core.fields import FieldError, HiddenValue
from widgets.core.html import Html, element, join
from widgets.quiz.findings import Finding, Path, repeated
from widgets.quiz.question import LABEL, RIGHT_SIGN, WRONG_SIGN, Answer, Grade, Question, Wording, verdict
from widgets.quiz.text import rich_text

MISSED_SIGN = "○"


@dataclass(frozen=True)
class Choice:
    """One thing to choose: ``why`` explains after the answer why it is right or wrong."""

    id: str
    text: str
    why: str
    correct: bool = False


@dataclass(frozen=True)
class ChoiceWording(Wording):
    """A prompt with its choices, in the order of the file."""

    choices: tuple[Choice, ...]

    @property
    def correct(self) -> tuple[Choice, ...]:
        """The right choices."""
        return tuple(choice for choice in self.choices if choice.correct)


@dataclass(frozen=True)
class ChoiceAnswer(HiddenValue[Answer]):
    """The chosen choices of a question, joined by commas; "" for no answer.

    Attributes:
        choices: Every choice's id, over all wordings.
        allows_several: True for a question with several right choices.
    """

    choices: tuple[str, ...] = ()
    allows_several: bool = False

    def parse(self, text: str) -> Answer:
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
class ChoiceQuestion(Question[ChoiceWording]):
    """A question with choices.

    Attributes:
        allows_several: True where more than one may be chosen.
        control: Type of the ``<input>`` elements.
    """

    allows_several: ClassVar[bool]
    control: ClassVar[str]
    has_choices = True

    @classmethod
    def from_content(cls, quiz: str, data: Mapping[str, Any]) -> Self:
        """Read a question from the content of a quiz, which its schema has accepted."""
        wordings = (
            ChoiceWording(wording["prompt"], tuple(Choice(**choice) for choice in wording["choices"]))
            for wording in data["wordings"]
        )
        return cls(quiz, data["id"], tuple(wordings))

    @property
    def field(self) -> ChoiceAnswer:
        """The field that holds the ids of the chosen choices."""
        ids = dict.fromkeys(choice.id for wording in self.wordings for choice in wording.choices)
        return ChoiceAnswer(
            self.id, LABEL, "", stored=True, max_length=400, choices=tuple(ids), allows_several=self.allows_several
        )

    def shown_choices(self, attempt: int) -> list[Choice]:
        """Give the choices in the order of an attempt: shuffled, but the same for every reader and in every Python."""
        return shuffled(random.Random(f"{self.quiz}/{self.id}/{attempt}"), self.wording(attempt).choices)

    def answer_texts(self, attempt: int) -> Iterator[str]:
        """List every answer that can be given in an attempt, its choices joined in the order in which they stand."""
        ids = [choice.id for choice in self.shown_choices(attempt)]
        for size in range(1, (len(ids) if self.allows_several else 1) + 1):
            for chosen in combinations(ids, size):
                yield ",".join(chosen)

    def grade(self, attempt: int, answer: Answer) -> Grade:
        """Grade an answer: all right choices and no wrong one make one point together."""
        wording = self.wording(attempt)
        if not answer or not {choice.id for choice in wording.choices}.issuperset(answer):
            return Grade()
        missed = tuple(choice.id for choice in wording.correct if choice.id not in answer)
        wrong = tuple(choice.id for choice in wording.choices if choice.id in answer and not choice.correct)
        return Grade(is_answered=True, points=int(not missed and not wrong), missed=missed, wrong=wrong)

    def controls(self, widget_id: str, attempt: int, answer: Answer, result: Grade) -> Html:
        """Build a row for each choice; after the answer it says what the choice was worth, and why."""
        hint = element("p", "Choose all that are right.", class_="ft-help") if self.allows_several else None
        rows = (
            _row(
                self.control,
                f"{widget_id}-{self.id}-{choice.id}",
                self.id,
                choice,
                is_chosen=choice.id in answer,
                is_answered=result.is_answered,
            )
            for choice in self.shown_choices(attempt)
        )
        return join(hint, element("div", rows, class_="ft-choices"))

    def feedback(self, attempt: int, result: Grade) -> Html:
        """Say that the answer was right, or what was not."""
        if result.points:
            return verdict(RIGHT_SIGN, "Right.")
        texts = {choice.id: rich_text(choice.text) for choice in self.wording(attempt).choices}
        return verdict(WRONG_SIGN, *self.correction(attempt, result, [texts[missed] for missed in result.missed]))

    @abstractmethod
    def correction(self, attempt: int, result: Grade, missed: Sequence[Html]) -> Iterator[Html | str]:
        """Say what was not right about an answer; ``missed`` are the texts of right choices that were not chosen."""

    def solution(self, attempt: int) -> Html:
        """List every choice with its reason, in the order of the file."""
        return element(
            "ul",
            (
                element(
                    "li",
                    element("strong", "Right: " if choice.correct else "Wrong: "),
                    rich_text(choice.text),
                    " ",
                    rich_text(choice.why),
                )
                for choice in self.wording(attempt).choices
            ),
        )

    def findings(self, path: Path) -> Iterator[Finding]:
        """Find choices that stand twice, and wordings with the wrong number of right ones."""
        for number, wording in enumerate(self.wordings):
            place = (*path, "wordings", number, "choices")
            yield from repeated(place, [choice.id for choice in wording.choices], "id", "choice id")
            yield from repeated(place, [choice.text for choice in wording.choices], "text", "choice text")
            for problem in self.problems_of(wording):
                yield place, problem

    @abstractmethod
    def problems_of(self, wording: ChoiceWording) -> Iterator[str]:
        """Say what is wrong with the number of right choices."""


@lru_cache(maxsize=1024)
def _row(control: str, element_id: str, name: str, choice: Choice, *, is_chosen: bool, is_answered: bool) -> Html:
    # A choice looks the same in most of the answers that travel with the page, so it is written once for all of them.
    explained = is_answered and (is_chosen or choice.correct)
    box = element("input", type=control, id=element_id, name=name, value=choice.id, autocomplete="off")
    mark = element("span", _mark(is_chosen, choice.correct), class_="ft-mark") if explained else None
    label = element("label", box, element("span", rich_text(choice.text), " ", mark), class_="ft-check")
    why = element("p", rich_text(choice.why), class_="ft-why") if explained else None
    if is_answered and not explained:
        why = element(
            "details",
            element("summary", "Why not this one?"),
            element("p", rich_text(choice.why)),
            class_="ft-why ft-why-not",
        )
    state = None
    if explained:
        state = ("right" if is_chosen else "missed") if choice.correct else "wrong"
    return element("div", label, why, class_="ft-choice", data_result=state)


def _mark(is_chosen: bool, is_correct: bool) -> str:
    if is_chosen:
        return f"{RIGHT_SIGN} your answer, right" if is_correct else f"{WRONG_SIGN} your answer, wrong"
    return f"{MISSED_SIGN} right answer"
