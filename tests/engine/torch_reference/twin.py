"""The engine's transformer written with torch, module for module."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from tests.engine.torch_reference.comparison import to_torch
from widgets.engine.architectures.gpt import GPT, GPTConfig


class Block(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        width = config.n_embd
        self.n_head = config.n_head
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(width, width) for _ in range(4))
        self.up_proj, self.down_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, steps, width = x.shape
        normal = self.attention_norm(x)
        q, k, v = (
            projection(normal).reshape(batch, steps, self.n_head, -1).transpose(1, 2)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, steps, width)
        x = x + self.o_proj(mixed)
        return x + self.down_proj(F.gelu(self.up_proj(self.feed_forward_norm(x)), approximate="tanh"))


class Twin(nn.Module):
    """The same parameters under the same names; the head is the token embedding."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.position_embedding = nn.Embedding(config.context_length, config.n_embd)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.final_norm = nn.LayerNorm(config.n_embd)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.token_embedding(tokens) + self.position_embedding.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return F.linear(self.final_norm(x), self.token_embedding.weight)


def twin_of(model: GPT) -> Twin:
    """Return the torch model with the same weights."""
    twin = Twin(model.config)
    twin.load_state_dict({name: to_torch(parameter) for name, parameter in model.parameters.items()})
    return twin
