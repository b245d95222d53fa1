"""Bytes kept for the backward pass equal what PyTorch saves.

The measured values are bytes per token and block that `torch.autograd.graph.saved_tensors_hooks` saw on CPU, as the
difference between a model of two blocks and one of one block (vocabulary 300, hidden size 256, intermediate size 704,
8 heads, T = 256, fused attention), with torch 2.13.0, transformers 5.23.0 and peft 0.21.2 (LoRA of rank 1).
"""

import pytest

from widgets.catalog.activations import activation_bytes, layer_activation_bytes
from widgets.catalog.lora_counts import TARGET_PRESETS
from widgets.catalog.models import MODELS, ModelConfig

MEASURED = [
    # model_type, key-value heads, head size, adapted, bytes per value, measured
    ("llama", 8, 32, None, 2, 11816),
    ("llama", 8, 32, None, 4, 21544),
    ("llama", 8, 32, "q,v", 2, 8876),
    ("llama", 8, 32, "q,v", 4, 15664),
    ("llama", 8, 32, "all-linear", 2, 10806),
    ("llama", 8, 32, "all-linear", 4, 19524),
    ("llama", 2, 32, None, 2, 11048),
    ("llama", 2, 32, "q,v", 2, 8108),
    ("qwen2", 2, 32, None, 2, 11048),
    ("qwen2", 2, 32, "all-linear", 4, 17988),
    ("mistral", 2, 32, "q,v", 4, 14128),
    ("qwen3", 8, 64, None, 2, 20072),
    ("qwen3", 8, 64, "q,v", 2, 15084),
    ("qwen3", 2, 64, None, 4, 27728),
    ("qwen3", 2, 64, "all-linear", 2, 13918),
    ("phi", 8, 32, None, 2, 10660),
    ("phi", 8, 32, None, 4, 21288),
    ("phi", 8, 32, "q,v", 2, 8744),
    ("phi", 2, 32, "all-linear", 2, 9904),
]
MEASURED_GEMMA = [(8, None, 2, 12848), (8, None, 4, 21552), (8, "q,v", 2, 8884), (2, "all-linear", 2, 10046)]


def predicted(model_type, key_value_heads, head_dim, targets, value_bytes):
    config = ModelConfig("custom", "test", model_type, 300, 256, 704, 2, 8, key_value_heads, head_dim)
    adapted = TARGET_PRESETS[targets] if targets else None
    return sum(layer_activation_bytes(config, value_bytes, 1, adapted).values())


@pytest.mark.parametrize(("model_type", "heads", "head_dim", "targets", "value_bytes", "measured"), MEASURED)
def test_one_block_keeps_what_pytorch_saves(model_type, heads, head_dim, targets, value_bytes, measured):
    assert predicted(model_type, heads, head_dim, targets, value_bytes) == measured


@pytest.mark.parametrize(("heads", "targets", "value_bytes", "measured"), MEASURED_GEMMA)
def test_gemma_keeps_one_more_number_per_norm_than_counted(heads, targets, value_bytes, measured):
    assert measured - predicted("gemma", heads, 32, targets, value_bytes) == 2 * 4


def test_checkpointing_at_512_tokens_keeps_an_eighth_of_a_gigabyte_and_one_block():
    config = MODELS["meta-llama/Llama-2-7b-hf"]
    one_block = 512 * sum(layer_activation_bytes(config).values())
    assert activation_bytes(config, 512, checkpointing=True) - one_block == 512 * 32 * 4096 * 2


def test_adapters_keep_the_inputs_of_the_layers_they_sit_on():
    config = MODELS["meta-llama/Llama-2-7b-hf"]
    kept = {name: layer_activation_bytes(config, 2, 0, roles)["inputs"] for name, roles in TARGET_PRESETS.items()}
    assert kept["q"] == kept["q,v"] == kept["q,k,v,o"] == 2 * 4096
    assert kept["o"] == 0  # its input is the output of attention, which is kept anyway
    assert kept["down"] == 2 * 11008
    assert kept["all-linear"] == 2 * (4096 + 4096 + 11008)
