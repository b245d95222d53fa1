"""Pairs of answers sampled from the model, and a simulated rater's votes on them.

What this simplifies: both answers come from the same model at the same temperature, and a question is compared once.
A reader's own votes become the same `PreferencePair`s.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

from widgets.core.errors import EngineError
from widgets.data.world import PreferencePair, Question, SimulatedRater, Split, Vote, questions
from widgets.data.world.draws import shuffled
from widgets.engine.transformer import GPT
from widgets.recipes.evaluation import answer_questions

VOTE_TEMPERATURE = 0.7
"""Of the two answers that are compared: different enough to choose between, seldom nonsense."""

SAMPLED_AT_ONCE = 32
EMPTY_ROUNDS = 20
"""After so many rounds without a vote there is no point in going on."""


@dataclass(frozen=True)
class Comparison:
    """Two different answers to one question, to choose from.

    Attributes:
        question: What was asked.
        response_a: One answer in words, ``<eos>`` included if it was written.
        response_b: The other one.
    """

    question: Question
    response_a: str
    response_b: str

    def preference(self, vote: Vote) -> PreferencePair | None:
        """Return the vote as a pair of chosen and rejected; None for a tie."""
        if vote == "tie":
            return None
        chosen, rejected = (self.response_a, self.response_b) if vote == "a" else (self.response_b, self.response_a)
        return PreferencePair(self.question, chosen, rejected)


def sample_comparisons(
    model: GPT, asked: list[Question], *, temperature: float = VOTE_TEMPERATURE, seed: int = 0
) -> list[Comparison]:
    """Let a model answer each question twice, and keep the questions whose two answers differ.

    Args:
        model: Who answers.
        asked: The questions.
        temperature: Of the sampling.
        seed: Of the sampling.
    """
    twice = [question for question in asked for _ in range(2)]
    texts = answer_questions(model, twice, temperature=temperature, seed=seed)
    pairs = zip(asked, texts[::2], texts[1::2], strict=True)
    return [Comparison(question, a, b) for question, a, b in pairs if a != b]


def simulated_votes(
    model: GPT,
    rater: SimulatedRater,
    count: int,
    *,
    temperature: float = VOTE_TEMPERATURE,
    seed: int = 0,
    split: Split = "train",
) -> list[PreferencePair]:
    """Sample pairs of answers until a rater has preferred one `count` times.

    Args:
        model: Who answers.
        rater: Who votes; ties are left out.
        count: How many votes.
        temperature: Of the sampling.
        seed: Of the questions and of the sampling.
        split: Whose animals the questions are about.

    Raises:
        EngineError: The answers hardly ever differ enough for a vote.
    """
    rng = random.Random(seed)
    votes: list[PreferencePair] = []
    waiting: list[Question] = []
    empty_rounds = 0
    for number in itertools.count():
        if len(votes) >= count:
            break
        if empty_rounds == EMPTY_ROUNDS:
            raise EngineError(f"the model's two answers hardly differ: {len(votes)} votes of {count} were possible")
        if len(waiting) < SAMPLED_AT_ONCE:
            waiting = shuffled(rng, questions(split))
        asked, waiting = waiting[:SAMPLED_AT_ONCE], waiting[SAMPLED_AT_ONCE:]
        compared = sample_comparisons(model, asked, temperature=temperature, seed=seed * 1000 + number)
        fresh = [preference for comparison in compared if (preference := _rated(rater, comparison))]
        empty_rounds = 0 if fresh else empty_rounds + 1
        votes += fresh
    return votes[:count]


def _rated(rater: SimulatedRater, comparison: Comparison) -> PreferencePair | None:
    vote = rater.vote(comparison.question.fact, comparison.response_a, comparison.response_b)
    return comparison.preference(vote)
