"""Tensors of 32-bit floats with reverse-mode differentiation.

What this leaves out: views with strides (every tensor is contiguous), broadcasting beyond a bias or a row, other
number types, and devices. An operation (see `operations.py`) computes its result with a kernel and hands over the
function that sends the result's gradient back to its inputs; `Tensor.backward` calls these in reverse order.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any, Final

from widgets.core.errors import EngineError
from widgets.engine.buffers import Buffer, current_pool
from widgets.engine.library import library, run

Shape = tuple[int, ...]
FLOAT_BYTES: Final = 4

_grad_enabled = [True]


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without keeping what `backward` would need."""
    _grad_enabled.append(False)
    try:
        yield
    finally:
        _grad_enabled.pop()


def _refuse_while_recording(what: str) -> None:
    if library().recording is not None:
        raise EngineError(
            f"{what} inside a captured step: a replay runs kernels only, so the value would not change with it. "
            "Read and write tensors outside of the step"
        )


class Tensor:
    """A contiguous array of 32-bit floats.

    Attributes:
        shape: Its dimensions; ``()`` for a single number.
        size: How many numbers it holds.
        address: Where they lie.
        grad: The gradient of the last `backward`, of the same shape; None before, and inside a graph after it.
        requires_grad: Whether `backward` computes a gradient for it.
    """

    __slots__ = ("_backward", "_inputs", "_offset", "address", "buffer", "grad", "requires_grad", "shape", "size")

    def __init__(self, shape: Shape, buffer: Buffer, offset_bytes: int = 0) -> None:
        self.shape = shape
        self.size = prod(shape)
        self.buffer = buffer
        self._offset = offset_bytes
        self.address = buffer.address + offset_bytes
        self.grad: Tensor | None = None
        self.requires_grad = False
        self._inputs: tuple[Tensor, ...] = ()
        self._backward: Callable[[Tensor], None] | None = None

    def __repr__(self) -> str:
        return f"Tensor(shape={self.shape}, requires_grad={self.requires_grad})"

    # Reading and writing

    def view(self) -> memoryview[float]:
        """View the numbers, flat and writable. Keep the tensor as long as the view: its memory is used again."""
        _refuse_while_recording("reading or writing a tensor")
        return self.buffer.floats(self.size, self._offset)

    def data(self) -> array[float]:
        """Return a copy of the numbers, flat in row-major order."""
        copy = array("f")
        copy.frombytes(self.view().cast("B"))
        return copy

    def tolist(self) -> list[Any]:
        """Return the numbers as nested lists of the tensor's shape."""
        flat: list[Any] = self.view().tolist()
        for width in reversed(self.shape[1:]):
            flat = [flat[start : start + width] for start in range(0, len(flat), width)]
        return flat

    def item(self) -> float:
        """Return the only number of a tensor of size 1.

        Raises:
            EngineError: It holds more than one.
        """
        if self.size != 1:
            raise EngineError(f"item: needs a tensor of one number, got shape {self.shape}")
        return self.view()[0]

    def set(self, values: Iterable[float]) -> None:
        """Overwrite the numbers, given flat in row-major order.

        Raises:
            EngineError: There are more or fewer values than the tensor holds.
        """
        numbers = values if isinstance(values, array) and values.typecode == "f" else array("f", values)
        if len(numbers) != self.size:
            raise EngineError(f"set: {len(numbers)} values for a tensor of shape {self.shape}, which holds {self.size}")
        self.view()[:] = numbers

    # Differentiation

    def result_of(self, inputs: Sequence[Tensor], backward: Callable[[Tensor], None]) -> Tensor:
        """Say what this tensor was computed from, and how its gradient goes back there.

        Args:
            inputs: The tensors it depends on.
            backward: Gets this tensor, whose `grad` is set, and adds to the gradients of the inputs.

        Returns:
            This tensor.
        """
        if _grad_enabled[-1] and any(tensor.requires_grad for tensor in inputs):
            self.requires_grad = True
            self._inputs = tuple(inputs)
            self._backward = backward
        return self

    def gradient(self) -> Tensor:
        """Return the gradient, which must have been computed.

        Raises:
            EngineError: There is none.
        """
        if self.grad is None:
            raise EngineError(f"backward: the tensor of shape {self.shape} has no gradient yet")
        return self.grad

    def gradient_target(self) -> tuple[int, int]:
        """Return the address to write a gradient to, and 1 if it must be added to what is there, else 0."""
        if self.grad is None:
            self.grad = empty(self.shape)
            return self.grad.address, 0
        return self.grad.address, 1

    def backward(self) -> None:
        """Compute the gradient of this number with respect to every tensor that requires one.

        Gradients of leaves (parameters) are added to what they hold. The graph is taken apart on the way, so that
        its memory can be used again: call this once.

        Raises:
            EngineError: The tensor holds more than one number, or does not depend on any that requires a gradient.
        """
        if self.size != 1:
            raise EngineError(f"backward: starts from a single number, got shape {self.shape}")
        if not self.requires_grad:
            raise EngineError("backward: nothing that this number depends on requires a gradient")
        address, _ = self.gradient_target()
        run("fill", address, 1, 1.0)
        order = _topological_order(self)
        while order:
            tensor = order.pop()
            backward = tensor._backward
            if backward is None:
                continue
            if tensor.grad is not None:
                backward(tensor)
            tensor._backward = None
            tensor._inputs = ()
            tensor.grad = None


def _topological_order(root: Tensor) -> list[Tensor]:
    """List the graph under `root` so that every tensor comes after its inputs."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(root, False)]
    while stack:
        tensor, is_done = stack.pop()
        if is_done:
            order.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack.extend((source, False) for source in tensor._inputs if source.requires_grad)
    return order


class Indices:
    """Whole numbers (token ids, row numbers) that a kernel reads.

    Attributes:
        shape: Its dimensions.
        size: How many numbers it holds.
        address: Where they lie, as 32-bit integers.
        limit: The values are below this; set by the operations that use them.
    """

    __slots__ = ("address", "buffer", "limit", "shape", "size")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.size = prod(shape)
        self.buffer = current_pool().take(max(self.size, 1) * 4)
        self.address = self.buffer.address
        self.limit: int | None = None
        self.buffer.bytes[: self.size * 4] = bytes(self.size * 4)

    def view(self) -> memoryview[int]:
        """View the numbers, flat and writable. Keep the object as long as the view: its memory is used again."""
        _refuse_while_recording("reading or writing indices")
        return self.buffer.integers(self.size)

    def data(self) -> array[int]:
        """Return a copy of the numbers, flat in row-major order."""
        copy = array("i")
        copy.frombytes(self.view().cast("B"))
        return copy

    def set(self, values: Sequence[int]) -> None:
        """Overwrite the numbers, given flat in row-major order.

        Raises:
            EngineError: There are more or fewer values than it holds, or one is outside of what its users allow.
        """
        if len(values) != self.size:
            raise EngineError(f"set: {len(values)} indices for shape {self.shape}, which holds {self.size}")
        self._check(values)
        self.view()[:] = array("i", values)

    def require_below(self, limit: int, operation: str) -> None:
        """Check that every index is from 0 to `limit` - 1, now and in every later `set`.

        Raises:
            EngineError: One is not.
        """
        if self.limit is None or limit < self.limit:
            self.limit = limit
            self._check(self.buffer.integers(self.size), operation)

    def _check(self, values: Sequence[int] | memoryview[int], operation: str = "set") -> None:
        if self.limit is None or not len(values):
            return
        lowest, highest = min(values), max(values)
        if lowest < 0 or highest >= self.limit:
            wrong = lowest if lowest < 0 else highest
            raise EngineError(f"{operation}: index {wrong} is outside of 0 to {self.limit - 1}")


def empty(shape: Shape) -> Tensor:
    """Return a tensor of undefined content."""
    return Tensor(shape, current_pool().take(max(prod(shape), 1) * FLOAT_BYTES))


def full(shape: Shape, value: float) -> Tensor:
    """Return a tensor that holds `value` everywhere."""
    result = empty(shape)
    run("fill", result.address, result.size, value)
    return result


def tensor(values: Sequence[float], shape: Shape | None = None, *, requires_grad: bool = False) -> Tensor:
    """Return a tensor of the given numbers, flat in row-major order.

    Args:
        values: The numbers.
        shape: Its dimensions; one dimension if not given.
        requires_grad: Whether `backward` computes a gradient for it.

    >>> tensor([1, 2, 3, 4], (2, 2)).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    result = empty((len(values),) if shape is None else shape)
    result.set(values)
    result.requires_grad = requires_grad
    return result


def indices(values: Sequence[int], shape: Shape | None = None) -> Indices:
    """Return whole numbers for a kernel, flat in row-major order.

    >>> list(indices([3, 1, 2]).data())
    [3, 1, 2]
    """
    result = Indices((len(values),) if shape is None else shape)
    result.set(values)
    return result
