"""Figures that the corrections page shows; each is computed when the site is built."""

from __future__ import annotations

from typing import Any

from widgets.catalog import arithmetic, costs, lora_counts, memory, quantization
from widgets.catalog.models import get_model, linear_layers, total_params

_7B = "meta-llama/Llama-2-7b-hf"


def _gb(num_bytes: float, digits: int = 1) -> str:
    return f"{num_bytes / memory.GB:.{digits}f}"


def _states(method: str, **settings: Any) -> int:
    """Weights, gradients and optimiser states of Llama 2 7B, in bytes."""
    return memory.estimate(_7B, method, **settings).model_state_bytes


def _nf4_bytes() -> int:
    """4-bit codes and constants, with embeddings, head and norms in 16 bits."""
    account = memory.estimate(_7B, "qlora")
    return account.component_bytes("weights") + account.component_bytes("quantization_constants")


def _activations(method: str) -> int:
    """Activations of one row of 512 tokens, without logits and without checkpointing, in bytes."""
    return memory.estimate(_7B, method, context_length=512).component_bytes("activations")


def _count(rank: int, targets: str) -> str:
    return f"{lora_counts.trainable_params(_7B, rank, targets):,}"


def _arithmetic_ratio(checkpointing: bool) -> str:
    """Operations of a full step over those of a LoRA step (rank 8, q and v) at 512 tokens."""
    return f"{arithmetic.lora_saving(_7B, 512, 8, 'q,v', checkpointing=checkpointing):.2f}"


def _double_quantization_bytes() -> int:
    """What double quantization saves on the linear layers, in bytes."""
    return sum(
        layer.count
        * (
            quantization.nf4_constant_bytes(layer.in_features * layer.out_features, False)
            - quantization.nf4_constant_bytes(layer.in_features * layer.out_features, True)
        )
        for layer in linear_layers(get_model(_7B))
    )


def _millions_of_usd(run: str) -> float:
    return costs.TRAINING_RUNS[run].usd() / 10**6


FIGURES = {
    "corr-fp32-weights": lambda: _gb(4 * total_params(get_model(_7B)), 2),
    "corr-bf16-weights": lambda: _gb(2 * total_params(get_model(_7B)), 2),
    "corr-nf4-weights": lambda: _gb(_nf4_bytes(), 2),
    "corr-full-mixed": lambda: _gb(_states("full-sft")),
    "corr-full-bf16": lambda: _gb(_states("full-sft", precision="bf16")),
    "corr-full-8bit": lambda: _gb(_states("full-sft", precision="bf16", optimizer="adamw-8bit")),
    "corr-lora": lambda: _gb(_states("lora")),
    "corr-qlora": lambda: _gb(_states("qlora"), 2),
    "corr-qlora-r16": lambda: _gb(_states("qlora", rank=16, targets="all-linear"), 2),
    "corr-act-full": lambda: _gb(_activations("full-sft"), 2),
    "corr-act-lora": lambda: _gb(_activations("lora"), 2),
    "corr-qv-r8": lambda: _count(8, "q,v"),
    "corr-qv-r16": lambda: _count(16, "q,v"),
    "corr-qkvo-r8": lambda: _count(8, "q,k,v,o"),
    "corr-all-r8": lambda: _count(8, "all-linear"),
    "corr-param-ratio": lambda: f"{total_params(get_model(_7B)) / lora_counts.trainable_params(_7B, 8, 'q,v'):,.0f}",
    "corr-lora-ratio": lambda: f"{_states('full-sft') / _states('lora'):.1f}",
    "corr-qlora-ratio": lambda: f"{_states('full-sft') / _states('qlora'):.0f}",
    "corr-flops-ratio": lambda: _arithmetic_ratio(checkpointing=False),
    "corr-flops-ratio-checkpointing": lambda: _arithmetic_ratio(checkpointing=True),
    "corr-bits-before": lambda: f"{quantization.constant_bits(False):.1f}",
    "corr-bits-after": lambda: f"{quantization.constant_bits(True):.3f}",
    "corr-bits-saved": lambda: f"{quantization.saved_bits():.3f}",
    "corr-dq-gb": lambda: _gb(_double_quantization_bytes(), 2),
    "corr-usd-7b": lambda: f"{_millions_of_usd('llama-2-7b'):.2f}",
    "corr-usd-family": lambda: f"{_millions_of_usd('llama-2-family'):.1f}",
}
