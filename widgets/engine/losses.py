"""The losses of preference learning, and the advantages that PPO learns from.

Losses are tensors to call `backward` on; what is computed once per batch of samples (rewards, advantages) is plain
Python on lists of floats. Log-probabilities and KL are in nats.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt

from widgets.core.errors import EngineError
from widgets.engine import operations as op
from widgets.engine.tensor import Tensor, full

Rows = Sequence[Sequence[float]]


# --8<-- [start:dpo_loss]
def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    beta: float,
) -> Tensor:
    """Return -log σ(beta · ((π_chosen - ref_chosen) - (π_rejected - ref_rejected))), the mean over pairs.

    Args:
        policy_chosen: Log-probability of each chosen answer under the policy, shape (N,).
        policy_rejected: Of each rejected answer.
        reference_chosen: Of each chosen answer under the frozen reference.
        reference_rejected: Of each rejected answer under the reference.
        beta: How strongly a preference outweighs staying near the reference.

    Returns:
        A single number; ln 2 where policy and reference agree.

    Source: Rafailov et al., arXiv 2305.18290, equation 7.
    """
    chosen = op.subtract(policy_chosen, reference_chosen)
    rejected = op.subtract(policy_rejected, reference_rejected)
    margin = op.subtract(chosen, rejected)
    return op.mean(op.log_sigmoid(op.scale(margin, beta)), factor=-1.0)


# --8<-- [end:dpo_loss]


# --8<-- [start:reward_loss]
def reward_loss(chosen: Tensor, rejected: Tensor, margin: float = 0.0) -> Tensor:
    """Return -log σ(r_chosen - r_rejected - margin), the mean over pairs: the Bradley–Terry model's loss.

    Args:
        chosen: Scores of the preferred answers, shape (N,).
        rejected: Scores of the others.
        margin: How far apart the scores should be at least.

    Source: Ouyang et al., arXiv 2203.02155, equation 1; Bradley and Terry, Biometrika 39, 1952.
    """
    difference = op.subtract(chosen, rejected)
    if margin:
        difference = op.add(difference, full(difference.shape, -margin))
    return op.mean(op.log_sigmoid(difference), factor=-1.0)


# --8<-- [end:reward_loss]


# --8<-- [start:ppo_policy_loss]
def ppo_policy_loss(
    logprobs: Tensor,
    old_logprobs: Tensor,
    advantages: Tensor,
    clip_epsilon: float,
    counts_in_loss: Tensor | None = None,
) -> Tensor:
    """Return -min(ratio · A, clip(ratio, 1 - ε, 1 + ε) · A), the mean over tokens, ratio = exp(new - old).

    Args:
        logprobs: Of the sampled tokens under the policy now, any shape.
        old_logprobs: Under the policy that sampled them.
        advantages: A, how much better each token was than expected.
        clip_epsilon: ε, how far the ratio may move before the gain stops counting.
        counts_in_loss: 1 for tokens of the answer, 0 for the prompt and padding; all count if not given.

    Source: Schulman et al., arXiv 1707.06347, equation 7.
    """
    ratio = op.exp(op.subtract(logprobs, old_logprobs))
    clipped = op.clamp(ratio, 1 - clip_epsilon, 1 + clip_epsilon)
    gain = op.minimum(op.multiply(ratio, advantages), op.multiply(clipped, advantages))
    return op.mean(gain, counts_in_loss, factor=-1.0)


# --8<-- [end:ppo_policy_loss]


def ppo_value_loss(
    values: Tensor,
    old_values: Tensor,
    returns: Tensor,
    clip_epsilon: float,
    counts_in_loss: Tensor | None = None,
) -> Tensor:
    """Return ½ max((V - R)², (V_clipped - R)²), the mean over tokens; V_clipped stays within ε of the old value.

    Args:
        values: V, the value head's estimates now, any shape.
        old_values: Its estimates when the answers were sampled.
        returns: R, what the estimates should have been.
        clip_epsilon: ε.
        counts_in_loss: 1 for tokens of the answer, 0 elsewhere; all count if not given.

    Source: the value clipping of OpenAI's PPO (Huang et al., The 37 implementation details of PPO, detail 9).
    """
    step = op.clamp(op.subtract(values, old_values), -clip_epsilon, clip_epsilon)
    clipped = op.add(old_values, step)
    worse = op.maximum(op.square(op.subtract(values, returns)), op.square(op.subtract(clipped, returns)))
    return op.mean(worse, counts_in_loss, factor=0.5)


def kl_rewards(logprobs: Rows, reference_logprobs: Rows, scores: Sequence[float], kl_coeff: float) -> list[list[float]]:
    """Return the reward of every token: -kl_coeff · (log π - log ref), plus the answer's score at its last token.

    Args:
        logprobs: Of each answer's tokens under the policy that sampled them; rows may differ in length.
        reference_logprobs: Under the reference, same shape.
        scores: The reward model's score of each answer.
        kl_coeff: Price of one nat away from the reference.

    Raises:
        EngineError: The rows do not match, or an answer is empty.

    >>> kl_rewards([[-1.0, -2.0]], [[-1.5, -2.0]], [3.0], kl_coeff=0.5)
    [[-0.25, 3.0]]

    Source: Ouyang et al., arXiv 2203.02155, equation 2.
    """
    _same_rows("kl_rewards", logprobs, reference_logprobs)
    if len(scores) != len(logprobs):
        raise EngineError(f"kl_rewards: {len(scores)} scores for {len(logprobs)} answers")
    # --8<-- [start:token_rewards]
    rewards = []
    for policy, reference, score in zip(logprobs, reference_logprobs, scores, strict=True):
        row = [-kl_coeff * (p - r) + 0.0 for p, r in zip(policy, reference, strict=True)]
        if not row:
            raise EngineError("kl_rewards: an answer has no tokens")
        row[-1] += score
        rewards.append(row)
    return rewards
    # --8<-- [end:token_rewards]


def generalized_advantages(
    rewards: Rows, values: Rows, *, gamma: float = 1.0, gae_lambda: float = 0.95
) -> tuple[list[list[float]], list[list[float]]]:
    """Return advantages and returns: A_t = δ_t + γ λ A_{t+1} with δ_t = r_t + γ V_{t+1} - V_t, and R_t = A_t + V_t.

    Args:
        rewards: r, one row an answer; rows may differ in length.
        values: V, same shape; after the last token it is 0.
        gamma: γ, how much a later reward counts.
        gae_lambda: λ; 0 trusts the value estimates, 1 only the rewards.

    >>> generalized_advantages([[0.0, 1.0]], [[0.5, 0.5]], gae_lambda=1.0)
    ([[0.5, 0.5]], [[1.0, 1.0]])

    Source: Schulman et al., arXiv 1506.02438, equation 16.
    """
    _same_rows("generalized_advantages", rewards, values)
    # --8<-- [start:advantages]
    advantages, returns = [], []
    for row, estimates in zip(rewards, values, strict=True):
        backwards: list[float] = []
        later_advantage = later_value = 0.0
        for reward, value in zip(reversed(row), reversed(estimates), strict=True):
            surprise = reward + gamma * later_value - value
            later_advantage = surprise + gamma * gae_lambda * later_advantage
            later_value = value
            backwards.append(later_advantage)
        advantages.append(backwards[::-1])
        returns.append([a + v for a, v in zip(advantages[-1], estimates, strict=True)])
    return advantages, returns
    # --8<-- [end:advantages]


def whiten(rows: Rows) -> list[list[float]]:
    """Return the numbers shifted and scaled to mean 0 and variance 1 (unbiased) over all rows.

    >>> whiten([[1.0, 3.0]])
    [[-0.7071067794..., 0.7071067794...]]
    """
    numbers = [number for row in rows for number in row]
    if len(numbers) < 2:
        raise EngineError(f"whiten: needs at least two numbers, got {len(numbers)}")
    center = fsum(numbers) / len(numbers)
    variance = fsum((number - center) ** 2 for number in numbers) / (len(numbers) - 1)
    factor = 1 / sqrt(variance + 1e-8)
    return [[(number - center) * factor for number in row] for row in rows]


def _same_rows(operation: str, a: Rows, b: Rows) -> None:
    lengths = [len(row) for row in a], [len(row) for row in b]
    if lengths[0] != lengths[1]:
        raise EngineError(f"{operation}: rows differ in length: {lengths[0]} and {lengths[1]}")
