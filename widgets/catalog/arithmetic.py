"""Floating-point operations of one training step, per token: why LoRA saves less work than memory.

A matrix product with a matrix of N entries takes 2·N operations per token forward, 2·N backward for the gradient of
its input and 2·N for the gradient of the matrix. Only the last is saved where the matrix is frozen. Counted are the
matrix products of the blocks, the output layer, causal attention (half of the T × T scores) and the adapters; norms,
activation functions and the optimiser are left out.

Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1, for 2·N forward and 4·N backward.
"""

from __future__ import annotations

from widgets.catalog import lora_counts
from widgets.catalog.models import ModelConfig, get_model, linear_weights


def step_flops(
    model: str | ModelConfig, context_length: int, *, adapter_params: int | None = None, checkpointing: bool = False
) -> int:
    """Operations per token of one training step.

    Args:
        model: Id of a catalogue model, or a configuration.
        context_length: Tokens in a sequence (T).
        adapter_params: Trained adapter parameters on a frozen base; None if every weight is trained.
        checkpointing: True if the blocks' forward pass is computed a second time.
    """
    config = get_model(model)
    blocks = 2 * linear_weights(config)
    head = 2 * config.vocab_size * config.hidden_size
    attention = 2 * context_length * config.query_size * config.num_hidden_layers
    forward = blocks + head + attention
    input_gradients = blocks + head + 2 * attention
    again = blocks + attention if checkpointing else 0
    if adapter_params is None:
        return forward + input_gradients + blocks + head + again
    return forward + input_gradients + again + adapter_params * (8 if checkpointing else 6)


def lora_saving(
    model: str | ModelConfig, context_length: int, rank: int, targets: str, *, checkpointing: bool = False
) -> float:
    """How many times more operations full fine-tuning takes than LoRA.

    >>> round(lora_saving("meta-llama/Llama-2-7b-hf", 512, 8, "q,v"), 2)
    1.49
    """
    adapter = lora_counts.trainable_params(model, rank, targets)
    full = step_flops(model, context_length, checkpointing=checkpointing)
    return full / step_flops(model, context_length, adapter_params=adapter, checkpointing=checkpointing)
