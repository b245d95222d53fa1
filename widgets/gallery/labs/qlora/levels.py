"""What 4-bit NormalFloat does to the tiny model's own matrices, as recorded by ``python -m widgets.cli.record_levels``.

The page can so show it before the engine is loaded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LEVELS_FILE = "qlora-levels.json"

BINS = 40
"""Bars of the histogram, from -1 to 1."""

WHOLE = "all"
"""Stands for all matrices together."""


@dataclass(frozen=True)
class Fit:
    """How well sixteen levels fit some weights.

    Attributes:
        levels: The levels, ascending from -1 to 1.
        counts: For each level, how many weights it stands for.
        rms_error: Root mean square of the rounding error, as a share of that of the weights.
    """

    levels: tuple[float, ...]
    counts: tuple[int, ...]
    rms_error: float

    @property
    def shares(self) -> tuple[float, ...]:
        """For each level, the share of the weights, 0 to 1, that it stands for."""
        return tuple(count / sum(self.counts) for count in self.counts)


@dataclass(frozen=True)
class Quantized:
    """What quantization does to a matrix.

    Attributes:
        count: How many weights.
        bar_counts: For each bar, how many weights, divided by their block's largest, it stands for.
        nf4: The fit of the NF4 levels.
        even: The fit of sixteen evenly spaced levels.
    """

    count: int
    bar_counts: tuple[int, ...]
    nf4: Fit
    even: Fit

    @property
    def bars(self) -> tuple[float, ...]:
        """For each bar, the share of the weights, 0 to 1."""
        return tuple(count / self.count for count in self.bar_counts)


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
def levels() -> dict[str, Any]:
    """Read what was recorded."""
    text = resources.files("widgets.world.recorded").joinpath(LEVELS_FILE).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def matrices() -> tuple[str, ...]:
    """Name the matrices that QLoRA quantizes, in the model's order."""
    return tuple(name for name in levels()["matrices"] if name != WHOLE)


def quantized(matrix: str) -> Quantized:
    """Give what quantization does to a matrix, or to all of them (`WHOLE`)."""
    found = levels()["matrices"][matrix]
    nf4, even = (
        Fit(tuple(levels()[kind]), tuple(found[kind]["counts"]), found[kind]["rms_error"]) for kind in ("nf4", "even")
    )
    return Quantized(found["count"], tuple(found["bar_counts"]), nf4, even)


def sizes(*, double_quantization: bool) -> Sizes:
    """Give the bytes: codes, scales, and with double quantization the scales' scales."""
    return Sizes(**levels()["sizes"][str(double_quantization).lower()])
