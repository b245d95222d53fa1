"""Bytes that one training step keeps for the backward pass: activations and logits.

Counted is what automatic differentiation saves in Hugging Face's implementations with fused attention (PyTorch's
scaled dot-product attention, which keeps no T × T scores) and no dropout, per token and block:

- attention: the queries, keys and values after the rotary embedding, and the output;
- each RMSNorm: its input in 32 bits (the code upcasts it), the normalised vector if the norm's weight is trained, and
  its output if a layer after it needs its input;
- feed-forward: the gate, its activation and the up projection, which the product and the activation function need
  whatever is trained; and the product itself if the down projection needs its input.

A linear layer needs its input only for the gradient of its own weights. So LoRA, with W frozen, keeps less: only the
inputs of the layers that carry an adapter. Left out: log-sum-exp of the attention, one number per norm and token, the
``rank`` numbers between A and B, the embeddings, and temporary buffers.

Source: the method of counting is that of Korthikanti et al. 2022, arXiv 2205.05198, section 4; its own total,
34·s·b·h bytes, is for a GPT-2 block with dropout and unfused softmax.
"""

from __future__ import annotations

from widgets.catalog.models import ModelConfig


# --8<-- [start:activation_bytes]
def activation_bytes_per_layer_token(
    config: ModelConfig, bytes_per_value: int = 2, adapted_roles: frozenset[str] | None = None
) -> int:
    """Bytes that one block keeps for one token; ``adapted_roles`` None means that every weight is trained."""
    hidden, inner = config.hidden_size, config.intermediate_size
    query = config.num_attention_heads * config.head_dim
    key_value = config.num_key_value_heads * config.head_dim
    full = adapted_roles is None
    adapted = adapted_roles or frozenset()

    values = query + 2 * key_value + query  # q, k, v and the output of attention
    values += 3 * inner  # gate, its activation, up
    if full or "down" in adapted:
        values += inner  # input of the down projection
    if full or adapted & {"q", "k", "v"}:
        values += hidden  # input of the query, key and value projections
    if full or adapted & {"gate", "up"}:
        values += hidden  # input of the gate and up projections
    if full:
        values += 2 * hidden  # the normalised vectors, for the gradients of the two norms
    return values * bytes_per_value + 2 * hidden * 4  # the inputs of the two norms, in 32 bits


def activation_bytes(
    config: ModelConfig,
    context_length: int,
    batch_size: int = 1,
    *,
    bytes_per_value: int = 2,
    adapted_roles: frozenset[str] | None = None,
    checkpointing: bool = False,
) -> int:
    """Bytes kept by all blocks; with checkpointing each block's input, plus the one block being recomputed."""
    tokens = batch_size * context_length
    layer = tokens * activation_bytes_per_layer_token(config, bytes_per_value, adapted_roles)
    if checkpointing:
        return tokens * config.hidden_size * bytes_per_value * config.num_hidden_layers + layer
    return layer * config.num_hidden_layers
# --8<-- [end:activation_bytes]
