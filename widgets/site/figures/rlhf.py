"""Figures the RLHF lesson shows; each is computed when the site is built."""

from __future__ import annotations

import math
from functools import partial

from widgets.catalog import memory

LLAMA = "meta-llama/Llama-2-7b-hf"


def win_probability(score_difference: float) -> float:
    """Return the Bradley–Terry probability that the answer with the higher score wins.

    >>> win_probability(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-score_difference))


def generalised_advantages(
    rewards: tuple[float, ...], values: tuple[float, ...], gamma: float = 1.0, gae_lambda: float = 0.95
) -> tuple[float, ...]:
    """Return the advantage of every token of one answer, shape (T,); the value after the last token is 0.

    Source: Schulman et al. 2015, arXiv 1506.02438, equation 16.

    >>> [round(advantage, 3) for advantage in generalised_advantages((0, 0, 1), (0.2, 0.4, 0.7))]
    [0.756, 0.585, 0.3]
    """
    advantages: list[float] = []
    next_advantage = next_value = 0.0
    for reward, value in zip(reversed(rewards), reversed(values), strict=True):
        next_advantage = reward + gamma * next_value - value + gamma * gae_lambda * next_advantage
        advantages.append(next_advantage)
        next_value = value
    return tuple(reversed(advantages))


def leave_one_out(scores: tuple[float, ...], index: int) -> tuple[float, float]:
    """Return the mean score of the other answers, and RLOO's advantage of one answer over it.

    Source: Ahmadian et al. 2024, arXiv 2402.14740, section 3.

    >>> leave_one_out((3.0, 1.0), 0)
    (1.0, 2.0)
    """
    others = scores[:index] + scores[index + 1 :]
    baseline = math.fsum(others) / len(others)
    return baseline, scores[index] - baseline


HAND_SCORES = (1.0, 0.5, 0.0, -0.5)
"""The four answers to one prompt that the lesson compares by hand."""

BT_SCORES = (1.5, 0.5)
"""What the lesson's answers A and B score."""

TOKEN_REFERENCE, TOKEN_POLICY, TOKEN_BETA = 0.3, 0.6, 0.05
"""Probabilities of one token under reference and policy, and the price of a nat, for the lesson's penalty by hand."""

GAE_LAMBDA = 0.95
"""As the RLHF lab and the lesson's program have it."""

HAND_ADVANTAGES = generalised_advantages((0.0, 0.0, 1.0), (0.2, 0.4, 0.7), gae_lambda=GAE_LAMBDA)
"""The three tokens that the lesson works out by hand."""


def _signed(value: float) -> str:
    """Write a number with one digit and a real minus sign."""
    return f"−{-value:.1f}" if value < 0 else f"{value:.1f}"


_BT_DIFFERENCE = BT_SCORES[0] - BT_SCORES[1]

FIGURES = {
    "rlhf-no-votes": lambda: f"{100 * win_probability(0.0):.0f}",
    "rlhf-gae-lambda": lambda: f"{GAE_LAMBDA:.2f}",
    "rlhf-bt-score-a": lambda: _signed(BT_SCORES[0]),
    "rlhf-bt-score-b": lambda: _signed(BT_SCORES[1]),
    **{f"rlhf-rloo-score-{index + 1}": partial(_signed, score) for index, score in enumerate(HAND_SCORES)},
    "rlhf-bt-probability": lambda: f"{win_probability(_BT_DIFFERENCE):.3f}",
    "rlhf-bt-loss": lambda: f"{-math.log(win_probability(_BT_DIFFERENCE)):.3f}",
    "rlhf-bt-loss-upset": lambda: f"{-math.log(win_probability(-_BT_DIFFERENCE)):.3f}",
    "rlhf-bt-probability-upset": lambda: f"{win_probability(-_BT_DIFFERENCE):.3f}",
    "rlhf-rloo-first-baseline": lambda: _signed(leave_one_out(HAND_SCORES, 0)[0]),
    "rlhf-rloo-first": lambda: _signed(leave_one_out(HAND_SCORES, 0)[1]),
    "rlhf-rloo-last-baseline": lambda: _signed(leave_one_out(HAND_SCORES, 3)[0]),
    "rlhf-rloo-last": lambda: _signed(leave_one_out(HAND_SCORES, 3)[1]),
    "rlhf-ln2": lambda: f"{math.log(2):.3f}",
    "rlhf-token-reference": lambda: f"{TOKEN_REFERENCE:.1f}",
    "rlhf-token-policy": lambda: f"{TOKEN_POLICY:.1f}",
    "rlhf-token-beta": lambda: f"{TOKEN_BETA:.2f}",
    "rlhf-kl-cost": lambda: f"{TOKEN_BETA * math.log(TOKEN_POLICY / TOKEN_REFERENCE):.3f}",
    "rlhf-gae-2": lambda: f"{HAND_ADVANTAGES[1]:.3f}",
    "rlhf-gae-1": lambda: f"{HAND_ADVANTAGES[0]:.3f}",
    "rlhf-ppo-7b": lambda: f"{memory.estimate(LLAMA, 'rlhf-ppo').model_state_bytes / memory.GB:.0f}",
    "rlhf-sft-7b": lambda: f"{memory.estimate(LLAMA, 'full-sft').model_state_bytes / memory.GB:.0f}",
}
"""Name of the figure → the function that computes the text the reader sees."""
