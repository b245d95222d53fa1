"""One helper for all operations: their gradients against finite differences."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from widgets.engine import operations as op
from widgets.engine.tensor import Shape, Tensor, no_grad, tensor


def random_tensor(shape: Shape, *, seed: int, requires_grad: bool = True) -> Tensor:
    """Return numbers between -1 and 1 that no two tests share by accident."""
    generator = random.Random(seed)
    size = 1
    for width in shape:
        size *= width
    values = [generator.uniform(-1, 1) for _ in range(size)]
    return tensor(values, shape, requires_grad=requires_grad)


def assert_gradient(
    function: Callable[..., Tensor],
    inputs: Sequence[Tensor],
    *,
    step: float = 1e-2,
    tolerance: float = 2e-3,
) -> None:
    """Compare the gradient of a random weighting of the function's output with central differences.

    A weighting, because the plain sum has a gradient of zero for a softmax or a layer norm.
    """
    with no_grad():
        shape = function(*inputs).shape
    weights = random_tensor(shape, seed=99, requires_grad=False)

    def total() -> Tensor:
        return op.mean(op.multiply(function(*inputs), weights))

    total().backward()
    for position, x in enumerate(inputs):
        if not x.requires_grad:
            continue
        gradient = x.gradient().data().tolist()
        numbers = x.view()
        largest = max(abs(value) for value in gradient)
        assert largest > 0, f"input {position} got no gradient"
        for index in range(0, x.size, max(1, x.size // 40)):  # 40 numbers of each are enough
            before = numbers[index]
            with no_grad():
                numbers[index] = before + step
                above, up = total().item(), numbers[index]
                numbers[index] = before - step
                below, down = total().item(), numbers[index]
            numbers[index] = before
            expected = (above - below) / (up - down)
            difference = abs(gradient[index] - expected)
            assert difference <= tolerance * largest + 1e-5, (
                f"input {position}, number {index}: gradient {gradient[index]}, finite difference {expected}"
            )
