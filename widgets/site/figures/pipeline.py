"""Figures that the pipeline lesson shows; each is computed when the site is built."""

from __future__ import annotations

import math

from widgets.catalog import lora_counts, memory, quantization
from widgets.catalog.models import get_model, total_params

_SMOL = "HuggingFaceTB/SmolLM2-135M"
_7B = "meta-llama/Llama-2-7b-hf"
_70B = "meta-llama/Llama-2-70b-hf"
_RANK = 16
_TARGETS = "all-linear"
_MB = 10**6


def _adapter_bytes(model: str) -> int:
    """Size of the saved adapter: TRL trains the adapter of a 4-bit base in bf16."""
    return lora_counts.adapter_bytes(model, _RANK, _TARGETS, "bf16")


def _merged_bytes(model: str) -> int:
    """Size of the merged checkpoint in 16 bits; tied embeddings are stored once."""
    return 2 * total_params(get_model(model))


def _ratio(model: str) -> str:
    return f"{_merged_bytes(model) / _adapter_bytes(model):.0f}"


def _nf4_bytes(model: str) -> int:
    """Weights and constants of a 4-bit base, embeddings and head in 16 bits."""
    account = memory.estimate(model, "qlora", rank=_RANK, targets=_TARGETS)
    return account.component_bytes("weights") + account.component_bytes("quantization_constants")


ROWS, HELD_OUT = 2_000, 0.05
ROWS_PER_DEVICE, ACCUMULATED_BATCHES = 4, 4
"""As the lesson's program has them."""


def training_rows() -> int:
    """Return how many rows the lesson's program trains on."""
    return ROWS - math.ceil(HELD_OUT * ROWS)


def _steps(devices: int) -> str:
    """Optimiser steps of one epoch in the lesson's program."""
    return f"{math.ceil(training_rows() / (ROWS_PER_DEVICE * ACCUMULATED_BATCHES * devices))}"


FIGURES = {
    "pipeline-7b-adapter-mb": lambda: f"{_adapter_bytes(_7B) / _MB:.0f}",
    "pipeline-7b-merged-gb": lambda: f"{_merged_bytes(_7B) / memory.GB:.1f}",
    "pipeline-7b-ratio": lambda: _ratio(_7B),
    "pipeline-7b-trainable": lambda: f"{lora_counts.trainable_params(_7B, _RANK, _TARGETS):,}",
    "pipeline-7b-states-gb": lambda: (
        f"{memory.estimate(_7B, 'qlora', rank=_RANK, targets=_TARGETS).model_state_bytes / memory.GB:.1f}"
    ),
    "pipeline-7b-adam-mb": lambda: f"{lora_counts.trainable_params(_7B, _RANK, _TARGETS) * 8 / _MB:.0f}",
    "pipeline-smol-adapter-mb": lambda: f"{_adapter_bytes(_SMOL) / _MB:.1f}",
    "pipeline-smol-merged-mb": lambda: f"{_merged_bytes(_SMOL) / _MB:.0f}",
    "pipeline-smol-ratio": lambda: _ratio(_SMOL),
    "pipeline-smol-trainable": lambda: f"{lora_counts.trainable_params(_SMOL, _RANK, _TARGETS):,}",
    "pipeline-smol-all": lambda: f"{lora_counts.all_params(_SMOL, _RANK, _TARGETS):,}",
    "pipeline-smol-percent": lambda: f"{lora_counts.trainable_percent(_SMOL, _RANK, _TARGETS):.2f}",
    "pipeline-nf4-bits": lambda: f"{quantization.bits_per_parameter(True):.3f}",
    "pipeline-rows": lambda: f"{ROWS:,}",
    "pipeline-held-out": lambda: f"{100 * HELD_OUT:.0f}",
    "pipeline-steps-one": lambda: _steps(1),
    "pipeline-steps-four": lambda: _steps(4),
    "pipeline-70b-nf4-gb": lambda: f"{_nf4_bytes(_70B) / memory.GB:.1f}",
    "pipeline-70b-half-gb": lambda: f"{_nf4_bytes(_70B) / 2 / memory.GB:.1f}",
}
