"""Figures the QLoRA lesson shows; each is computed when the site is built."""

from __future__ import annotations

import math
from functools import cache, partial
from statistics import NormalDist

from widgets.catalog import memory, quantization
from widgets.catalog.models import get_model, linear_weights, total_params

LLAMA = "meta-llama/Llama-2-7b-hf"
QWEN = "Qwen/Qwen2.5-7B"
HAND_WEIGHTS = (0.022, -0.061, 0.008, 0.102, -0.033, 0.000, -0.118, 0.047)
"""The block that the lesson quantizes by hand; `nf4_by_hand.py` on the page holds the same numbers."""

TAIL = (1 - 1 / 32 + 1 - 1 / 30) / 2
"""Probability below which the outermost quantile lies, as bitsandbytes builds the data type."""


@cache
def nf4_levels() -> tuple[float, ...]:
    """Return the sixteen NF4 levels: quantiles of a normal distribution, scaled to [−1, 1], with zero among them.

    Source: Dettmers et al. 2023, arXiv 2305.14314, section 3, "4-bit NormalFloat Quantization".
    """
    quantile = NormalDist().inv_cdf
    positive = [quantile(TAIL + (0.5 - TAIL) * i / 8) for i in range(8)]
    negative = [-quantile(TAIL + (0.5 - TAIL) * i / 7) for i in range(7)]
    return tuple(sorted(level / positive[0] for level in (*positive, 0.0, *negative)))


def nearest(value: float, levels: tuple[float, ...]) -> int:
    """Return the index of the level closest to a value."""
    return min(range(len(levels)), key=lambda code: abs(levels[code] - value))


def signed(value: float, digits: int) -> str:
    """Format a number for a table of the lesson: a real minus sign, and no sign on zero.

    >>> signed(-0.05169, 4), signed(0.0, 4)
    ('−0.0517', '0.0000')
    """
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def hand_cell(index: int, column: str) -> str:
    """Return one cell of the table in which eight weights are quantized by hand."""
    absmax = max(abs(weight) for weight in HAND_WEIGHTS)
    weight = HAND_WEIGHTS[index]
    code = nearest(weight / absmax, nf4_levels())
    level = nf4_levels()[code]
    cells = {
        "weight": signed(weight, 3),
        "scaled": signed(weight / absmax, 4),
        "code": str(code),
        "restored": signed(level * absmax, 4),
        "error": signed(level * absmax - weight, 4),
    }
    return cells[column]


OUTLIER = 1.18
"""What the largest weight of the block becomes where the lesson shows the harm of an outlier."""


def beside_outlier(index: int) -> tuple[float, float]:
    """Return a weight of the block, scaled and restored, when its largest neighbour is the outlier."""
    scaled = HAND_WEIGHTS[index] / OUTLIER
    levels = nf4_levels()
    return scaled, levels[nearest(scaled, levels)] * OUTLIER


def rms_error(levels: tuple[float, ...], blocks: int = 150) -> float:
    """Return the root-mean-square error of quantizing normally distributed weights in blocks of 64."""
    size = quantization.QUANT_BLOCK_SIZE
    weights = NormalDist().samples(blocks * size, seed=1)
    squares = []
    for start in range(0, len(weights), size):
        block = weights[start : start + size]
        absmax = max(abs(weight) for weight in block)
        squares += [(levels[nearest(weight / absmax, levels)] * absmax - weight) ** 2 for weight in block]
    return math.sqrt(math.fsum(squares) / len(squares))


def nf4_gain_percent() -> float:
    """Return by how many per cent NF4's error is below that of sixteen evenly spaced levels."""
    evenly_spaced = tuple(-1 + 2 * i / 15 for i in range(16))
    return 100 * (1 - rms_error(nf4_levels()) / rms_error(evenly_spaced))


def gigabytes(size: float, digits: int = 2) -> str:
    """Format bytes in GB (1e9 bytes)."""
    return f"{size / memory.GB:.{digits}f}"


def base_bytes(model: str, *, upcast_rest: bool = False, double_quantization: bool = True) -> int:
    """Return the bytes of the NF4 base of a model, constants included."""
    account = memory.estimate(model, "qlora", upcast_rest=upcast_rest, double_quantization=double_quantization)
    return account.component_bytes("weights") + account.component_bytes("quantization_constants")


def rest_bytes(model: str) -> int:
    """Return the bytes of what stays in 16 bits: embeddings, output head and norms."""
    return 2 * (total_params(get_model(model)) - linear_weights(get_model(model)))


def trained_bytes(method: str, rank: int = 8, targets: str = "q,v") -> int:
    """Return what training adds to the base of Llama-2-7B: adapters, gradients and optimiser states."""
    account = memory.estimate(LLAMA, method, rank=rank, targets=targets)
    return sum(account.component_bytes(name) for name in ("adapters", "gradients", "optimizer_states"))


FIGURES = {
    "qlora-7b-params": lambda: f"{total_params(get_model(LLAMA)):,}",
    "qlora-7b-linear": lambda: f"{linear_weights(get_model(LLAMA)):,}",
    "qlora-7b-rest": lambda: f"{total_params(get_model(LLAMA)) - linear_weights(get_model(LLAMA)):,}",
    "qlora-7b-bf16": lambda: gigabytes(2 * total_params(get_model(LLAMA))),
    "qlora-7b-quarter": lambda: gigabytes(total_params(get_model(LLAMA)) / 2),
    "qlora-7b-codes": lambda: gigabytes(quantization.nf4_code_bytes(linear_weights(get_model(LLAMA)))),
    "qlora-7b-constants": lambda: gigabytes(memory.estimate(LLAMA, "qlora").component_bytes("quantization_constants")),
    "qlora-7b-rest-gb": lambda: gigabytes(rest_bytes(LLAMA)),
    "qlora-7b-base": lambda: gigabytes(base_bytes(LLAMA)),
    "qlora-qwen-rest-gb": lambda: gigabytes(rest_bytes(QWEN)),
    "qlora-qwen-base": lambda: gigabytes(base_bytes(QWEN)),
    "qlora-saved-bits": lambda: f"{quantization.saved_bits():.3f}",
    "qlora-dq-saving-7b": lambda: gigabytes(base_bytes(LLAMA, double_quantization=False) - base_bytes(LLAMA)),
    "qlora-full-weights": lambda: gigabytes(memory.estimate(LLAMA, "full-sft").component_bytes("weights")),
    "qlora-full-rest": lambda: gigabytes(trained_bytes("full-sft")),
    "qlora-full-states": lambda: gigabytes(memory.estimate(LLAMA, "full-sft").model_state_bytes),
    "qlora-lora-weights": lambda: gigabytes(memory.estimate(LLAMA, "lora").component_bytes("weights")),
    "qlora-lora-rest": lambda: gigabytes(trained_bytes("lora")),
    "qlora-lora-states": lambda: gigabytes(memory.estimate(LLAMA, "lora").model_state_bytes),
    "qlora-states": lambda: gigabytes(memory.estimate(LLAMA, "qlora").model_state_bytes),
    "qlora-all-linear-rest": lambda: gigabytes(trained_bytes("qlora", 16, "all-linear")),
    "qlora-all-linear-states": lambda: gigabytes(
        memory.estimate(LLAMA, "qlora", rank=16, targets="all-linear").model_state_bytes
    ),
    "qlora-activations-512": lambda: gigabytes(memory.estimate(LLAMA, "qlora").component_bytes("activations")),
    "qlora-upcast-7b": lambda: gigabytes(base_bytes(LLAMA, upcast_rest=True) - base_bytes(LLAMA)),
    "qlora-upcast-qwen": lambda: gigabytes(base_bytes(QWEN, upcast_rest=True) - base_bytes(QWEN)),
    "nf4-versus-even": lambda: f"{nf4_gain_percent():.0f}",
    "qlora-7b-vocab": lambda: f"{get_model(LLAMA).vocab_size:,}",
    "qlora-qwen-vocab": lambda: f"{get_model(QWEN).vocab_size:,}",
    "nf4-level-count": lambda: f"{len(nf4_levels())}",
    "nf4-block": lambda: f"{quantization.QUANT_BLOCK_SIZE}",
    "nf4-constant-block": lambda: f"{quantization.CONSTANT_BLOCK_SIZE}",
    "nf4-constant-single": lambda: f"{quantization.constant_bits(False):.1f}",
    "nf4-constant-double": lambda: f"{quantization.constant_bits(True):.3f}",
    "nf4-bits-single": lambda: f"{quantization.bits_per_parameter(False):.1f}",
    "nf4-bits-double": lambda: f"{quantization.bits_per_parameter(True):.3f}",
    "nf4-hand-scale": lambda: signed(max(abs(weight) for weight in HAND_WEIGHTS), 3),
    "nf4-outlier-lowest": lambda: signed(min(beside_outlier(index)[0] for index in (0, 1, 2, 3, 4, 5, 7)), 2),
    "nf4-outlier-highest": lambda: signed(max(beside_outlier(index)[0] for index in (0, 1, 2, 3, 4, 5, 7)), 2),
    "nf4-outlier-restored": lambda: signed(beside_outlier(3)[1], 3),
    **{f"nf4-level-{code}": partial(lambda code: signed(nf4_levels()[code], 3), code) for code in range(16)},
    **{
        f"nf4-hand-{index + 1}-{column}": partial(hand_cell, index, column)
        for index in range(len(HAND_WEIGHTS))
        for column in ("weight", "scaled", "code", "restored", "error")
    },
}
"""Name of the figure → the function that computes the text the reader sees."""
