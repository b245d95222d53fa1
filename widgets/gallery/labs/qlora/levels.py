"""What 4-bit NormalFloat does to the tiny model's own matrices, worked out in plain Python.

The engine quantizes in 32-bit floats when the lab trains; this module counts the same thing in Python's own numbers,
so that the page can show it before anything is loaded. A test compares the codes and the bytes of the two.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from math import fsum, sqrt

EVEN_LEVELS = tuple(-1 + 2 * place / 15 for place in range(16))
"""Sixteen evenly spaced levels with the same scale: uniform 4-bit integers, as in the lesson."""

BINS = 40
"""Bars of the histogram, from -1 to 1."""

WHOLE = "all"
"""Stands for all matrices together."""

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Fit:
    """How well sixteen levels fit some weights.

    Attributes:
        levels: The levels, ascending from -1 to 1.
        shares: For each level, the share of the weights, 0 to 1, that it stands for.
        rms_error: Root mean square of the rounding error, as a share of that of the weights.
    """

    levels: tuple[float, ...]
    shares: tuple[float, ...]
    rms_error: float


@dataclass(frozen=True)
class Quantized:
    """What quantization does to a matrix.

    Attributes:
        count: How many weights.
        bars: For each bar, the share of the weights, 0 to 1, divided by their block's largest.
        nf4: The fit of the NF4 levels.
        even: The fit of the evenly spaced levels.
    """

    count: int
    bars: tuple[float, ...]
    nf4: Fit
    even: Fit


@dataclass(frozen=True)
class Sizes:
    """Bytes of the tiny model before and after quantization.

    Attributes:
        matrices_bytes: The quantized matrices with their scales.
        matrices_fp32_bytes: The same matrices in 32 bits.
        model_bytes: The whole model: embeddings, norms and biases stay in 32 bits.
        model_fp32_bytes: The whole model in 32 bits.
        bits_per_weight: Bits of a quantized weight, its share of the scales included.
    """

    matrices_bytes: int
    matrices_fp32_bytes: int
    model_bytes: int
    model_fp32_bytes: int
    bits_per_weight: float


@cache
def _tensors() -> dict[str, array[float]]:
    from widgets.engine import checkpoint
    from widgets.world.model import BASE_FILE

    return checkpoint.load(resources.files("widgets.world.model").joinpath(BASE_FILE).read_bytes()).tensors


@cache
def matrices() -> tuple[str, ...]:
    """Name the matrices that QLoRA quantizes, in the model's order."""
    return tuple(name.removesuffix(".weight") for name in _tensors() if name.endswith("_proj.weight"))


def weights_of(matrix: str) -> array[float]:
    """Give a matrix's weights in row-major order."""
    return _tensors()[f"{matrix}.weight"]


def blocks(weights: Sequence[float]) -> Iterator[tuple[float, list[float]]]:
    """Cut weights into blocks: (largest magnitude, the weights divided by it)."""
    from widgets.engine.nf4 import QUANT_BLOCK_SIZE

    for start in range(0, len(weights), QUANT_BLOCK_SIZE):
        block = weights[start : start + QUANT_BLOCK_SIZE]
        absmax = max(abs(weight) for weight in block)
        yield absmax, [weight / absmax if absmax else 0.0 for weight in block]


def codes_of(scaled: Sequence[float], levels: Sequence[float]) -> list[int]:
    """Give the code of the nearest level for each number from -1 to 1.

    >>> codes_of([-1.0, -0.2, 0.0, 0.9], (-1.0, 0.0, 1.0))
    [0, 1, 1, 2]
    """
    middles = [(low + high) / 2 for low, high in pairwise(levels)]
    return [bisect_left(middles, number) for number in scaled]


@cache
def quantized(matrix: str) -> Quantized:
    """Quantize a matrix, or all of them (`WHOLE`), both ways."""
    from widgets.engine.nf4 import NF4_LEVELS

    names = matrices() if matrix == WHOLE else (matrix,)
    cut = [block for name in names for block in blocks(weights_of(name))]
    count = sum(len(scaled) for _, scaled in cut)
    bars = [0] * BINS
    for _, scaled in cut:
        for number in scaled:
            bars[min(int((number + 1) / 2 * BINS), BINS - 1)] += 1
    return Quantized(count, tuple(bar / count for bar in bars), _fit(cut, NF4_LEVELS), _fit(cut, EVEN_LEVELS))


def _fit(cut: Sequence[tuple[float, list[float]]], levels: tuple[float, ...]) -> Fit:
    used = [0] * len(levels)
    errors, squares = [], []
    for absmax, scaled in cut:
        codes = codes_of(scaled, levels)
        for code in codes:
            used[code] += 1
        pairs = zip(scaled, codes, strict=True)
        errors.append(absmax**2 * fsum((number - levels[code]) ** 2 for number, code in pairs))
        squares.append(absmax**2 * fsum(number * number for number in scaled))
    count = sum(used)
    return Fit(levels, tuple(each / count for each in used), sqrt(fsum(errors) / fsum(squares)))


def sizes(*, double_quantization: bool) -> Sizes:
    """Count the bytes, as the engine stores them: codes, scales, and with double quantization the scales' scales."""
    from widgets.engine.nf4 import QUANT_BLOCK_SIZE

    counts = [len(weights_of(name)) for name in matrices()]
    stored = 0
    for count in counts:
        scales = -(-count // QUANT_BLOCK_SIZE)
        # In 8 bits each, with a 32-bit scale for 256 of them, and their mean.
        extra = scales + FLOAT_BYTES * (-(-scales // 256) + 1) if double_quantization else FLOAT_BYTES * scales
        stored += count // 2 + extra
    matrix_bytes = FLOAT_BYTES * sum(counts)
    model_bytes = FLOAT_BYTES * sum(len(numbers) for numbers in _tensors().values())
    bits = 8 * stored / sum(counts)
    return Sizes(stored, matrix_bytes, model_bytes - matrix_bytes + stored, model_bytes, bits)
