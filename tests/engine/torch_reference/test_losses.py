"""The losses of preference learning and their gradients equal torch's."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from tests.engine.torch_reference.comparison import assert_same_as_torch, from_torch
from widgets.engine import losses


@pytest.mark.parametrize("margin", [0.0, 1.0])
@pytest.mark.parametrize("spread", [1.0, 20.0])
def test_reward_loss(margin: float, spread: float) -> None:
    assert_same_as_torch(
        lambda chosen, rejected: losses.reward_loss(chosen, rejected, margin),
        lambda chosen, rejected: -F.logsigmoid(chosen - rejected - margin).mean(),
        [(33,), (33,)],
        spread=spread,
    )


@pytest.mark.parametrize("is_masked", [False, True])
@pytest.mark.parametrize("clip_epsilon", [0.2, 1.0])
def test_ppo_value_loss(clip_epsilon: float, is_masked: bool) -> None:
    """As TRL writes it: the larger of the squared errors of the new value and of the one kept near the old."""
    generator = torch.Generator().manual_seed(7)
    old, returns = (torch.randn((6, 9), generator=generator) for _ in range(2))
    mask = (torch.rand((6, 9), generator=generator) < 0.7).float() if is_masked else torch.ones((6, 9))

    def ours(values: object) -> object:
        counts = from_torch(mask) if is_masked else None
        return losses.ppo_value_loss(values, from_torch(old), from_torch(returns), clip_epsilon, counts)

    def theirs(values: torch.Tensor) -> torch.Tensor:
        clipped = torch.clamp(values, old - clip_epsilon, old + clip_epsilon)
        worse = torch.max((values - returns) ** 2, (clipped - returns) ** 2)
        return 0.5 * (worse * mask).sum() / mask.sum()

    assert_same_as_torch(ours, theirs, [(6, 9)])
