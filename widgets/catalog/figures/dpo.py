"""Figures the DPO lesson shows; each is computed when the site is built."""

from __future__ import annotations

import math

from widgets.catalog import memory

LLAMA = "meta-llama/Llama-2-7b-hf"


def dpo_margin(
    policy_chosen: float,
    policy_rejected: float,
    reference_chosen: float,
    reference_rejected: float,
    beta: float = 0.1,
) -> float:
    """Return the difference of the two implicit rewards.

    Args:
        policy_chosen: Log-probability of the chosen answer under the policy, in nats.
        policy_rejected: Log-probability of the rejected answer under the policy, in nats.
        reference_chosen: Log-probability of the chosen answer under the reference, in nats.
        reference_rejected: Log-probability of the rejected answer under the reference, in nats.
        beta: Strength of the KL penalty.

    Source: Rafailov et al. 2023, arXiv 2305.18290, equation 7.
    """
    return beta * ((policy_chosen - reference_chosen) - (policy_rejected - reference_rejected))


def dpo_loss(margin: float) -> float:
    """Return the loss of one pair: −log σ(margin).

    >>> round(dpo_loss(0.0), 6)
    0.693147
    """
    return math.log1p(math.exp(-margin))


HAND_MARGIN = dpo_margin(-12.0, -14.0, -13.0, -13.5)
"""The pair that the lesson works out by hand."""


def states(method: str, tuning: str = "full") -> str:
    """Return the model states of a method on Llama-2-7B, in GB."""
    return f"{memory.estimate(LLAMA, method, tuning=tuning).model_state_bytes / memory.GB:.1f}"


FIGURES = {
    "dpo-ln2": lambda: f"{math.log(2):.6f}",
    "dpo-hand-margin": lambda: f"{HAND_MARGIN:.2f}",
    "dpo-hand-probability": lambda: f"{1 / (1 + math.exp(-HAND_MARGIN)):.4f}",
    "dpo-hand-loss": lambda: f"{dpo_loss(HAND_MARGIN):.4f}",
    "dpo-ppo-7b": lambda: states("rlhf-ppo"),
    "dpo-full-7b": lambda: states("dpo"),
    # With the reference's log-probabilities stored, only a fully trained policy is left in memory, as in SFT.
    "dpo-precomputed-7b": lambda: states("full-sft"),
    "dpo-lora-7b": lambda: states("dpo", "lora"),
    "dpo-qlora-7b": lambda: states("dpo", "qlora"),
}
"""Name of the figure → the function that computes the text the reader sees."""
