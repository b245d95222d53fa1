"""Every operation's gradient against finite differences, and what it refuses."""

from __future__ import annotations

from math import isnan

import pytest

from tests.engine.finite_differences import assert_gradient, random_tensor
from tests.engine.matrix_product import matmul
from widgets.core.errors import EngineError
from widgets.engine import operations as op
from widgets.engine.linear import LoraPair, adapted_linear
from widgets.engine.nf4 import QuantizedMatrix
from widgets.engine.tensor import full, indices, tensor


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_matmul_gradient(transpose_a: bool, transpose_b: bool, batch: tuple[int, ...]) -> None:
    m, k, n = 7, 5, 9
    a = random_tensor((*batch, k, m) if transpose_a else (*batch, m, k), seed=1)
    b = random_tensor((*batch, n, k) if transpose_b else (*batch, k, n), seed=2)
    assert_gradient(lambda a, b: matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b), [a, b])


def test_linear_gradient() -> None:
    x, weight, bias = random_tensor((2, 3, 8), seed=1), random_tensor((5, 8), seed=2), random_tensor((5,), seed=3)
    assert_gradient(op.linear, [x, weight, bias])


@pytest.mark.parametrize("quantized", [False, True])
def test_adapted_linear_gradient(quantized: bool) -> None:
    x, weight, bias = random_tensor((6, 8), seed=1), random_tensor((16, 8), seed=2), random_tensor((16,), seed=3)
    a, b = random_tensor((3, 8), seed=4), random_tensor((16, 3), seed=5)
    frozen = QuantizedMatrix(weight) if quantized else weight
    assert_gradient(lambda x, bias, a, b: adapted_linear(x, frozen, bias, LoraPair(a, b, 0.5)), [x, bias, a, b])


def test_add_gradient_when_both_inputs_are_the_same() -> None:
    x = random_tensor((4, 3), seed=1)
    assert_gradient(lambda x: op.add(x, x), [x])


def test_embedding_gradient_adds_up_repeated_rows() -> None:
    assert_gradient(lambda table: op.embedding(table, indices([2, 0, 2, 3], (2, 2))), [random_tensor((5, 6), seed=1)])


def test_add_positions_gradient() -> None:
    assert_gradient(op.add_positions, [random_tensor((3, 4, 6), seed=1), random_tensor((7, 6), seed=2)])


@pytest.mark.parametrize("width", [6, 64, 67])
def test_layer_norm_gradient(width: int) -> None:
    x, gain = random_tensor((4, width), seed=1), random_tensor((width,), seed=2)
    assert_gradient(op.layer_norm, [x, gain, random_tensor((width,), seed=3)])


def test_layer_norm_backward_reaches_its_gain_when_its_input_is_frozen() -> None:
    x = random_tensor((4, 8), seed=1, requires_grad=False)
    gain, bias = random_tensor((8,), seed=2), random_tensor((8,), seed=3)
    assert_gradient(lambda gain, bias: op.layer_norm(x, gain, bias), [gain, bias])


@pytest.mark.parametrize("size", [5, 64, 67])
def test_gelu_gradient(size: int) -> None:
    assert_gradient(op.gelu, [random_tensor((size,), seed=1)])


@pytest.mark.parametrize(("steps", "width", "heads"), [(5, 8, 2), (33, 32, 2), (1, 4, 1)])
def test_attention_gradient(steps: int, width: int, heads: int) -> None:
    q, k, v = (random_tensor((2, steps, width), seed=seed) for seed in (1, 2, 3))
    if steps == 1:  # nothing to choose from: only the value matters
        q.requires_grad = k.requires_grad = False
    assert_gradient(lambda q, k, v: op.attention(q, k, v, heads), [q, k, v])


def test_attention_never_looks_ahead() -> None:
    q, k, v = (random_tensor((1, 6, 8), seed=seed) for seed in (1, 2, 3))
    before = op.attention(q, k, v, 2).data().tolist()
    for x in (k, v):
        x.view()[-8:] = tensor([9.0] * 8).data()
    after = op.attention(q, k, v, 2).data().tolist()
    assert after[:-8] == before[:-8]
    assert after[-8:] != before[-8:]


@pytest.mark.parametrize("width", [7, 64])
def test_token_logprobs_gradient(width: int) -> None:
    logits = random_tensor((2, 3, width), seed=1)
    assert_gradient(lambda logits: op.token_logprobs(logits, indices([0, 6, 3, 3, 2, 1], (2, 3))), [logits])


def test_cross_entropy_counts_only_what_the_mask_marks() -> None:
    logits = random_tensor((4, 9), seed=1)
    mask = tensor([0, 1, 0, 1])
    targets = indices([1, 2, 3, 4])
    everything = op.token_logprobs(logits, targets).tolist()
    loss = op.cross_entropy(logits, targets, mask)
    assert loss.item() == pytest.approx(-(everything[1] + everything[3]) / 2, rel=1e-6)
    loss.backward()
    gradient = logits.gradient().tolist()
    assert gradient[0] == gradient[2] == [0.0] * 9
    assert any(gradient[1])


def test_cross_entropy_of_a_mask_that_counts_nothing_is_zero() -> None:
    logits = random_tensor((2, 5), seed=1)
    loss = op.cross_entropy(logits, indices([1, 2]), full((2,), 0.0))
    loss.backward()
    assert loss.item() == 0
    assert logits.gradient().tolist() == [[0.0] * 5, [0.0] * 5]


def test_loss_of_a_nan_is_nan() -> None:
    logits = random_tensor((1, 5), seed=1)
    logits.view()[2] = float("nan")
    assert isnan(op.cross_entropy(logits, indices([1])).item())


@pytest.mark.parametrize("function", [op.exp, op.log_sigmoid, op.square, lambda x: op.clamp(x, -0.5, 0.25)])
def test_unary_gradient(function: object) -> None:
    assert_gradient(function, [tensor([-0.9, -0.3, 0.1, 0.2, 0.7], requires_grad=True)], step=1e-3, tolerance=1e-2)


@pytest.mark.parametrize("function", [op.maximum, op.minimum, op.multiply, op.subtract])
def test_binary_gradient(function: object) -> None:
    a = tensor([0.5, -0.2, 0.9, 0.1], requires_grad=True)
    assert_gradient(function, [a, tensor([0.1, 0.4, 1.2, -0.8], requires_grad=True)])


def test_log_sigmoid_is_exact_at_both_ends() -> None:
    assert op.log_sigmoid(tensor([-200.0, -30.0, 0.0, 30.0])).tolist() == pytest.approx(
        [-200.0, -30.0, -0.6931471805599453, -9.357622968840175e-14], rel=1e-6
    )


def test_mean_and_sum_rows_gradient() -> None:
    weights = tensor([1, 0, 2, 1, 1, 0], (2, 3))
    assert_gradient(lambda x: op.sum_rows(x, weights), [random_tensor((2, 3), seed=1)])
    assert_gradient(lambda x: op.mean(x, weights), [random_tensor((2, 3), seed=2)])


def test_scale_gradient() -> None:
    assert_gradient(lambda x: op.scale(x, -2.5), [random_tensor((3, 5), seed=1)])


def test_reshape_gradient_reaches_each_number_in_its_new_place() -> None:
    other = random_tensor((5, 3), seed=2)
    assert_gradient(lambda x, y: op.multiply(op.reshape(x, (5, 3)), y), [random_tensor((3, 5), seed=1), other])


def test_a_tensor_used_twice_gets_both_gradients() -> None:
    x = random_tensor((3, 4), seed=1)
    weight = random_tensor((4, 4), seed=2)
    assert_gradient(lambda x, weight: op.add(op.linear(op.linear(x, weight), weight), op.gelu(x)), [x, weight])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: op.add(full((2, 3), 0), full((3, 2), 0)), r"add: shapes differ: \(2, 3\) and \(3, 2\)"),
        (lambda: op.linear(full((2, 3), 0), full((5, 4), 0)), r"linear: input \(2, 3\) .* \(5, 4\)"),
        (lambda: op.linear(full((2, 4), 0), full((5, 4), 0), full((4,), 0)), r"linear: bias \(4,\) .* \(5, 4\)"),
        (lambda: op.layer_norm(full((2, 3), 0), full((4,), 0), full((4,), 0)), r"layer_norm: .*\(2, 3\).*\(4,\)"),
        (lambda: op.attention(*[full((1, 2, 6), 0)] * 3, 4), r"attention: .*multiple of 4 heads.*\(1, 2, 6\)"),
        (lambda: op.reshape(full((2, 3), 0), (4,)), r"reshape: \(2, 3\) holds 6 numbers, \(4,\) holds 4"),
        (lambda: op.token_logprobs(full((2, 3), 0), indices([1])), r"token_logprobs: logits \(2, 3\).*\(1,\)"),
        (lambda: op.embedding(full((2, 3), 0), indices([2])), "embedding: index 2 is outside of 0 to 1"),
        (lambda: op.sum_rows(full((2,), 0)), r"sum_rows: needs shape \(N, T\), got \(2,\)"),
        (lambda: op.add_positions(full((1, 3, 4), 0), full((2, 4), 0)), r"add_positions: .*\(1, 3, 4\).*\(2, 4\)"),
        (lambda: full((2,), 1.0).backward(), r"backward: starts from a single number, got shape \(2,\)"),
        (lambda: full((), 1.0).backward(), "backward: nothing"),
        (lambda: full((2,), 1.0).item(), r"item: needs a tensor of one number, got shape \(2,\)"),
        (lambda: full((2,), 1.0).set([1.0]), r"set: 1 values for a tensor of shape \(2,\), which holds 2"),
    ],
)
def test_errors_name_the_operation_and_the_shapes(call: object, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        call()


def test_indices_are_checked_against_their_users_when_they_change() -> None:
    ids = indices([0, 1])
    op.embedding(full((2, 3), 0.0), ids)
    with pytest.raises(EngineError, match="index 7 is outside of 0 to 1"):
        ids.set([0, 7])
