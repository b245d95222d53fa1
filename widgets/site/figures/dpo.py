"""Figures the DPO lesson shows; each is computed when the site is built."""

from __future__ import annotations

import math
from functools import partial

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


HAND_LOGPROBS = (-12.0, -14.0, -13.0, -13.5)
"""Chosen and rejected answer under the policy, then under the reference, in nats; chosen for the lesson's example."""

HAND_BETA = 0.1
HAND_MARGIN = dpo_margin(*HAND_LOGPROBS, beta=HAND_BETA)
"""The pair that the lesson works out by hand."""


def states(method: str, tuning: str = "full") -> str:
    """Return the model states of a method on Llama-2-7B, in GB."""
    return f"{memory.estimate(LLAMA, method, tuning=tuning).model_state_bytes / memory.GB:.1f}"


def _signed(value: float, digits: int) -> str:
    """Write a number with its sign, as a table of gains and losses has it."""
    return f"{value:+.{digits}f}".replace("-", "−")


def _log_ratio(answer: int) -> float:
    """Log-ratio of the chosen (0) or rejected (1) answer, in nats."""
    return HAND_LOGPROBS[answer] - HAND_LOGPROBS[answer + 2]


BF16_WEIGHT, BF16_STEP = 0.02, 1e-6
"""A weight of ordinary size, and the step that AdamW takes at TRL's learning rate for full DPO."""


def bf16_gap(value: float) -> float:
    """Return how far apart the bf16 numbers around a value are: its power of two, divided into 2⁷ parts.

    >>> bf16_gap(1.0) == 2**-7
    True
    """
    return math.ldexp(1.0, math.frexp(value)[1] - 1 - 7)


FIGURES = {
    **{
        f"dpo-hand-{name}": partial(_signed, value, 1)
        for name, value in zip(
            ("policy-chosen", "policy-rejected", "reference-chosen", "reference-rejected"), HAND_LOGPROBS, strict=True
        )
    },
    "dpo-hand-beta": lambda: f"{HAND_BETA:.1f}",
    "dpo-bf16-weight": lambda: f"{BF16_WEIGHT:.2f}",
    "dpo-bf16-step": lambda: f"{BF16_STEP:.6f}",
    "dpo-bf16-gap": lambda: f"{bf16_gap(BF16_WEIGHT):.6f}",
    "dpo-hand-chosen-ratio": lambda: _signed(_log_ratio(0), 1),
    "dpo-hand-chosen-reward": lambda: _signed(HAND_BETA * _log_ratio(0), 2),
    "dpo-hand-rejected-ratio": lambda: _signed(_log_ratio(1), 1),
    "dpo-hand-rejected-reward": lambda: _signed(HAND_BETA * _log_ratio(1), 2),
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
