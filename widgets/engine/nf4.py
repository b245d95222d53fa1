"""4-bit NormalFloat with double quantization: the frozen weights of QLoRA.

A matrix is cut into blocks of 64 numbers; each block keeps its largest magnitude, and each number the nearest of 16
levels that split a normal distribution evenly. With double quantization the blocks' scales are stored in 8 bits too,
so a weight takes 4 + 8/64 + 32/(64 · 256) = 4.127 bits. Codes and scales equal those of bitsandbytes;
its CPU version rounds about two in a thousand of the 8-bit codes to a neighbouring level, its GPU version does not.

Sources: Dettmers et al., QLoRA, arXiv 2305.14314, section 3 and appendix E; Dettmers et al., arXiv 2110.02861 (the
8-bit levels).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from struct import pack, unpack
from typing import Final

from widgets.core.errors import EngineError
from widgets.engine.buffers import Buffer, current_pool
from widgets.engine.library import run
from widgets.engine.tensor import Shape, Tensor, empty, tensor

QUANT_BLOCK_SIZE: Final = 64
_SCALES_BLOCK_SIZE: Final = 256  # scales that share one 32-bit scale of their own

# Appendix E of the QLoRA paper.
NF4_LEVELS: Final = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip


def _f32(value: float) -> float:
    """Round to the nearest 32-bit float."""
    return float(unpack("<f", pack("<f", value))[0])


@cache
def dynamic_levels() -> tuple[float, ...]:
    """Return the 256 levels of the 8-bit code: seven decades, ever finer towards 1, both signs, and 0 and 1.

    >>> levels = dynamic_levels()
    >>> len(levels), levels[0] > -1.0, levels[127], levels[255]
    (256, True, 0.0, 1.0)
    """
    levels = [0.0, 1.0]
    for exponent in range(7):
        count = 2**exponent
        step = _f32(_f32(1 - 0.1) / count) if count else 0.0
        edges = [_linspace(count, position, step) for position in range(count + 1)]
        for low, high in pairwise(edges):
            middle = _f32(_f32(low + high) / 2)
            level = _f32(_f32(10.0 ** (exponent - 6)) * middle)
            levels += [level, -level]
    return tuple(sorted(levels))


def _linspace(count: int, position: int, step: float) -> float:
    """Return torch.linspace(0.1, 1, count + 1)[position]: from whichever end is nearer, rounded once."""
    if position < (count + 1) // 2:
        return _f32(_f32(0.1) + step * position)
    return _f32(1 - step * (count - position))


class QuantizedMatrix:
    """A matrix in 4 bits a number.

    Attributes:
        shape: (out, in).
        nbytes: What it takes in memory: codes, scales, and the scales of the scales.
    """

    def __init__(self, matrix: Tensor, *, double_quantization: bool = True) -> None:
        """Quantize a matrix.

        Args:
            matrix: Shape (out, in); an even count of numbers.
            double_quantization: Store the blocks' scales in 8 bits instead of 32.

        Raises:
            EngineError: It holds an odd count of numbers, which two codes a byte cannot.
        """
        if matrix.size % 2:
            raise EngineError(f"QuantizedMatrix: needs an even count of numbers, got shape {matrix.shape}")
        self.shape: Shape = matrix.shape
        self.size = matrix.size
        self.blocks = -(-matrix.size // QUANT_BLOCK_SIZE)
        # --8<-- [start:pack]
        self._codes = current_pool().take(matrix.size // 2)
        absmax = empty((self.blocks,))
        run("nf4_quantize", self._codes.address, absmax.address, matrix.address, matrix.size, QUANT_BLOCK_SIZE)
        self._scales = absmax
        self._double = _DoubleScales(absmax) if double_quantization else None
        self.nbytes = matrix.size // 2 + (self._double.nbytes if self._double else 4 * self.blocks)
        # --8<-- [end:pack]
        if self._double:
            self._scales = empty((0,))

    def codes(self) -> list[int]:
        """Return the 4-bit code of every number, in row-major order."""
        packed = self._codes.bytes[: self.size // 2]
        return [code for byte in packed for code in (byte >> 4, byte & 15)]

    def packed_bytes(self) -> bytes:
        """Return the codes two a byte, the first in the high half."""
        return bytes(self._codes.bytes[: self.size // 2])

    def scale_codes(self) -> list[int]:
        """Return the 8-bit code of each block's scale; empty without double quantization."""
        return self._double.codes() if self._double else []

    def scales(self) -> Tensor:
        """Return the largest magnitude of each block, shape (blocks,), as it is stored."""
        return self._double.dequantize() if self._double else self._scales

    def dequantize(self) -> Tensor:
        """Return the matrix in 32 bits, shape (out, in)."""
        out = empty(self.shape)
        scales = self.scales()
        run("nf4_dequantize", out.address, self._codes.address, scales.address, self.size, QUANT_BLOCK_SIZE)
        return out


class _DoubleScales:
    """Scales in 8 bits: a code of `dynamic_levels` each, one 32-bit scale for 256 of them, and their mean."""

    def __init__(self, scales: Tensor) -> None:
        self._count = scales.size
        self._mean = _mean_in_single_precision(scales)
        self._levels = tensor(dynamic_levels())
        self._codes: Buffer = current_pool().take(self._count)
        self._second = empty((-(-self._count // _SCALES_BLOCK_SIZE),))
        centered = tensor([_f32(value - self._mean) for value in scales.data()])
        addresses = (self._codes.address, self._second.address, centered.address, self._levels.address)
        run("blockwise_quantize", *addresses, self._count, _SCALES_BLOCK_SIZE)
        self.nbytes = self._count + 4 * self._second.size + 4

    def codes(self) -> list[int]:
        return list(self._codes.bytes[: self._count])

    def dequantize(self) -> Tensor:
        out = empty((self._count,))
        addresses = (out.address, self._codes.address, self._second.address, self._levels.address)
        run("blockwise_dequantize", *addresses, self._count, _SCALES_BLOCK_SIZE, self._mean)
        return out


def _mean_in_single_precision(x: Tensor) -> float:
    mean = empty(())
    run("weighted_mean", mean.address, x.address, 0, x.size, 1.0)
    return mean.item()
