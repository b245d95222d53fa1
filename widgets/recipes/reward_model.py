"""A reward model: learn from votes to score answers, so that the preferred one scores higher.

What this simplifies: one vote a pair (no rankings of several answers), no margin for how clear a vote was, and no
second reward model for safety as Llama 2 had.

Sources: Bradley and Terry, Biometrika 39, 1952; Ouyang et al., arXiv 2203.02155, equation 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import fsum, log

from widgets.engine.architectures.gpt import GPT
from widgets.engine.losses import reward_loss
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Tensor
from widgets.recipes.batches import endless
from widgets.recipes.checks import require, require_run
from widgets.recipes.divergence import Guard
from widgets.recipes.encoding import encode_preferences, longest, rows_of
from widgets.recipes.results import Diverged, PreferenceStep
from widgets.recipes.scalar_model import ScalarModel, ScoreBatch, score_rows
from widgets.recipes.schedule import linear_decay
from widgets.world import PreferencePair


@dataclass(frozen=True)
class RewardModelConfig:
    """Settings of a run.

    Attributes:
        steps: How many updates.
        batch_size: Pairs a step, at most; with fewer votes all of them are used in every step.
        learning_rate: Step size at the start; it falls to almost nothing in a straight line.
        weight_decay: Of AdamW.
        max_norm: Gradients are clipped to this global norm; 0 for no clipping.
        seed: Of the pairs' order.
    """

    steps: int = 40
    batch_size: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.0
    max_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        require_run(self.steps, self.batch_size, self.learning_rate, self.max_norm)
        require("weight_decay", self.weight_decay, 0, 10)


def train(
    model: ScalarModel, preferences: Sequence[PreferencePair], config: RewardModelConfig | None = None
) -> Iterator[PreferenceStep | Diverged]:
    """Train a reward model on votes, one result a step.

    Args:
        model: Usually `start_from` the fine-tuned model; changed in place.
        preferences: Pairs of a chosen and a rejected answer.
        config: The settings.

    Yields:
        A `PreferenceStep` after each update, or a `Diverged` as the last result.

    Raises:
        EngineError: There are no votes, or a word is unknown.
    """
    config = config or RewardModelConfig()
    pairs = encode_preferences(preferences, "reward_model")
    batch_size = min(config.batch_size, len(pairs))
    width = longest(rows_of(pairs))
    chosen, rejected = ScoreBatch(batch_size, width), ScoreBatch(batch_size, width)
    optimizer = AdamW(
        model.parameter_sets, config.learning_rate, weight_decay=config.weight_decay, max_norm=config.max_norm
    )

    # --8<-- [start:update]
    def update() -> tuple[Tensor, Tensor, Tensor]:
        better, worse = chosen.scores(model), rejected.scores(model)
        loss = reward_loss(better, worse)
        loss.backward()
        optimizer.step()
        return loss, better, worse
        # --8<-- [end:update]

    one_update = Captured(update)
    guard = Guard(model.parameter_sets, log(2))
    order = endless(pairs, config.seed)
    for step in range(1, config.steps + 1):
        drawn = list(islice(order, batch_size))
        chosen.fill([pair.chosen for pair in drawn])
        rejected.fill([pair.rejected for pair in drawn])
        rate = optimizer.learning_rate = linear_decay(step, config.steps, config.learning_rate)
        guard.before_step()
        loss, better, worse = one_update()
        finding = guard.check(step, loss.item(), rate)
        if finding:
            yield finding
            return
        margins = [a - b for a, b in zip(better.tolist(), worse.tolist(), strict=True)]
        yield preference_step(step, config.steps, loss.item(), margins, rate, optimizer.gradient_norm)


def start_from(model: GPT) -> ScalarModel:
    """Return a reward model that knows what a fine-tuned model knows, and scores everything 0."""
    return ScalarModel(model)


def accuracy(model: ScalarModel, preferences: Sequence[PreferencePair]) -> float:
    """Return the share of preference pairs, 0 to 1, with which a reward model agrees.

    Args:
        model: The reward model.
        preferences: At least one; it agrees with a pair if it scores the chosen answer higher.

    Raises:
        EngineError: There are no votes.
    """
    scores = score_rows(model, rows_of(encode_preferences(preferences, "accuracy")))
    return sum(1 for a, b in zip(scores[::2], scores[1::2], strict=True) if a > b) / len(preferences)


def preference_step(
    step: int, steps: int, loss: float, margins: Sequence[float], learning_rate: float, gradient_norm: float
) -> PreferenceStep:
    """Put what a step on pairs came to together, for a reward model and for DPO alike.

    Args:
        step: How many steps were made, this one included.
        steps: How many there will be.
        loss: Mean over the batch before the update, in nats.
        margins: For each pair of the batch the reward of the chosen answer less that of the rejected one, length B, at
            least 1.
        learning_rate: The step size that was used.
        gradient_norm: Global norm of the gradient, before clipping.

    Returns:
        The step, with the share of pairs whose margin is above 0 and the mean margin.

    >>> result = preference_step(1, 40, 0.5, [2.0, -1.0], 3e-4, 1.0)
    >>> result.accuracy, result.margin
    (0.5, 0.5)
    """
    agreed = sum(1 for margin in margins if margin > 0) / len(margins)
    return PreferenceStep(step, steps, loss, agreed, fsum(margins) / len(margins), learning_rate, gradient_norm)
