"""The kernel's matrix product as an operation with its derivative, so that tests reach all of its forms.

The engine itself multiplies by weight matrices only (`widgets.engine.operations.linear`); batches and some pairs of
transposes are used by none of its operations yet.
"""

from __future__ import annotations

from math import prod

from widgets.engine.library import run
from widgets.engine.tensor import Tensor, empty


def matmul(a: Tensor, b: Tensor, *, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    """Return the matrix product op(a) op(b), one for each leading index.

    Args:
        a: Shape (..., M, K), or (..., K, M) if transposed.
        b: Shape (..., K, N), or (..., N, K) if transposed; the leading dimensions of `a`.
        transpose_a: Use the transpose of the last two dimensions of `a`.
        transpose_b: The same for `b`.

    Returns:
        Shape (..., M, N).
    """
    m, k = a.shape[:-3:-1] if transpose_a else a.shape[-2:]
    n = b.shape[-2] if transpose_b else b.shape[-1]
    batch = prod(a.shape[:-2])
    out = empty((*a.shape[:-2], m, n))
    ta, tb = int(transpose_a), int(transpose_b)
    run("matmul", out.address, a.address, b.address, 0, batch, m, n, k, ta, tb, 0, 1.0)

    def backward(out: Tensor) -> None:
        dy = out.gradient().address
        if a.requires_grad:  # da = dy bᵀ, or its transpose b dyᵀ
            target, add_up = a.gradient_target()
            if transpose_a:
                run("matmul", target, b.address, dy, 0, batch, k, m, n, tb, 1, add_up, 1.0)
            else:
                run("matmul", target, dy, b.address, 0, batch, m, k, n, 0, 1 - tb, add_up, 1.0)
        if b.requires_grad:  # db = aᵀ dy, or its transpose dyᵀ a
            target, add_up = b.gradient_target()
            if transpose_b:
                run("matmul", target, dy, a.address, 0, batch, n, k, m, 1, ta, add_up, 1.0)
            else:
                run("matmul", target, a.address, dy, 0, batch, k, n, m, 1 - ta, 0, add_up, 1.0)

    return out.result_of((a, b), backward)
