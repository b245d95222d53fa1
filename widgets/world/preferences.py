"""Preferences between two answers, and a simulated rater with a taste.

What it simplifies: a person's preference depends on more than style and truth, and changes with the mood. The
simulated rater has a fixed order of styles, puts wrong answers last, and errs with a fixed probability.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from widgets.core.draws import pick, shuffled
from widgets.core.errors import EngineError, not_allowed
from widgets.engine.tokenizer import EOS
from widgets.world.checking import check_answer
from widgets.world.facts import Fact, Split, load_world
from widgets.world.questions import STYLES, Question, Style, answer_text, questions

Choice = Literal["a", "b", "tie"]
"""Between the two answers of a comparison."""

DEFAULT_TASTE: tuple[Style, ...] = ("friendly", "full", "terse")
SHARE_OF_WRONG_ANSWERS = 0.3


@dataclass(frozen=True)
class PreferencePair:
    """What reward models and DPO learn from: two answers to a question, of which one was preferred.

    Attributes:
        question: What was asked.
        chosen: The response that was preferred, up to and with ``<eos>``.
        rejected: The other one.
    """

    question: Question
    chosen: str
    rejected: str

    @property
    def prompt(self) -> str:
        """From ``<bos>`` to ``<assistant>``."""
        return self.question.prompt


@dataclass(frozen=True)
class Comparison:
    """Two different answers of a model to one question, to choose from.

    Attributes:
        question: What was asked.
        response_a: One answer in words, ``<eos>`` included if it was written.
        response_b: The other one.
    """

    question: Question
    response_a: str
    response_b: str

    @property
    def pair_id(self) -> str:
        """Six hexadecimal digits that depend on the texts, so that a kept vote never counts for another pair."""
        text = f"{self.question.text}\n{self.response_a}\n{self.response_b}"
        return sha256(text.encode()).hexdigest()[:6]

    def preference(self, choice: Choice) -> PreferencePair | None:
        """Return the pair of chosen and rejected answer that a choice makes; None for a tie."""
        if choice == "tie":
            return None
        chosen, rejected = (self.response_a, self.response_b) if choice == "a" else (self.response_b, self.response_a)
        return PreferencePair(self.question, chosen, rejected)


@dataclass(frozen=True)
class SimulatedRater:
    """A rater made of a rule; always label its votes as simulated.

    Attributes:
        taste: All styles, the preferred one first.
        noise: The probability, 0 to 0.5, that a vote goes to the worse answer.
        seed: Of the noise.

    Raises:
        EngineError: The taste is not an order of all styles, or the noise is out of its range.
    """

    taste: tuple[Style, ...] = DEFAULT_TASTE
    noise: float = 0.0
    seed: int = 0
    _rng: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for style in self.taste:
            if style not in STYLES:
                raise EngineError(not_allowed("style", style, STYLES))
        if sorted(self.taste) != sorted(STYLES):
            found, allowed = ", ".join(self.taste), ", ".join(STYLES)
            raise EngineError(f"a taste names each style once; found: {found}; styles: {allowed}")
        if not 0.0 <= self.noise <= 0.5:
            raise EngineError(f"noise is a probability from 0 to 0.5; found: {self.noise}")
        object.__setattr__(self, "_rng", random.Random(self.seed))

    def score(self, fact: Fact, response: str) -> int:
        """Say how much the rater likes a response, without noise.

        Returns:
            3, 2 or 1 for a correct answer in the first, second or third style of the taste, 0 for a wrong answer or
            for something that is no answer.
        """
        verdict = check_answer(fact, response)
        if not verdict.is_correct or verdict.style is None:
            return 0
        return len(self.taste) - self.taste.index(verdict.style)

    def choose(self, fact: Fact, response_a: str, response_b: str) -> Choice:
        """Compare two responses to the same question.

        Returns:
            ``"tie"`` for equal scores, otherwise the better one, or with the probability ``noise`` the worse one.
        """
        difference = self.score(fact, response_a) - self.score(fact, response_b)
        if difference == 0:
            return "tie"
        errs = self._rng.random() < self.noise
        return "a" if (difference > 0) != errs else "b"


def preference_pairs(rater: SimulatedRater, count: int, seed: int, split: Split = "train") -> list[PreferencePair]:
    """Let a rater compare written answers, some of them wrong, until it has preferred one `count` times.

    The labs compare answers that the model itself samples; these pairs need no model.

    Args:
        rater: Who votes. Ties are left out.
        count: Number of pairs, at least 0.
        seed: Of the questions and the answers.
        split: Whose animals the questions are about.

    Returns:
        The pairs in the order of the votes.
    """
    rng = random.Random(seed)
    pairs: list[PreferencePair] = []
    waiting: list[Question] = []
    while len(pairs) < count:
        if not waiting:
            waiting = shuffled(rng, questions(split))
        question = waiting.pop()
        first, second = _written_response(rng, question.fact), _written_response(rng, question.fact)
        comparison = Comparison(question, first, second)
        preference = comparison.preference(rater.choose(question.fact, first, second))
        if preference:
            pairs.append(preference)
    return pairs


def _written_response(rng: random.Random, fact: Fact) -> str:
    wrong = [value for value in load_world().values(fact.attribute) if value != fact.value]
    value = pick(rng, wrong) if rng.random() < SHARE_OF_WRONG_ANSWERS else fact.value
    return f"{answer_text(fact.animal, fact.attribute, value, pick(rng, STYLES))} {EOS}"
