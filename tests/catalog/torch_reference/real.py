"""Real models of a configuration, their tensors' bytes, and what autograd keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from widgets.catalog.models import ModelConfig

TINY = ModelConfig(
    "custom",
    "a small Llama",
    "llama",
    vocab_size=320,
    hidden_size=128,
    intermediate_size=352,
    num_hidden_layers=3,
    num_attention_heads=8,
    num_key_value_heads=4,
    head_dim=16,
)
"""Every width differs from every other, so that no two can be confused."""


def hf_config(config: ModelConfig) -> Any:
    """Give transformers' configuration for dimensions of the catalogue."""
    fields = {
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
        "num_key_value_heads": config.num_key_value_heads,
        "tie_word_embeddings": config.tie_word_embeddings,
        "use_cache": False,
    }
    if config.model_type not in ("qwen2", "phi"):
        fields["head_dim"] = config.head_dim
    if config.model_type == "llama":
        fields["attention_bias"] = config.attention_bias
    return AutoConfig.for_model(config.model_type, **fields)


def make_model(config: ModelConfig, dtype: torch.dtype = torch.float32, device: str = "cpu") -> torch.nn.Module:
    """Make the model; on the device ``meta`` it has shapes and no numbers."""
    torch.manual_seed(0)
    with torch.device(device):
        return AutoModelForCausalLM.from_config(hf_config(config), dtype=dtype, attn_implementation="sdpa")


def tensor_bytes(tensors: Iterable[torch.Tensor]) -> int:
    """Add up the storage of tensors, each storage once."""
    storages = {
        tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors if tensor.numel()
    }
    return sum(storages.values())


def saved_bytes(model: torch.nn.Module, forward: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, int]:
    """Run a forward pass; give its result and the bytes that autograd keeps beside the model's own tensors."""
    own = {tensor.untyped_storage().data_ptr() for tensor in [*model.parameters(), *model.buffers()]}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage  # held, so that no later tensor gets the same address
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = forward()
    return result, sum(storage.nbytes() for storage in kept.values())


def with_layers(config: ModelConfig, layers: int) -> ModelConfig:
    """Give the same model with another number of blocks."""
    return replace(config, num_hidden_layers=layers)
