"""A small model and batches for the tests."""

from __future__ import annotations

import random

from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.engine.tensor import Indices, indices

CONFIG = GPTConfig(vocab_size=23, context_length=12, n_layer=2, n_head=2, n_embd=16)


def small_model(seed: int = 1) -> GPT:
    """Return a model whose weights are large enough for its outputs to differ."""
    model = GPT(CONFIG, seed=seed)
    for name, parameter in model.parameters.items():
        if "norm" not in name:
            parameter.set([5 * value for value in parameter.data()])
    return model


def random_tokens(batch: int, steps: int, *, seed: int = 0, vocab_size: int = CONFIG.vocab_size) -> Indices:
    """Return token ids of shape (batch, steps)."""
    generator = random.Random(seed)
    return indices([generator.randrange(vocab_size) for _ in range(batch * steps)], (batch, steps))
