"""Record what 4-bit NormalFloat does to the tiny model's own matrices: ``python -m widgets.cli.record_levels``.

Worked out in Python's own numbers; the engine quantizes in 32-bit floats when the lab trains, and a test compares the
codes and the bytes of the two. The QLoRA lab shows the counts before anything is loaded.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from importlib import resources
from itertools import pairwise
from math import fsum, sqrt
from typing import Any

from widgets.cli.record import FOLDER
from widgets.engine import checkpoint
from widgets.engine.nf4 import NF4_LEVELS, QUANT_BLOCK_SIZE
from widgets.gallery.labs.qlora.levels import BINS, LEVELS_FILE, WHOLE, Fit, Quantized, Sizes, levels
from widgets.gallery.labs.trained_models import base_digest
from widgets.world.model import BASE_FILE

EVEN_LEVELS = tuple(-1 + 2 * place / 15 for place in range(16))
"""Sixteen evenly spaced levels with the same scale: uniform 4-bit integers, as in the lesson."""

FLOAT_BYTES = 4


@cache
def _tensors() -> dict[str, array[float]]:
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
def quantize(matrix: str) -> Quantized:
    """Quantize a matrix, or all of them (`WHOLE`), both ways."""
    names = matrices() if matrix == WHOLE else (matrix,)
    cut = [block for name in names for block in blocks(weights_of(name))]
    count = sum(len(scaled) for _, scaled in cut)
    bars = [0] * BINS
    for _, scaled in cut:
        for number in scaled:
            bars[min(int((number + 1) / 2 * BINS), BINS - 1)] += 1
    return Quantized(count, tuple(bars), _fit(cut, NF4_LEVELS), _fit(cut, EVEN_LEVELS))


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
    return Fit(levels, tuple(used), sqrt(fsum(errors) / fsum(squares)))


def count_sizes(*, double_quantization: bool) -> Sizes:
    """Count the bytes, as the engine stores them: codes, scales, and with double quantization the scales' scales."""
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


def record() -> dict[str, Any]:
    """Quantize every matrix, and say which model's they are."""
    found = {name: asdict(quantize(name)) for name in (*matrices(), WHOLE)}
    for one in found.values():
        del one["nf4"]["levels"], one["even"]["levels"]  # the same for every matrix
    return {
        "nf4": NF4_LEVELS,
        "even": EVEN_LEVELS,
        "matrices": found,
        "sizes": {
            str(double_quantization).lower(): asdict(count_sizes(double_quantization=double_quantization))
            for double_quantization in (True, False)
        },
        "base_sha256": base_digest(),
    }


if __name__ == "__main__":
    path = FOLDER / LEVELS_FILE
    path.write_text(json.dumps(record(), separators=(",", ":")) + "\n", encoding="utf-8")
    levels.cache_clear()
    print(path)
