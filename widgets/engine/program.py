"""Record a step once, replay it with a single call.

The kernels that a training step runs, and where their numbers lie, are the same in every step: only the content of
the input tensors changes. So the first call of a `Captured` step runs its Python and records the kernel calls; every
later call hands that list to the library and no Python runs in between. (CUDA graphs do the same.)
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Generic, TypeVar

from widgets.core.errors import EngineError
from widgets.engine.buffers import Pool, allocating_from
from widgets.engine.library import CALL_BYTES, library

Result = TypeVar("Result")


class Captured(Generic[Result]):
    """A function of no arguments whose kernel calls are recorded at the first call and replayed at the next ones.

    The function may create tensors and run operations, `backward` and `AdamW.step`. It must not read or write tensors
    from Python; set inputs before a call and read results after it. It must be called again with tensors of the same
    shapes: make another `Captured` for another shape.

    Attributes:
        calls: How many kernel calls one replay makes; 0 before the first call.

    >>> from widgets.engine import operations, tensor
    >>> x = tensor.tensor([1.0, 2.0])
    >>> double = Captured(lambda: operations.add(x, x))
    >>> double().tolist()
    [2.0, 4.0]
    >>> x.set([5.0, 6.0])
    >>> double().tolist()
    [10.0, 12.0]
    """

    def __init__(self, function: Callable[[], Result]) -> None:
        self._function: Callable[[], Result] | None = function
        self._result: Result | None = None
        self._pool = Pool()  # of its own: nobody else may write to the memory of a recorded step
        self._program = bytearray()
        self._address = 0
        self.calls = 0

    def by_kernel(self) -> dict[str, bytearray]:
        """Return the recorded calls of each kernel, joined, for whoever wants to know where the time goes."""
        names = list(library().signatures)
        calls: dict[str, bytearray] = {}
        for start in range(0, len(self._program), CALL_BYTES):
            call = self._program[start : start + CALL_BYTES]
            calls.setdefault(names[int.from_bytes(call[:8], "little")], bytearray()).extend(call)
        return calls

    @property
    def memory_bytes(self) -> int:
        """The memory that the step holds for its intermediate results, in bytes."""
        return self._pool.allocated_bytes

    def __call__(self) -> Result:
        """Run the step.

        Returns:
            What the function returned at the first call; its tensors hold the new values.

        Raises:
            EngineError: The function touched a tensor's numbers, or captures inside a capture.
        """
        if self._function is not None:
            return self._record(self._function)
        library().replay(self._address, self.calls)
        return self._result  # type: ignore[return-value]

    def _record(self, function: Callable[[], Result]) -> Result:
        kernels = library()
        if kernels.recording is not None:
            raise EngineError("a captured step cannot record another one inside itself")
        kernels.recording = bytearray()
        try:
            with allocating_from(self._pool):
                self._result = function()
            self._program = kernels.recording
        finally:
            kernels.recording = None
        self.calls = len(self._program) // CALL_BYTES
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._program)) if self.calls else 0
        self._keep = function  # and with it the tensors it reads
        self._function = None
        return self._result
