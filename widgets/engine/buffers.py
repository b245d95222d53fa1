"""Buffers for tensors, recycled.

A `Buffer` goes back to the pool it came from when the last tensor that uses it disappears (CPython and Pyodide count
references, so that is at once), and the next request of about that size gets it again. So a training loop that
repeats itself allocates nothing after its first step.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ALIGNMENT: Final = 64  # bytes: a cache line, and the widest vector


def size_class(size_bytes: int) -> int:
    """Round a request up, to one of four sizes per power of two, so that near sizes share buffers.

    >>> [size_class(n) for n in (1, 64, 65, 1000, 1025)]
    [64, 64, 80, 1024, 1280]
    """
    if size_bytes <= ALIGNMENT:
        return ALIGNMENT
    step = 1 << (size_bytes - 1).bit_length() - 3
    return -(-size_bytes // step) * step


class Pool:
    """Free buffers by size, and the count of bytes ever allocated."""

    def __init__(self) -> None:
        self.allocated_bytes = 0
        self._free: dict[int, list[_Block]] = {}

    def take(self, size_bytes: int) -> Buffer:
        """Return a buffer of at least this many bytes; its content is undefined."""
        capacity = size_class(size_bytes)
        free = self._free.get(capacity)
        if free:
            return Buffer(self, free.pop())
        self.allocated_bytes += capacity
        return Buffer(self, _Block(capacity))

    def give_back(self, block: _Block) -> None:
        """Keep a block for the next request of its size."""
        self._free.setdefault(block.capacity, []).append(block)


class _Block:
    """Aligned memory with a fixed address."""

    __slots__ = ("_anchor", "_memory", "address", "bytes", "capacity")

    def __init__(self, capacity: int) -> None:
        self._memory = bytearray(capacity + ALIGNMENT)
        self._anchor = ctypes.c_char.from_buffer(self._memory)  # holds the bytes where they are
        start = ctypes.addressof(self._anchor)
        offset = -start % ALIGNMENT
        self.capacity = capacity
        self.address = start + offset
        self.bytes = memoryview(self._memory)[offset : offset + capacity]


class Buffer:
    """A block of memory lent by a pool, for as long as this object lives.

    Attributes:
        address: Where it lies.
        bytes: Its content, writable.
    """

    __slots__ = ("_block", "_pool", "address", "bytes")

    def __init__(self, pool: Pool, block: _Block) -> None:
        self._pool = pool
        self._block = block
        self.address = block.address
        self.bytes = block.bytes

    def __del__(self) -> None:
        self._pool.give_back(self._block)

    def floats(self, count: int, offset_bytes: int = 0) -> memoryview[float]:
        """View `count` 32-bit floats from an offset."""
        return self.bytes[offset_bytes : offset_bytes + 4 * count].cast("f")

    def doubles(self, count: int) -> memoryview[float]:
        """View the first `count` 64-bit floats."""
        return self.bytes[: 8 * count].cast("d")

    def integers(self, count: int) -> memoryview[int]:
        """View the first `count` 32-bit integers."""
        return self.bytes[: 4 * count].cast("i")


_pools: list[Pool] = [Pool()]


def current_pool() -> Pool:
    """Return the pool that new tensors take their memory from."""
    return _pools[-1]


@contextmanager
def allocating_from(pool: Pool) -> Iterator[None]:
    """Let new tensors take their memory from `pool` inside the block."""
    _pools.append(pool)
    try:
        yield
    finally:
        _pools.pop()
