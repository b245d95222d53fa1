"""Comparisons sampled from the model, and the preference pairs that a simulated rater makes of them.

What this simplifies: both answers come from the same model at the same temperature, and a question is compared once.
A reader's own votes become the same `PreferencePair`s.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from widgets.core.draws import shuffled
from widgets.core.errors import EngineError
from widgets.engine.architectures.gpt import GPT
from widgets.recipes.checks import require
from widgets.recipes.evaluation import answer_questions
from widgets.world import Comparison, PreferencePair, Question, SimulatedRater, Split, questions

VOTE_TEMPERATURE = 0.7
"""Of the two answers that are compared: different enough to choose between, seldom nonsense."""

SAMPLED_AT_ONCE = 32
MOST_VOTES = 100_000
EMPTY_ROUNDS = 20
"""After so many rounds without a vote there is no point in going on."""


def sample_comparisons(
    model: GPT, asked: list[Question], *, temperature: float = VOTE_TEMPERATURE, seed: int = 0
) -> list[Comparison]:
    """Let a model answer each question twice, and keep the questions whose two answers differ.

    Args:
        model: Who answers.
        asked: The questions.
        temperature: Of the sampling; at 0 both answers are the same, and nothing is left.
        seed: Of the sampling.

    Returns:
        One comparison for each question that is left, in their order.
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
        count: How many votes, 0 to `MOST_VOTES`.
        temperature: Of the sampling.
        seed: Of the questions and of the sampling.
        split: Whose animals the questions are about.

    Returns:
        `count` preference pairs, in the order in which the rater chose.

    Raises:
        EngineError: The count is out of its range, or the answers hardly ever differ enough for a vote.
    """
    votes: list[PreferencePair] = []
    for fresh in simulated_vote_rounds(model, rater, count, temperature=temperature, seed=seed, split=split):
        votes += fresh
    return votes


def simulated_vote_rounds(
    model: GPT,
    rater: SimulatedRater,
    count: int,
    *,
    temperature: float = VOTE_TEMPERATURE,
    seed: int = 0,
    split: Split = "train",
) -> Iterator[list[PreferencePair]]:
    """Do what `simulated_votes` does in rounds, so that whoever waits can be told how far it is.

    Args:
        model: Who answers.
        rater: Who votes; ties are left out.
        count: How many votes, 0 to `MOST_VOTES`.
        temperature: Of the sampling.
        seed: Of the questions and of the sampling.
        split: Whose animals the questions are about.

    Yields:
        The pairs of each round of at most `SAMPLED_AT_ONCE` questions, possibly none; `count` of them in all.

    Raises:
        EngineError: The count is out of its range, or the answers hardly ever differ enough for a vote.
    """
    require("votes", count, 0, MOST_VOTES)
    rng = random.Random(seed)
    waiting: list[Question] = []
    missing, empty_rounds = count, 0
    for number in itertools.count():
        if missing == 0:
            return
        if empty_rounds == EMPTY_ROUNDS:
            found = count - missing
            raise EngineError(f"the model's two answers hardly differ: {found} votes of {count} were possible")
        if len(waiting) < SAMPLED_AT_ONCE:
            waiting = shuffled(rng, questions(split))
        asked, waiting = waiting[:SAMPLED_AT_ONCE], waiting[SAMPLED_AT_ONCE:]
        compared = sample_comparisons(model, asked, temperature=temperature, seed=seed * 1000 + number)
        fresh = [preference for comparison in compared if (preference := _rated(rater, comparison))][:missing]
        empty_rounds = 0 if fresh else empty_rounds + 1
        missing -= len(fresh)
        yield fresh


def _rated(rater: SimulatedRater, comparison: Comparison) -> PreferencePair | None:
    choice = rater.choose(comparison.question.fact, comparison.response_a, comparison.response_b)
    return comparison.preference(choice)
