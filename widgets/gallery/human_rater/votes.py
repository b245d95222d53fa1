"""The human rater's votes, and the reward model that is fitted to them again after each vote.

Every prediction is made with the weights fitted to the votes **before** it, and only such predictions are scored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from widgets.core.fields import FieldError, Hidden
from widgets.gallery.human_rater.bradley_terry import DIGITS, Vector, bradley_terry_probability, fit_once
from widgets.gallery.human_rater.features import FEATURES, difference

Pair = Mapping[str, str]
Vote = tuple[str, str]
"""Id of a pair and what the reader said of it: ``a``, ``b``, ``tie``, or ``skip`` for a pair left out."""

TARGETS = {"a": 1.0, "b": 0.0, "tie": 0.5}
"""What the probability of "A is better" should have been; a tie is half a vote for each."""
UNREADABLE: Vote = ("", "skip")
"""Stands for something among the kept votes that is none."""
ITEM = re.compile(r"(p\d\d):(a|b|tie|skip)")


@dataclass(frozen=True)
class Votes(Hidden):
    """The votes in the order in which they were given, for example ``p01:a,p02:tie``."""

    def parse(self, text: str) -> tuple[Vote, ...]:  # type: ignore[override]
        """Return the votes; raise FieldError if there are far too many.

        An item that is no vote (a storage altered by hand) counts as a skipped pair, so that the other votes live.
        """
        if len(text) > self.max_length:
            raise FieldError("The kept votes are too long to be read; delete them to start anew")
        votes: list[Vote] = []
        for item in text.split(",") if text else ():
            found = ITEM.fullmatch(item)
            votes.append((found[1], found[2]) if found else UNREADABLE)
        return tuple(votes)


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


def usable(pairs: Sequence[Pair], votes: Sequence[Vote]) -> list[tuple[Pair, str]]:
    """Give the votes that teach something: no skipped pairs, and no pairs that are no longer in the file."""
    known = {pair["id"]: pair for pair in pairs}
    return [(known[pair_id], choice) for pair_id, choice in votes if pair_id in known and choice in TARGETS]


def fit(votes: Sequence[tuple[Pair, str]]) -> Vector:
    """Fit the weights to votes; without votes all of them are 0."""
    if not votes:
        return (0.0,) * len(FEATURES)
    differences = tuple(difference(pair["a"], pair["b"]) for pair, _ in votes)
    return fit_once(differences, tuple(TARGETS[choice] for _, choice in votes))


def predict(weights: Vector, pair: Pair, choice: str = "") -> Prediction:
    """Predict a vote with given weights."""
    probability = bradley_terry_probability(weights, difference(pair["a"], pair["b"]))
    return Prediction(pair, weights, round(probability, DIGITS), choice)


def past_predictions(votes: Sequence[tuple[Pair, str]]) -> list[Prediction]:
    """Repeat the prediction of every vote but the first, each from the votes before it."""
    return [predict(fit(votes[:number]), *votes[number]) for number in range(1, len(votes))]


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
