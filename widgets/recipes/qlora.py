"""QLoRA: put the frozen matrices into 4 bits and fine-tune a LoRA adapter on top.

What this simplifies: the 32-bit weights stay in memory beside the 4-bit ones (so that the lab can compare), embeddings
and norms are not quantized (as in bitsandbytes), arithmetic is in 32 bits instead of bfloat16, and there are no paged
optimisers.

Source: Dettmers et al., arXiv 2305.14314, sections 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT
from widgets.engine.tensor import FLOAT_BYTES
from widgets.recipes import lora

train = lora.train
"""Training is LoRA's: only what the frozen matrices are made of differs."""


@dataclass(frozen=True)
class QuantizedSize:
    """What quantization saves.

    Attributes:
        matrices_bytes: The quantized matrices with their scales.
        matrices_fp32_bytes: The same matrices in 32 bits.
        model_bytes: The whole model: quantized matrices, and the rest in 32 bits.
        model_fp32_bytes: The whole model in 32 bits.
    """

    matrices_bytes: int
    matrices_fp32_bytes: int
    model_bytes: int
    model_fp32_bytes: int

    @property
    def matrices_ratio(self) -> float:
        """Bytes of the quantized matrices as a share of their 32-bit ones."""
        return self.matrices_bytes / self.matrices_fp32_bytes


# --8<-- [start:qlora]
def attach(
    model: GPT, config: LoraConfig | None = None, *, double_quantization: bool = True, seed: int = 0
) -> tuple[Adapter, QuantizedSize]:
    """Quantize a model's projections and put an adapter on them.

    Args:
        model: Its projections are used in 4 bits from here on.
        config: Rank, alpha and target modules of the adapter.
        double_quantization: Store the blocks' scales in 8 bits too.
        seed: Of the adapter's random half.

    Returns:
        The adapter to train, and the bytes before and after.
    """
    quantized_bytes = model.quantize_projections(double_quantization=double_quantization)
    return lora.attach(model, config, seed=seed), _size(model, quantized_bytes)


# --8<-- [end:qlora]


def _size(model: GPT, quantized_bytes: int) -> QuantizedSize:
    matrices = sum(linear.weight.size for linear in model.linears.values()) * FLOAT_BYTES
    whole = model.parameters.count * FLOAT_BYTES
    return QuantizedSize(quantized_bytes, matrices, whole - matrices + quantized_bytes, whole)
