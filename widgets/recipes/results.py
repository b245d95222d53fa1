"""What a step of a recipe reports.

Results are plain frozen data and hold no clock, so two runs with the same seed on the same machine give equal ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TrainingStep:
    """One step of learning to predict tokens.

    Attributes:
        step: How many steps were made, this one included.
        steps: How many there will be.
        loss: Cross-entropy of this step's batch before the update, in nats a token.
        learning_rate: The step size that was used.
        gradient_norm: Global norm of the gradient, before clipping.
        tokens: How many tokens counted in the loss.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: int


@dataclass(frozen=True)
class PreferenceStep:
    """One step of learning from pairs of a chosen and a rejected answer.

    Attributes:
        step: How many steps were made, this one included.
        steps: How many there will be.
        loss: Mean over the batch before the update, in nats; ln 2 where nothing is preferred yet.
        accuracy: Share of the batch's pairs, 0 to 1, in which the chosen answer has the higher reward.
        margin: By how much it is higher, on average. The reward is the model's score, or for DPO the implicit one.
        learning_rate: The step size that was used.
        gradient_norm: Global norm of the gradient, before clipping.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    margin: float
    learning_rate: float
    gradient_norm: float


@dataclass(frozen=True)
class PPOStep:
    """One round of PPO: sample answers, score them, improve the policy on them.

    Attributes:
        step: How many rounds were made, this one included.
        steps: How many there will be.
        reward_mean: Mean score of the sampled answers, without the KL penalty.
        kl_nats: Mean over the answers of log policy - log reference of the sampled tokens: an estimate of the
            divergence of the policy from the reference, in nats an answer.
        policy_loss: Clipped loss of the last pass over the answers.
        value_loss: The value model's loss of the last pass.
        clipped_share: Share of the tokens, 0 to 1, whose probability ratio was outside of the clipping range in the
            last pass.
        answers: The sampled answers in words, in the order of the questions.
        questions: What was asked, in words.
    """

    step: int
    steps: int
    reward_mean: float
    kl_nats: float
    policy_loss: float
    value_loss: float
    clipped_share: float
    questions: tuple[str, ...]
    answers: tuple[str, ...]


DivergenceCause = Literal[
    "not a number", "exploded", "worse than at the start", "far from the reference", "reward lost"
]


@dataclass(frozen=True)
class Diverged:
    """The run was stopped because it blew up; the last result of its generator.

    Attributes:
        step: The step at which it was seen.
        loss: The loss of that step, possibly not a number.
        cause: What was seen: a loss that is not a number, one far above the first, or many above it; in PPO also
            answers too far from the reference, or ones that please the reward model much less than at the start.
        kept_step: The model is as it was after this many steps, the last good state: one with a loss no worse than the
            first, or in PPO one whose answers were still good.
        learning_rate: The step size then, which is the usual reason.
        kl_nats: How far the answers were from the reference, in nats an answer, if that was the cause.
        reward_mean: Their mean reward, in standard deviations of the first round's, if that was the cause.
    """

    step: int
    loss: float
    cause: DivergenceCause
    kept_step: int
    learning_rate: float
    kl_nats: float = 0.0
    reward_mean: float = 0.0

    @property
    def message(self) -> str:
        """Say in two sentences what happened and what was kept."""
        seen = {
            "not a number": "The loss is not a number any more",
            "exploded": f"The loss rose to {self.loss:.3g}",
            "worse than at the start": f"The loss is {self.loss:.3g} and stays above where it began",
            "far from the reference": f"The sampled answers are {self.kl_nats:.3g} nats from the reference",
            "reward lost": f"The reward fell to {self.reward_mean:.3g} standard deviations from where it began",
        }[self.cause]
        return (
            f"{seen}, at step {self.step} with a learning rate of {self.learning_rate:.3g}. "
            f"The model was taken back to its state after step {self.kept_step}."
        )
