"""Every operation's forward and gradient equal torch's."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from tests.engine.matrix_product import matmul
from tests.engine.torch_reference.comparison import assert_same_as_torch
from widgets.engine import operations as op
from widgets.engine.linear import LoraPair, adapted_linear
from widgets.engine.tensor import indices, tensor


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize(
    ("batch", "m", "n", "k"),
    [((), 1, 1, 1), ((), 6, 16, 4), ((), 13, 70, 300), ((), 37, 530, 9), ((2, 3), 5, 11, 7), ((), 64, 64, 512)],
)
def test_matmul(transpose_a: bool, transpose_b: bool, batch: tuple[int, ...], m: int, n: int, k: int) -> None:
    def theirs(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a.mT if transpose_a else a) @ (b.mT if transpose_b else b)

    shapes = [(*batch, k, m) if transpose_a else (*batch, m, k), (*batch, n, k) if transpose_b else (*batch, k, n)]
    assert_same_as_torch(lambda a, b: matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b), theirs, shapes)


@pytest.mark.parametrize(("rows", "n_in", "n_out"), [((4, 7), 64, 256), ((3,), 5, 9), ((512,), 64, 64)])
def test_linear(rows: tuple[int, ...], n_in: int, n_out: int) -> None:
    assert_same_as_torch(op.linear, F.linear, [(*rows, n_in), (n_out, n_in), (n_out,)])
    assert_same_as_torch(op.linear, F.linear, [(*rows, n_in), (n_out, n_in)])


@pytest.mark.parametrize("rank", [1, 8])
def test_adapted_linear(rank: int) -> None:
    def ours(x: object, weight: object, bias: object, a: object, b: object) -> object:
        return adapted_linear(x, weight, bias, LoraPair(a, b, 2.0))

    def theirs(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, a: torch.Tensor, b: torch.Tensor):
        return F.linear(x, weight + 2.0 * b @ a, bias)

    assert_same_as_torch(ours, theirs, [(3, 5, 64), (32, 64), (32,), (rank, 64), (32, rank)])


def test_embedding_and_positions() -> None:
    ids = [3, 0, 3, 1, 4, 2]

    def ours(table: object, positions: object) -> object:
        return op.add_positions(op.embedding(table, indices(ids, (2, 3))), positions)

    def theirs(table: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        return F.embedding(torch.tensor(ids).reshape(2, 3), table) + positions[:3]

    assert_same_as_torch(ours, theirs, [(5, 12), (8, 12)])


@pytest.mark.parametrize("width", [5, 7, 64, 100])
def test_layer_norm(width: int) -> None:
    assert_same_as_torch(
        op.layer_norm, lambda x, gain, bias: F.layer_norm(x, (width,), gain, bias), [(3, 5, width), (width,), (width,)]
    )


@pytest.mark.parametrize("spread", [1e-3, 1.0, 30.0])
def test_gelu(spread: float) -> None:
    assert_same_as_torch(op.gelu, lambda x: F.gelu(x, approximate="tanh"), [(33, 17)], spread=spread)


@pytest.mark.parametrize(("steps", "width", "heads"), [(2, 4, 1), (7, 12, 3), (32, 64, 4), (64, 64, 4), (33, 40, 5)])
def test_attention(steps: int, width: int, heads: int) -> None:
    def theirs(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        q, k, v = (x.reshape(3, steps, heads, -1).transpose(1, 2) for x in (q, k, v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return mixed.transpose(1, 2).reshape(3, steps, width)

    shapes = [(3, steps, width)] * 3
    assert_same_as_torch(lambda q, k, v: op.attention(q, k, v, heads), theirs, shapes, spread=2.0)


@pytest.mark.parametrize("width", [2, 23, 512])
@pytest.mark.parametrize("spread", [0.1, 20.0])
def test_token_logprobs(width: int, spread: float) -> None:
    targets = torch.arange(12).reshape(3, 4) % width

    def theirs(logits: torch.Tensor) -> torch.Tensor:
        return logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0]

    ids = indices(targets.flatten().tolist(), (3, 4))
    assert_same_as_torch(lambda logits: op.token_logprobs(logits, ids), theirs, [(3, 4, width)], spread=spread)


def test_cross_entropy_with_a_mask() -> None:
    labels = torch.tensor([4, -100, 0, 7, -100, 2])

    def ours(logits: object) -> object:
        mask = tensor([float(label >= 0) for label in labels])
        return op.cross_entropy(logits, indices(labels.clamp(min=0).tolist()), mask)

    assert_same_as_torch(ours, lambda logits: F.cross_entropy(logits, labels), [(6, 9)])


UNARY = [
    (op.exp, torch.exp),
    (op.log_sigmoid, F.logsigmoid),
    (op.square, torch.square),
    (lambda x: op.clamp(x, -0.5, 1.0), lambda x: x.clamp(-0.5, 1.0)),
    (lambda x: op.scale(x, -3.0), lambda x: -3.0 * x),
    (lambda x: op.reshape(x, (15, 2)), lambda x: x.reshape(15, 2)),
    (op.sum_rows, lambda x: x.sum(-1)),
    (op.mean, torch.mean),
]
BINARY = [
    (op.add, torch.add),
    (op.subtract, torch.sub),
    (op.multiply, torch.mul),
    (op.maximum, torch.maximum),
    (op.minimum, torch.minimum),
]


@pytest.mark.parametrize(("ours", "theirs"), UNARY)
def test_one_input(ours: object, theirs: object) -> None:
    assert_same_as_torch(ours, theirs, [(6, 5)], spread=2.0)


@pytest.mark.parametrize(("ours", "theirs"), BINARY)
def test_two_inputs(ours: object, theirs: object) -> None:
    assert_same_as_torch(ours, theirs, [(6, 19), (6, 19)])
