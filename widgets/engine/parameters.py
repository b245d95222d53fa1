"""Named parameters in one flat buffer, with their gradients in another.

Flat, so that the optimiser, a copy and a checkpoint handle all of them in one go.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from math import prod
from typing import Final

from widgets.core.errors import EngineError, not_allowed
from widgets.engine.library import run
from widgets.engine.tensor import FLOAT_BYTES, Shape, Tensor, empty

_ROUND_TO: Final = 16  # floats: every parameter starts on a cache line


class ParameterSet:
    """Trainable tensors by name, in a fixed order.

    Attributes:
        values: All of them, shape (total,); each parameter is a part of it.
        gradients: Their gradients, same layout.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        """Reserve memory, filled with zeros.

        Args:
            shapes: The shape of each parameter, by name.
        """
        total = sum(-(-prod(shape) // _ROUND_TO) * _ROUND_TO for shape in shapes.values())
        self.values = empty((total,))
        self.gradients = empty((total,))
        self._tensors: dict[str, Tensor] = {}
        self._is_trainable = True
        run("fill", self.values.address, total, 0.0)
        self.zero_gradients()
        start = 0
        for name, shape in shapes.items():
            parameter = Tensor(shape, self.values.buffer, start * FLOAT_BYTES)
            parameter.grad = Tensor(shape, self.gradients.buffer, start * FLOAT_BYTES)
            parameter.requires_grad = True
            self._tensors[name] = parameter
            start += -(-parameter.size // _ROUND_TO) * _ROUND_TO

    def __getitem__(self, name: str) -> Tensor:
        try:
            return self._tensors[name]
        except KeyError:
            raise EngineError(not_allowed("parameter", name, self._tensors)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Go through names and tensors."""
        return iter(self._tensors.items())

    @property
    def count(self) -> int:
        """How many numbers the parameters have together."""
        return sum(parameter.size for parameter in self._tensors.values())

    @property
    def is_trainable(self) -> bool:
        """Whether `backward` computes gradients for them. Set it to freeze or unfreeze them all."""
        return self._is_trainable

    @is_trainable.setter
    def is_trainable(self, value: bool) -> None:
        self._is_trainable = value
        for parameter in self._tensors.values():
            parameter.requires_grad = value

    def zero_gradients(self) -> None:
        """Forget the gradients (an optimiser's step does it too)."""
        run("fill", self.gradients.address, self.gradients.size, 0.0)

    def copy_from(self, other: ParameterSet) -> None:
        """Overwrite the values with those of a set with the same names and shapes.

        Raises:
            EngineError: Names or shapes differ.
        """
        mine = {name: parameter.shape for name, parameter in self.items()}
        theirs = {name: parameter.shape for name, parameter in other.items()}
        if mine != theirs:
            differing = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
            first = differing[0] if differing else "order of names"
            raise EngineError(f"copy_from: {first}: {mine.get(first)} here, {theirs.get(first)} there")
        run("scaled_copy", self.values.address, other.values.address, self.values.size, 1.0, 0)

    def snapshot(self) -> array[float]:
        """Return a copy of all values, to go back to with `restore`."""
        return self.values.data()

    def restore(self, snapshot: array[float]) -> None:
        """Go back to the values of a `snapshot`."""
        self.values.set(snapshot)
