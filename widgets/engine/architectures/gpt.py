"""A decoder-only transformer in the style of GPT-2: learned positions, layer norm before each block, GELU, tied head.

What it leaves out: dropout, and anything that only pays at a larger size. The projections have the names of today's
models (``q_proj``, ``up_proj``, …) and torch's weight layout (out, in), so that LoRA targets and formulas carry over.

Source: Radford et al., Language Models are Unsupervised Multitask Learners (GPT-2), 2019; initialisation ibid., 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

from widgets.core.errors import EngineError, not_allowed
from widgets.engine import operations as op
from widgets.engine.linear import Linear
from widgets.engine.nf4 import QuantizedMatrix
from widgets.engine.parameters import ParameterSet
from widgets.engine.random_numbers import fill_normal
from widgets.engine.tensor import Indices, Shape, Tensor

PROJECTIONS: Final = ("q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj")
_INITIAL_DEVIATION: Final = 0.02


@dataclass(frozen=True)
class GPTConfig:
    """The sizes of a model.

    Attributes:
        vocab_size: How many tokens there are.
        context_length: The longest sequence, in tokens.
        n_layer: How many blocks of attention and feed-forward.
        n_head: Attention heads; divides n_embd.
        n_embd: Channels of the residual stream; the feed-forward layer is four times as wide.
    """

    vocab_size: int
    context_length: int
    n_layer: int = 2
    n_head: int = 4
    n_embd: int = 64

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context_length", "n_layer", "n_head", "n_embd"):
            if getattr(self, name) < 1:
                raise EngineError(f"GPTConfig: {name} must be at least 1, got {getattr(self, name)}")
        if self.n_embd % self.n_head:
            raise EngineError(f"GPTConfig: n_embd {self.n_embd} is not a multiple of n_head {self.n_head}")

    def shapes(self) -> dict[str, Shape]:
        """Return the shape of every parameter, by name, in the order of a checkpoint."""
        width = self.n_embd
        sizes = dict.fromkeys(PROJECTIONS, (width, width))
        sizes["up_proj"] = (4 * width, width)
        sizes["down_proj"] = (width, 4 * width)
        shapes: dict[str, Shape] = {
            "token_embedding.weight": (self.vocab_size, width),
            "position_embedding.weight": (self.context_length, width),
        }
        for layer in range(self.n_layer):
            for name in ("attention_norm", "feed_forward_norm"):
                shapes[f"layers.{layer}.{name}.weight"] = (width,)
                shapes[f"layers.{layer}.{name}.bias"] = (width,)
            for name, (n_out, n_in) in sizes.items():
                shapes[f"layers.{layer}.{name}.weight"] = (n_out, n_in)
                shapes[f"layers.{layer}.{name}.bias"] = (n_out,)
        shapes["final_norm.weight"] = (width,)
        shapes["final_norm.bias"] = (width,)
        return shapes


class GPT:
    """The model: its configuration, its parameters, and the way from tokens to logits.

    Attributes:
        config: The sizes.
        parameters: Everything trainable, by name.
        linears: The projections by name, for example ``layers.0.q_proj``.
    """

    def __init__(self, config: GPTConfig, *, seed: int = 0) -> None:
        """Make a model with random weights.

        Args:
            config: The sizes.
            seed: Of the random weights.
        """
        self.config = config
        self.parameters = ParameterSet(config.shapes())
        self.linears = {
            name.removesuffix(".weight"): Linear(weight, self.parameters[f"{name.removesuffix('.weight')}.bias"])
            for name, weight in self.parameters.items()
            if name.endswith("_proj.weight")
        }
        self._initialize(seed)

    def _initialize(self, seed: int) -> None:
        """Draw the weights: deviation 0.02, less for the two projections that add to the residual stream."""
        for stream, (name, parameter) in enumerate(self.parameters.items()):
            kind = name.split(".")[-2]
            if name.endswith(".bias"):
                continue
            if kind.endswith("norm"):
                parameter.set([1.0] * parameter.size)
                continue
            adds_to_residual = kind in ("o_proj", "down_proj")
            shrink = sqrt(2 * self.config.n_layer) if adds_to_residual else 1.0
            fill_normal(parameter, _INITIAL_DEVIATION / shrink, seed=seed, stream=stream)

    def __call__(self, tokens: Indices) -> Tensor:
        """Return the logits of the next token at every position: tokens (B, T) to (B, T, V)."""
        return self.head(self.hidden(tokens))

    def hidden(self, tokens: Indices) -> Tensor:
        """Return the normalised residual stream: tokens (B, T) to (B, T, C).

        Raises:
            EngineError: The sequences are longer than the context, or a token is not in the vocabulary.
        """
        if len(tokens.shape) != 2 or tokens.shape[1] > self.config.context_length:
            longest = self.config.context_length
            raise EngineError(f"GPT: needs tokens of shape (B, T) with T up to {longest}, got {tokens.shape}")
        x = op.embedding(self.parameters["token_embedding.weight"], tokens)
        x = op.add_positions(x, self.parameters["position_embedding.weight"])
        for layer in range(self.config.n_layer):
            x = self._block(x, layer)
        return self.normalize(x, "final_norm")

    def _block(self, x: Tensor, layer: int) -> Tensor:
        q, k, v = self.queries_keys_values(x, layer)
        x = op.add(x, self.projection(layer, "o_proj")(op.attention(q, k, v, self.config.n_head)))
        return op.add(x, self.feed_forward(x, layer))

    def queries_keys_values(self, x: Tensor, layer: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return what a layer's attention works on, each of the shape of x."""
        normal = self.normalize(x, f"layers.{layer}.attention_norm")
        names = ("q_proj", "k_proj", "v_proj")
        q, k, v = (self.projection(layer, name)(normal) for name in names)
        return q, k, v

    def feed_forward(self, x: Tensor, layer: int) -> Tensor:
        """Return what a layer's feed-forward part adds to x."""
        normal = self.normalize(x, f"layers.{layer}.feed_forward_norm")
        return self.projection(layer, "down_proj")(op.gelu(self.projection(layer, "up_proj")(normal)))

    def normalize(self, x: Tensor, name: str) -> Tensor:
        """Apply the layer norm of that name."""
        return op.layer_norm(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])

    def head(self, hidden: Tensor) -> Tensor:
        """Return logits from hidden states (..., C) to (..., V), with the token embedding as the matrix."""
        return op.linear(hidden, self.parameters["token_embedding.weight"])

    def projection(self, layer: int, name: str) -> Linear:
        """Return one projection.

        Raises:
            EngineError: There is none of that layer and name.
        """
        try:
            return self.linears[f"layers.{layer}.{name}"]
        except KeyError:
            raise EngineError(not_allowed("projection", f"layers.{layer}.{name}", self.linears)) from None

    def quantize_projections(self, *, double_quantization: bool = True) -> int:
        """Put the projections into 4 bits; they are used that way from then on and cannot be trained.

        The 32-bit weights stay in memory, unused, so that `restore_projections` can go back to them.

        Args:
            double_quantization: Store the blocks' scales in 8 bits instead of 32.

        Returns:
            The bytes that the quantized matrices take.
        """
        total = 0
        for linear in self.linears.values():
            linear.quantized = QuantizedMatrix(linear.weight, double_quantization=double_quantization)
            total += linear.quantized.nbytes
        return total

    def restore_projections(self) -> None:
        """Go back to the 32-bit weights."""
        for linear in self.linears.values():
            linear.quantized = None

    def copy(self) -> GPT:
        """Return a second model with the same weights, without adapters."""
        twin = GPT(self.config)
        twin.parameters.copy_from(self.parameters)
        return twin
