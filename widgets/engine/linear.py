"""One projection of a model: a matrix in 32 or 4 bits, and the low-rank change that fine-tuning may put beside it."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.core.errors import EngineError
from widgets.engine import operations as op
from widgets.engine.library import run
from widgets.engine.nf4 import QuantizedMatrix
from widgets.engine.tensor import Tensor, empty


@dataclass
class LoraPair:
    """The change of one projection.

    Attributes:
        lora_a: A, shape (rank, in).
        lora_b: B, shape (out, rank); zeros at the start, so that the change starts at zero.
        scaling: alpha / rank.
        is_on: Whether the projection adds it.
    """

    lora_a: Tensor
    lora_b: Tensor
    scaling: float
    is_on: bool = True


@dataclass
class Linear:
    """A projection x Wᵀ + b, with what fine-tuning may put on it.

    Attributes:
        weight: W, shape (out, in).
        bias: b, shape (out,).
        quantized: W in 4 bits, used instead of `weight` when set.
        lora: A low-rank change that is added while it is on.
    """

    weight: Tensor
    bias: Tensor
    quantized: QuantizedMatrix | None = None
    lora: LoraPair | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the projection to x of shape (..., in)."""
        if self.quantized is None and (self.lora is None or not self.lora.is_on):
            return op.linear(x, self.weight, self.bias)
        return adapted_linear(x, self.quantized or self.weight, self.bias, self.lora)


# --8<-- [start:adapted_linear]
def adapted_linear(x: Tensor, weight: Tensor | QuantizedMatrix, bias: Tensor, lora: LoraPair | None) -> Tensor:
    """Return x Wᵀ + b + scaling · (x Aᵀ) Bᵀ.

    Args:
        x: Shape (..., in).
        weight: W, shape (out, in); if in 4 bits, it is unpacked for this product and again for the way back.
        bias: b, shape (out,).
        lora: A and B; without, or while it is off, only the frozen part is computed.

    Returns:
        Shape (..., out).
    """
    if x.shape[-1:] != weight.shape[1:]:
        raise EngineError(f"adapted_linear: input {x.shape} does not fit the weight {weight.shape} (out, in)")
    # --8<-- [start:adapted_forward]
    n_out, n_in = weight.shape
    rows = x.size // n_in
    out = empty((*x.shape[:-1], n_out))
    dense = weight.dequantize() if isinstance(weight, QuantizedMatrix) else weight
    run("matmul", out.address, x.address, dense.address, bias.address, 1, rows, n_out, n_in, 0, 1, 0, 1.0)
    frozen = (x, bias) if isinstance(weight, QuantizedMatrix) else (x, weight, bias)
    if lora is None or not lora.is_on:
        return out.result_of(frozen, lambda out: _frozen_backward(out, x, weight, bias))
    a, b, scaling = lora.lora_a, lora.lora_b, lora.scaling
    rank = a.shape[0]
    inner = empty((rows, rank))  # x Aᵀ
    run("matmul", inner.address, x.address, a.address, 0, 1, rows, rank, n_in, 0, 1, 0, 1.0)
    run("matmul", out.address, inner.address, b.address, 0, 1, rows, n_out, rank, 0, 1, 1, scaling)
    # --8<-- [end:adapted_forward]

    # --8<-- [start:adapted_backward]
    def backward(out: Tensor) -> None:
        dy = out.gradient().address
        d_inner = empty((rows, rank))  # scaling · dy B
        run("matmul", d_inner.address, dy, b.address, 0, 1, rows, rank, n_out, 0, 0, 0, scaling)
        if b.requires_grad:  # dB = scaling · dyᵀ (x Aᵀ)
            target, add_up = b.gradient_target()
            run("matmul", target, dy, inner.address, 0, 1, n_out, rank, rows, 1, 0, add_up, scaling)
        if a.requires_grad:  # dA = (scaling · dy B)ᵀ x
            target, add_up = a.gradient_target()
            run("matmul", target, d_inner.address, x.address, 0, 1, rank, n_in, rows, 1, 0, add_up, 1.0)
        _frozen_backward(out, x, weight, bias)
        if x.requires_grad:
            target, _ = x.gradient_target()
            run("matmul", target, d_inner.address, a.address, 0, 1, rows, n_in, rank, 0, 0, 1, 1.0)
        # --8<-- [end:adapted_backward]

    return out.result_of((*frozen, a, b), backward)


# --8<-- [end:adapted_linear]


# --8<-- [start:frozen_backward]
def _frozen_backward(out: Tensor, x: Tensor, weight: Tensor | QuantizedMatrix, bias: Tensor) -> None:
    if isinstance(weight, QuantizedMatrix):
        if not x.requires_grad and not bias.requires_grad:
            return
        weight = weight.dequantize()
    op.linear_backward(out.gradient(), x, weight, bias)
    # --8<-- [end:frozen_backward]
