"""One helper for all operations: forward and gradient against torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from widgets.engine import operations as op
from widgets.engine.tensor import Tensor, tensor


def to_torch(x: Tensor, *, requires_grad: bool = False) -> torch.Tensor:
    """Return a torch copy of an engine tensor."""
    return torch.tensor(list(x.data()), dtype=torch.float32).reshape(x.shape).requires_grad_(requires_grad)


def from_torch(x: torch.Tensor, *, requires_grad: bool = False) -> Tensor:
    """Return an engine copy of a torch tensor."""
    return tensor(x.detach().float().flatten().tolist(), tuple(x.shape), requires_grad=requires_grad)


def relative_error(found: Any, expected: torch.Tensor) -> float:
    """Return the largest difference over the largest expected magnitude (or 0.001, where that is nearly zero)."""
    values = torch.tensor(list(found.data()), dtype=torch.float64).reshape(expected.shape)
    scale = max(expected.detach().abs().max().item(), 1e-3)
    return float((values - expected.detach().double()).abs().max().item() / scale)


def assert_same_as_torch(
    ours: Callable[..., Tensor],
    theirs: Callable[..., torch.Tensor],
    shapes: Sequence[tuple[int, ...]],
    *,
    seed: int = 0,
    tolerance: float = 1e-5,
    spread: float = 1.0,
) -> None:
    """Compare results and gradients of a random weighting of them, for normal inputs of the given shapes."""
    torch.manual_seed(seed)
    expected_inputs = [(torch.randn(shape) * spread).requires_grad_() for shape in shapes]
    inputs = [from_torch(x, requires_grad=True) for x in expected_inputs]
    expected = theirs(*expected_inputs)
    out = ours(*inputs)
    assert out.shape == tuple(expected.shape)
    assert relative_error(out, expected) < tolerance
    weights = torch.randn(expected.shape)
    (expected * weights).mean().backward()
    op.mean(op.multiply(out, from_torch(weights))).backward()
    for position, (x, y) in enumerate(zip(inputs, expected_inputs, strict=True)):
        assert y.grad is not None
        error = relative_error(x.gradient(), y.grad)
        assert error < tolerance, f"gradient of input {position}: relative error {error}"
