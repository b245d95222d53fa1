"""Figures the pre-training lesson shows, with the two formulas behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from widgets.catalog.costs import ASSUMED_USD_PER_GPU_HOUR, TRAINING_RUNS
from widgets.catalog.models import get_model, total_params

_LLAMA_2_7B = TRAINING_RUNS["llama-2-7b"]
_LLAMA_2_FAMILY = TRAINING_RUNS["llama-2-family"]
_ALPACA = TRAINING_RUNS["alpaca-7b"]

A100_BF16_FLOPS_PER_SECOND = 312e12
"""Peak dense bf16 rate of one A100 (NVIDIA's data sheet, nvidia2020a100)."""

EXAMPLE_PROBABILITIES = (0.10, 0.50, 0.05, 0.02, 0.80)
"""What the lesson's half-trained model gives to the true tokens ``live on cold coasts .``"""


def cross_entropy(probabilities: Sequence[float]) -> float:
    """Mean surprise, in nats, given the probability of each token that really came."""
    return math.fsum(-math.log(p) for p in probabilities) / len(probabilities)


def perplexity(loss: float) -> float:
    """Number of equally likely tokens that would give this loss."""
    return math.exp(loss)


# --8<-- [start:training_flops]
def training_flops(params: int, tokens: int) -> int:
    """Operations of a training run: 2 per parameter and token forward, 4 backward."""
    return 6 * params * tokens


# --8<-- [end:training_flops]


def _llama_flops() -> int:
    return training_flops(total_params(get_model("meta-llama/Llama-2-7b-hf")), _LLAMA_2_7B.tokens)


def _utilisation() -> float:
    """Share of the GPUs' peak that the published hours imply."""
    return _llama_flops() / (_LLAMA_2_7B.gpu_hours * 3600 * A100_BF16_FLOPS_PER_SECOND)


def _scientific(value: float) -> str:
    """Write 81 000 as ``8.1 × 10⁴``."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _surprise(index: int) -> str:
    return f"{cross_entropy(EXAMPLE_PROBABILITIES[index : index + 1]):.2f}"


FIGURES = {
    "pre-training-7b-gpu-hours": lambda: f"{_LLAMA_2_7B.gpu_hours:,}",
    "assumed-usd-per-hour": lambda: f"{ASSUMED_USD_PER_GPU_HOUR:.0f}",
    "pre-training-7b-usd": lambda: f"{_LLAMA_2_7B.usd() / 1e6:.2f}",
    "pre-training-7b-years": lambda: f"{_LLAMA_2_7B.gpu_hours / (24 * 365.25):.0f}",
    "pre-training-7b-flops": lambda: _scientific(_llama_flops()),
    "pre-training-7b-utilisation": lambda: f"{100 * _utilisation():.0f}",
    "pre-training-family-gpu-hours": lambda: f"{_LLAMA_2_FAMILY.gpu_hours:,}",
    "pre-training-family-usd": lambda: f"{_LLAMA_2_FAMILY.usd() / 1e6:.1f}",
    "pre-training-alpaca-gpu-hours": lambda: f"{_ALPACA.gpu_hours:,}",
    "pre-training-factor": lambda: f"{_LLAMA_2_7B.gpu_hours / _ALPACA.gpu_hours:,.0f}",
    "pre-training-ln-32000": lambda: f"{math.log(32_000):.2f}",
    "pre-training-vocab-qwen": lambda: f"{get_model('Qwen/Qwen2.5-0.5B').vocab_size:,}",
    "pre-training-bits-per-nat": lambda: f"{1 / math.log(2):.2f}",
    "pre-training-ln-151936": lambda: f"{math.log(get_model('Qwen/Qwen2.5-0.5B').vocab_size):.2f}",
    **{f"pre-training-p-{index + 1}": partial("{:.2f}".format, p) for index, p in enumerate(EXAMPLE_PROBABILITIES)},
    **{f"pre-training-surprise-{index + 1}": partial(_surprise, index) for index in range(len(EXAMPLE_PROBABILITIES))},
    "pre-training-example-loss": lambda: f"{cross_entropy(EXAMPLE_PROBABILITIES):.2f}",
    "pre-training-example-perplexity": lambda: f"{perplexity(cross_entropy(EXAMPLE_PROBABILITIES)):.1f}",
}
