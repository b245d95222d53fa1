"""The reward model of the human rater, fitted again after each vote: what it expects, and how often it was right.

Every prediction is made with the weights fitted to the votes **before** it, and only such predictions are scored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from widgets.gallery.human_rater.bradley_terry import DIGITS, Vector, bradley_terry_probability, fit_once
from widgets.gallery.human_rater.features import FEATURES, difference
from widgets.gallery.human_rater.votes import Pair, RatedPair

TARGETS = {"a": 1.0, "b": 0.0, "tie": 0.5}
"""What the probability of "A is better" should have been; a tie is half a vote for each."""


@dataclass(frozen=True)
class Prediction:
    """What the model expected of a vote before it was given.

    Attributes:
        pair: The pair.
        weights: Weights fitted to the earlier votes, shape (features,).
        probability: Of "A is better", between 0 and 1.
        choice: What the reader then said, or "" while the vote is still to come.
    """

    pair: Pair
    weights: Vector
    probability: float
    choice: str = ""


def fit(rated: Sequence[RatedPair]) -> Vector:
    """Fit the weights to rated pairs; without any all of them are 0."""
    if not rated:
        return (0.0,) * len(FEATURES)
    differences = tuple(difference(pair["a"], pair["b"]) for pair, _ in rated)
    return fit_once(differences, tuple(TARGETS[choice] for _, choice in rated))


def predict(weights: Vector, pair: Pair, choice: str = "") -> Prediction:
    """Predict a vote with given weights."""
    probability = bradley_terry_probability(weights, difference(pair["a"], pair["b"]))
    return Prediction(pair, weights, round(probability, DIGITS), choice)


def past_predictions(rated: Sequence[RatedPair]) -> list[Prediction]:
    """Repeat the prediction of every vote but the first, each from the votes before it."""
    return [predict(fit(rated[:number]), *rated[number]) for number in range(1, len(rated))]


@dataclass(frozen=True)
class Score:
    """How good the predictions were. Ties are not scored: no side can be called right.

    Attributes:
        decided: Number of scored predictions.
        ties: Number of ties left out.
        hits: How many named the side that was chosen; an even chance counts half.
        log_loss: Mean of ``−ln(probability of what was chosen)``, in nats; 0 if nothing is scored.
        chance_of_coin: Probability that as many tosses of a coin hit at least as often.
    """

    decided: int
    ties: int
    hits: float
    log_loss: float
    chance_of_coin: float


def score(predictions: Sequence[Prediction]) -> Score:
    """Score predictions whose votes are known."""
    decided = [one for one in predictions if one.choice in ("a", "b")]
    hits = 0.0
    losses = []
    for one in decided:
        chosen = one.probability if one.choice == "a" else 1 - one.probability
        hits += 0.5 if chosen == 0.5 else float(chosen > 0.5)
        losses.append(-math.log(max(chosen, 1e-9)))
    count = len(decided)
    at_least = sum(math.comb(count, number) for number in range(math.floor(hits), count + 1))
    mean = math.fsum(losses) / count if count else 0.0
    return Score(count, len(predictions) - count, hits, round(mean, DIGITS), round(at_least / 2**count, DIGITS))


def reward(weights: Vector, features: Vector) -> float:
    """Give the reward of an answer: the weighted sum of its features, rounded."""
    return round(math.fsum(weight * value for weight, value in zip(weights, features, strict=True)), DIGITS)
