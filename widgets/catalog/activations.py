"""Bytes that one training step keeps for the backward pass in the blocks of a model.

Counted is what automatic differentiation saves in Hugging Face's implementations with PyTorch's fused attention
(which keeps no T × T scores) and without dropout. With C, Q and K the widths of the residual stream, of all queries
and of all keys, F the width of the feed-forward part and e bytes per value, a Llama block keeps for each token

- attention: queries, keys and values after the rotary embedding, and the output, e·(2Q + 2K), and a log-sum-exp of
  4 bytes per head;
- each of two RMSNorms: its input in 32 bits, 4C, one number of 4 bytes and, if its weight is trained, e·C;
- feed-forward: gate, activated gate and up projection, 3·e·F, which are needed whatever is trained;
- inputs of linear layers whose weights are trained: of q, k, v and of gate, up e·C each, of down e·F. (The input of
  o is the output of attention, which is kept anyway.)

A linear layer needs its input only for the gradient of its own weights, so with W frozen LoRA keeps less: only the
inputs of the layers that carry an adapter, and e·r for each adapter. The total is e·(2Q + 2K + 4C + 4F) + 8C for
full fine-tuning and e·(2Q + 2K + C + 3F) + 8C for LoRA on q and v, beside the few single numbers.

Left out: embeddings, the final norm and temporary buffers. Adapters are taken to compute in the base's precision.

Source: the method of counting is that of Korthikanti et al. 2022, arXiv 2205.05198, section 4; its own total,
34·s·b·h bytes, is for a GPT block with dropout. Equal, to the byte, to what PyTorch saves in
tests/catalog/torch_reference; what is left out there is the final norm and the rotary tables.
"""

from __future__ import annotations

from collections.abc import Collection

from widgets.catalog.models import ModelConfig

FP32_BYTES = 4


def layer_activation_bytes(
    config: ModelConfig, value_bytes: int = 2, rank: int = 0, adapted: Collection[str] | None = None
) -> dict[str, int]:
    """Bytes that one block keeps for one token, by kind.

    Args:
        config: The model's dimensions.
        value_bytes: Bytes of one activation: 2 for bf16, 4 for fp32.
        rank: LoRA rank; counts only with ``adapted``.
        adapted: Roles of the layers that carry an adapter; None if every weight is trained.
    """
    code, hidden, inner = config.architecture, config.hidden_size, config.intermediate_size

    def trains(*roles: str) -> bool:
        return adapted is None or any(role in adapted for role in roles if role in code.linear_names)

    attention = value_bytes * 2 * (config.query_size + config.key_value_size) + FP32_BYTES * config.num_attention_heads

    if code.norms_per_layer == 2:
        inputs = value_bytes * hidden * (trains("q", "k", "v") + trains("gate", "up"))
    else:  # attention and feed-forward part read one and the same vector
        inputs = value_bytes * hidden * trains("q", "k", "v", "up")
    inputs += value_bytes * inner * trains("down")
    inputs += value_bytes * config.query_size * (code.copies_attention_output and trains("o"))
    if adapted is not None:
        inputs += value_bytes * rank * sum(role in adapted for role in code.linear_names)

    norms = code.norms_per_layer * _norm_bytes(config, hidden, 1, value_bytes, adapted is None)
    if code.norms_queries_and_keys:
        heads = config.num_attention_heads + config.num_key_value_heads
        norms += _norm_bytes(config, heads * config.head_dim, heads, value_bytes, adapted is None)

    feed_forward = code.activation_values * inner * value_bytes
    return {"attention": attention, "norms": norms, "feed_forward": feed_forward, "inputs": inputs}


def activation_bytes(
    config: ModelConfig,
    context_length: int,
    batch_size: int = 1,
    *,
    value_bytes: int = 2,
    rank: int = 0,
    adapted: Collection[str] | None = None,
    checkpointing: bool = False,
) -> int:
    """Bytes kept by all blocks; with checkpointing each block's input, and the one block being recomputed."""
    tokens = batch_size * context_length
    layer = sum(layer_activation_bytes(config, value_bytes, rank, adapted).values())
    if checkpointing:
        return tokens * (config.num_hidden_layers * config.hidden_size * value_bytes + layer)
    return tokens * config.num_hidden_layers * layer


def _norm_bytes(config: ModelConfig, width: int, groups: int, value_bytes: int, is_trained: bool) -> int:
    """Bytes that norms of ``groups`` groups, ``width`` values together, keep for one token."""
    if not config.architecture.is_rms_norm:  # LayerNorm keeps its input, a mean and a standard deviation
        return value_bytes * (width + 2 * groups)
    normalized = FP32_BYTES if config.architecture.scales_in_fp32 else value_bytes
    return FP32_BYTES * (width + groups) + (normalized * width if is_trained else 0)
