"""The operations of a transformer, each with its derivative beside it.

Shapes: `B` batch, `T` time, `C` channels, `H` heads, `V` vocabulary, `N` any number of rows. Every function checks its
shapes and names both in the error. `x.gradient_target()` says where a gradient goes and whether it must be added.
"""

from __future__ import annotations

from math import prod

from widgets.core.errors import EngineError
from widgets.engine.library import run
from widgets.engine.tensor import Indices, Shape, Tensor, empty


def same_shape(operation: str, a: Tensor | Indices, b: Tensor | Indices) -> None:
    """Raise an `EngineError` that names the operation and both shapes unless they are equal."""
    if a.shape != b.shape:
        raise EngineError(f"{operation}: shapes differ: {a.shape} and {b.shape}")


def add_to_gradient(x: Tensor, source: Tensor, scale: float = 1.0) -> None:
    """Add `scale` times a tensor of the same size to the gradient of `x`."""
    target, add_up = x.gradient_target()
    run("scaled_copy", target, source.address, x.size, scale, add_up)


def add(a: Tensor, b: Tensor) -> Tensor:
    """Return a + b, of the same shape."""
    same_shape("add", a, b)
    out = empty(a.shape)
    run("add", out.address, a.address, b.address, out.size)

    def backward(out: Tensor) -> None:
        for x in (a, b):
            if x.requires_grad:
                add_to_gradient(x, out.gradient())

    return out.result_of((a, b), backward)


def scale(x: Tensor, factor: float) -> Tensor:
    """Return factor · x, of the shape of x."""
    out = empty(x.shape)
    run("scaled_copy", out.address, x.address, x.size, factor, 0)
    return out.result_of((x,), lambda out: add_to_gradient(x, out.gradient(), factor))


def subtract(a: Tensor, b: Tensor) -> Tensor:
    """Return a - b, of the same shape."""
    same_shape("subtract", a, b)
    return add(a, scale(b, -1.0))


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """Return a · b, element by element."""
    same_shape("multiply", a, b)
    out = empty(a.shape)
    run("multiply", out.address, a.address, b.address, out.size, 0)

    def backward(out: Tensor) -> None:
        for x, other in ((a, b), (b, a)):
            if x.requires_grad:
                target, add_up = x.gradient_target()
                run("multiply", target, out.gradient().address, other.address, out.size, add_up)

    return out.result_of((a, b), backward)


def reshape(x: Tensor, shape: Shape) -> Tensor:
    """Return the same numbers with other dimensions, without copying them.

    Args:
        x: Any shape.
        shape: The new one; it holds as many numbers.

    Raises:
        EngineError: It does not.
    """
    if prod(shape) != x.size:
        raise EngineError(f"reshape: {x.shape} holds {x.size} numbers, {shape} holds {prod(shape)}")
    out = Tensor(shape, x.buffer, x.address - x.buffer.address)
    return out.result_of((x,), lambda out: add_to_gradient(x, out.gradient()))


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x Wᵀ + b.

    Args:
        x: Shape (..., in).
        weight: W, shape (out, in), as torch stores it.
        bias: b, shape (out,).

    Returns:
        Shape (..., out).
    """
    if len(weight.shape) != 2 or x.shape[-1:] != weight.shape[1:]:
        raise EngineError(f"linear: input {x.shape} does not fit the weight {weight.shape} (out, in)")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise EngineError(f"linear: bias {bias.shape} does not fit the weight {weight.shape} (out, in)")
    n_out, n_in = weight.shape
    rows = x.size // n_in
    out = empty((*x.shape[:-1], n_out))
    bias_address = bias.address if bias is not None else 0
    run("matmul", out.address, x.address, weight.address, bias_address, 1, rows, n_out, n_in, 0, 1, 0, 1.0)

    def backward(out: Tensor) -> None:
        linear_backward(out.gradient(), x, weight, bias)

    return out.result_of((x, weight) if bias is None else (x, weight, bias), backward)


def linear_backward(dy: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Send the gradient of x Wᵀ + b back: dx = dy W, dW = dyᵀ x, db = the sum of dy over its rows.

    Each is added to the gradient of its tensor, and left out where that needs none.

    Args:
        dy: The gradient of the result, shape (..., out).
        x: Shape (..., in).
        weight: W, shape (out, in).
        bias: b, shape (out,), if there is one.
    """
    n_out, n_in = weight.shape
    rows = x.size // n_in
    if x.requires_grad:
        target, add_up = x.gradient_target()
        run("matmul", target, dy.address, weight.address, 0, 1, rows, n_in, n_out, 0, 0, add_up, 1.0)
    if weight.requires_grad:
        target, add_up = weight.gradient_target()
        run("matmul", target, dy.address, x.address, 0, 1, n_out, n_in, rows, 1, 0, add_up, 1.0)
    if bias is not None and bias.requires_grad:
        run("column_sums", _zeroed_target(bias), dy.address, rows, n_out)


def _zeroed_target(x: Tensor) -> int:
    """Return the address of a gradient that a kernel can only add to."""
    target, add_up = x.gradient_target()
    if not add_up:
        run("fill", target, x.size, 0.0)
    return target


def embedding(table: Tensor, index: Indices) -> Tensor:
    """Return the rows of a table.

    Args:
        table: Shape (V, C).
        index: Row numbers, any shape (...).

    Returns:
        Shape (..., C).
    """
    if len(table.shape) != 2:
        raise EngineError(f"embedding: needs a table of rows, got shape {table.shape} for indices {index.shape}")
    rows, width = table.shape
    index.require_below(rows, "embedding")
    out = empty((*index.shape, width))
    run("gather_rows", out.address, table.address, index.address, index.size, width, rows)

    def backward(out: Tensor) -> None:
        dy = out.gradient().address
        run("scatter_add_rows", _zeroed_target(table), dy, index.address, index.size, width, rows)

    return out.result_of((table,), backward)


def add_positions(x: Tensor, table: Tensor) -> Tensor:
    """Return x plus one row of the table a time step.

    Args:
        x: Shape (B, T, C).
        table: Shape (context_length, C), of which the first T rows are used.
    """
    if len(x.shape) != 3 or len(table.shape) != 2 or x.shape[2] != table.shape[1] or x.shape[1] > table.shape[0]:
        raise EngineError(f"add_positions: input {x.shape} (B, T, C) does not fit the table {table.shape} (longest, C)")
    batch, size = x.shape[0], x.shape[1] * x.shape[2]
    out = empty(x.shape)
    run("add_rows", out.address, x.address, table.address, batch, size)

    def backward(out: Tensor) -> None:
        if x.requires_grad:
            add_to_gradient(x, out.gradient())
        if table.requires_grad:
            run("column_sums", _zeroed_target(table), out.gradient().address, batch, size)

    return out.result_of((x, table), backward)


def layer_norm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Return (x - mean) / sqrt(variance + epsilon) · gain + bias over the last dimension.

    Args:
        x: Shape (..., C).
        gain: Shape (C,).
        bias: Shape (C,).
        epsilon: Added to the variance.

    Source: Ba et al., arXiv 1607.06450.
    """
    if gain.shape != x.shape[-1:] or bias.shape != gain.shape:
        raise EngineError(f"layer_norm: input {x.shape} does not fit gain {gain.shape} and bias {bias.shape}")
    width = x.shape[-1]
    rows = x.size // width
    out, mean, inverse = empty(x.shape), empty((rows,)), empty((rows,))
    addresses = (out.address, mean.address, inverse.address, x.address, gain.address, bias.address)
    run("layer_norm", *addresses, rows, width, epsilon)

    def backward(out: Tensor) -> None:
        if x.requires_grad:
            dx, add_up = x.gradient_target()
        else:
            unused = empty(x.shape)
            dx, add_up = unused.address, 0
        dgain, dbias = (_zeroed_target(gain), _zeroed_target(bias)) if gain.requires_grad else (0, 0)
        kept = (x.address, mean.address, inverse.address, gain.address)
        run("layer_norm_backward", dx, dgain, dbias, out.gradient().address, *kept, rows, width, add_up)

    return out.result_of((x, gain, bias), backward)


def gelu(x: Tensor) -> Tensor:
    """Return the Gaussian error linear unit of x, in GPT-2's tanh form. Source: arXiv 1606.08415."""
    out = empty(x.shape)
    run("gelu", out.address, x.address, x.size)

    def backward(out: Tensor) -> None:
        target, add_up = x.gradient_target()
        run("gelu_backward", target, out.gradient().address, x.address, x.size, add_up)

    return out.result_of((x,), backward)


def attention(q: Tensor, k: Tensor, v: Tensor, n_head: int) -> Tensor:
    """Return causal multi-head attention: softmax(q kᵀ / sqrt(D)) v, no position looking ahead.

    Args:
        q: Queries, shape (B, T, C); head h owns the columns from h·D, D = C / n_head.
        k: Keys, same shape.
        v: Values, same shape.
        n_head: How many heads; divides C.

    Source: Vaswani et al., arXiv 1706.03762, equation 1.
    """
    same_shape("attention", q, k)
    same_shape("attention", q, v)
    if len(q.shape) != 3 or q.shape[2] % n_head:
        raise EngineError(f"attention: needs shape (B, T, C) with C a multiple of {n_head} heads, got {q.shape}")
    sizes = (*q.shape, n_head)
    steps = q.shape[1]
    out, probabilities = empty(q.shape), empty((q.shape[0], n_head, steps, steps))
    run("attention", out.address, probabilities.address, q.address, k.address, v.address, *sizes)

    def backward(out: Tensor) -> None:
        scratch = empty((steps, steps))
        targets, flags, unused = [], 0, []
        for bit, x in enumerate((q, k, v)):
            if x.requires_grad:
                target, add_up = x.gradient_target()
                flags |= add_up << bit
            else:
                unused.append(empty(x.shape))
                target = unused[-1].address
            targets.append(target)
        kept = (probabilities.address, q.address, k.address, v.address)
        run("attention_backward", *targets, out.gradient().address, *kept, scratch.address, *sizes, flags)

    return out.result_of((q, k, v), backward)


def token_logprobs(logits: Tensor, targets: Indices) -> Tensor:
    """Return the log-probability that softmax(logits) gives to each target, in nats.

    Args:
        logits: Shape (..., V).
        targets: Token ids, shape (...).

    Returns:
        Shape (...).
    """
    if logits.shape[:-1] != targets.shape:
        raise EngineError(f"token_logprobs: logits {logits.shape} (..., V) do not fit the targets {targets.shape}")
    width = logits.shape[-1]
    targets.require_below(width, "token_logprobs")
    out, probabilities = empty(targets.shape), empty(logits.shape)
    run(
        "token_logprobs",
        *(out.address, probabilities.address, logits.address, targets.address),
        *(targets.size, width),
    )

    def backward(out: Tensor) -> None:
        target, add_up = logits.gradient_target()
        kept = (out.gradient().address, probabilities.address, targets.address)
        run("token_logprobs_backward", target, *kept, targets.size, width, add_up)

    return out.result_of((logits,), backward)


# --8<-- [start:cross_entropy]
def cross_entropy(logits: Tensor, targets: Indices, counts_in_loss: Tensor | None = None) -> Tensor:
    """Return the mean of -log softmax(logits)[target], in nats.

    Args:
        logits: Shape (..., V).
        targets: Token ids, shape (...).
        counts_in_loss: Weights, shape (...): 1 where the token counts, 0 where it does not. All count if not given.

    Returns:
        A single number; 0 if nothing counts.

    >>> from widgets.engine.tensor import full, indices
    >>> round(cross_entropy(full((2, 512), 0.0), indices([7, 8])).item(), 5)  # ln 512
    6.23832
    """
    return mean(token_logprobs(logits, targets), counts_in_loss, factor=-1.0)
    # --8<-- [end:cross_entropy]


def mean(x: Tensor, weights: Tensor | None = None, *, factor: float = 1.0) -> Tensor:
    """Return factor · Σ w x / Σ w, a single number; 0 if the weights sum to 0.

    Args:
        x: Any shape.
        weights: Constants of the same shape, all 1 if not given.
        factor: Multiplies the mean.
    """
    if weights is not None:
        same_shape("mean", x, weights)
    address = weights.address if weights is not None else 0
    out = empty(())
    run("weighted_mean", out.address, x.address, address, x.size, factor)

    def backward(out: Tensor) -> None:
        target, add_up = x.gradient_target()
        run("weighted_mean_backward", target, out.gradient().address, address, x.size, factor, add_up)
        _ = weights  # its memory is read here

    return out.result_of((x,), backward)


def sum_rows(x: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return Σ w x over the last dimension.

    Args:
        x: Shape (N, T).
        weights: Constants of the same shape, all 1 if not given.

    Returns:
        Shape (N,).
    """
    if weights is not None:
        same_shape("sum_rows", x, weights)
    if len(x.shape) != 2:
        raise EngineError(f"sum_rows: needs shape (N, T), got {x.shape}")
    rows, columns = x.shape
    address = weights.address if weights is not None else 0
    out = empty((rows,))
    run("row_dots", out.address, x.address, address, rows, columns)

    def backward(out: Tensor) -> None:
        target, add_up = x.gradient_target()
        run("row_dots_backward", target, out.gradient().address, address, rows, columns, add_up)
        _ = weights  # its memory is read here

    return out.result_of((x,), backward)


# The order of the enumeration in kernels/elementwise.c.
_EXP, _LOG_SIGMOID, _CLAMP, _SQUARE = range(4)


def _unary(x: Tensor, kind: int, low: float = 0.0, high: float = 0.0) -> Tensor:
    out = empty(x.shape)
    run("unary", out.address, x.address, x.size, kind, low, high)

    def backward(out: Tensor) -> None:
        target, add_up = x.gradient_target()
        run("unary_backward", target, out.gradient().address, x.address, x.size, kind, low, high, add_up)

    return out.result_of((x,), backward)


def exp(x: Tensor) -> Tensor:
    """Return e to the power of x, of the shape of x."""
    return _unary(x, _EXP)


def log_sigmoid(x: Tensor) -> Tensor:
    """Return log(1 / (1 + e⁻ˣ)), of the shape of x, without overflow at either end."""
    return _unary(x, _LOG_SIGMOID)


def clamp(x: Tensor, low: float, high: float) -> Tensor:
    """Return x kept between two bounds; the gradient is 0 outside of them, and passes at the bounds themselves.

    Args:
        x: Any shape.
        low: The lower bound.
        high: The upper bound, not below `low`.

    Returns:
        The shape of x.

    >>> from widgets.engine.tensor import tensor
    >>> clamp(tensor([-2, 0.5, 3]), -1.0, 1.0).tolist()
    [-1.0, 0.5, 1.0]
    """
    return _unary(x, _CLAMP, low, high)


def square(x: Tensor) -> Tensor:
    """Return x², of the shape of x."""
    return _unary(x, _SQUARE)


def _extremum(operation: str, a: Tensor, b: Tensor, is_max: int) -> Tensor:
    same_shape(operation, a, b)
    out = empty(a.shape)
    run("extremum", out.address, a.address, b.address, out.size, is_max)

    def backward(out: Tensor) -> None:
        for x, other in ((a, b), (b, a)):
            if x.requires_grad:
                target, add_up = x.gradient_target()
                dy = out.gradient().address
                run("extremum_backward", target, dy, x.address, other.address, out.size, is_max, add_up)

    return out.result_of((a, b), backward)


def maximum(a: Tensor, b: Tensor) -> Tensor:
    """Return the larger of a and b, element by element; equal ones share the gradient."""
    return _extremum("maximum", a, b, 1)


def minimum(a: Tensor, b: Tensor) -> Tensor:
    """Return the smaller of a and b, element by element; equal ones share the gradient."""
    return _extremum("minimum", a, b, 0)
