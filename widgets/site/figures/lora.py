"""Figures the LoRA lesson shows; each is computed when the site is built."""

from __future__ import annotations

from widgets.catalog import arithmetic, lora_counts, memory
from widgets.catalog.models import get_model, total_params

_LLAMA_2_7B = "meta-llama/Llama-2-7b-hf"
_LLAMA_3_8B = "meta-llama/Meta-Llama-3-8B"
_QWEN_05B = "Qwen/Qwen2.5-0.5B"


def _trainable(model: str, rank: int, targets: str) -> str:
    return f"{lora_counts.trainable_params(model, rank, targets):,}"


def _states(method: str) -> int:
    """Bytes of weights, gradients and Adam states for Llama 2 7B; LoRA with rank 8 on q and v."""
    return memory.estimate(_LLAMA_2_7B, method, rank=8, targets="q,v").model_state_bytes


def _square() -> tuple[int, int]:
    """Entries of one query matrix of Llama 2 7B, and of the two thin matrices of rank 8 beside it."""
    width = get_model(_LLAMA_2_7B).hidden_size
    return width * width, lora_counts.trainable_params(_LLAMA_2_7B, 8, "q") // get_model(_LLAMA_2_7B).num_hidden_layers


def _base_params() -> int:
    return total_params(get_model(_LLAMA_2_7B))


FIGURES = {
    "lora-7b-width": lambda: f"{get_model(_LLAMA_2_7B).hidden_size:,}",
    "lora-7b-layers": lambda: f"{get_model(_LLAMA_2_7B).num_hidden_layers}",
    "lora-7b-kv-heads": lambda: f"{get_model(_LLAMA_2_7B).num_key_value_heads}",
    "lora-llama3-kv-heads": lambda: f"{get_model(_LLAMA_3_8B).num_key_value_heads}",
    "lora-7b-matrix": lambda: f"{_square()[0]:,}",
    "lora-7b-matrix-r8": lambda: f"{_square()[1]:,}",
    "lora-7b-matrix-factor": lambda: f"{_square()[0] / _square()[1]:.0f}",
    "lora-7b-base-params": lambda: f"{_base_params():,}",
    "lora-7b-qv-r8": lambda: _trainable(_LLAMA_2_7B, 8, "q,v"),
    "lora-7b-qv-r16": lambda: _trainable(_LLAMA_2_7B, 16, "q,v"),
    "lora-7b-qkvo-r8": lambda: _trainable(_LLAMA_2_7B, 8, "q,k,v,o"),
    "lora-7b-qkvo-r16": lambda: _trainable(_LLAMA_2_7B, 16, "q,k,v,o"),
    "lora-7b-all-r8": lambda: _trainable(_LLAMA_2_7B, 8, "all-linear"),
    "lora-7b-all-r16": lambda: _trainable(_LLAMA_2_7B, 16, "all-linear"),
    "lora-7b-printed": lambda: lora_counts.printed_like_peft(_LLAMA_2_7B, 8, "q,v"),
    "lora-llama3-qv-r8": lambda: _trainable(_LLAMA_3_8B, 8, "q,v"),
    "lora-7b-params-factor": lambda: f"{_base_params() / lora_counts.trainable_params(_LLAMA_2_7B, 8, 'q,v'):,.0f}",
    "lora-7b-full-gb": lambda: f"{_states('full-sft') / memory.GB:.1f}",
    "lora-7b-lora-gb": lambda: f"{_states('lora') / memory.GB:.1f}",
    "lora-7b-states-factor": lambda: f"{_states('full-sft') / _states('lora'):.1f}",
    "lora-7b-checkpoint-gb": lambda: f"{2 * _base_params() / memory.GB:.1f}",
    "lora-7b-adapter-mb": lambda: f"{lora_counts.adapter_bytes(_LLAMA_2_7B, 8, 'q,v', 'bf16') / 1e6:.1f}",
    "lora-7b-arithmetic-factor": lambda: f"{arithmetic.lora_saving(_LLAMA_2_7B, 512, 8, 'q,v'):.2f}",
    "lora-7b-arithmetic-factor-checkpointing": lambda: (
        f"{arithmetic.lora_saving(_LLAMA_2_7B, 512, 8, 'q,v', checkpointing=True):.2f}"
    ),
    "lora-05b-printed": lambda: lora_counts.printed_like_peft(_QWEN_05B, 8, "q,v"),
    "lora-05b-all-r16": lambda: _trainable(_QWEN_05B, 16, "all-linear"),
    "lora-05b-all-percent": lambda: f"{lora_counts.trainable_percent(_QWEN_05B, 16, 'all-linear'):.2f}",
}
