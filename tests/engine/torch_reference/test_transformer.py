"""Loss, gradients and the training curve of the whole model equal torch's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from tests.engine.models import random_tokens
from tests.engine.torch_reference.comparison import relative_error
from tests.engine.torch_reference.twin import Twin, twin_of
from widgets.engine import operations as op
from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Indices, Tensor

CONFIGS = [
    GPTConfig(vocab_size=512, context_length=32, n_layer=2, n_head=4, n_embd=64),
    GPTConfig(vocab_size=61, context_length=10, n_layer=1, n_head=3, n_embd=24),
]


def to_torch_tokens(tokens: Indices) -> torch.Tensor:
    return torch.tensor(list(tokens.data())).reshape(tokens.shape)


def batch_of(config: GPTConfig, seed: int, batch: int = 4) -> tuple[Indices, Indices]:
    sizes = (batch, config.context_length)
    return (
        random_tokens(*sizes, seed=2 * seed, vocab_size=config.vocab_size),
        random_tokens(*sizes, seed=2 * seed + 1, vocab_size=config.vocab_size),
    )


def torch_loss(twin: Twin, tokens: Indices, targets: Indices) -> torch.Tensor:
    return F.cross_entropy(twin(to_torch_tokens(tokens)).flatten(0, 1), to_torch_tokens(targets).flatten())


@pytest.mark.parametrize("config", CONFIGS)
def test_loss_and_every_gradient(config: GPTConfig) -> None:
    model = GPT(config, seed=3)
    twin = twin_of(model)
    tokens, targets = batch_of(config, seed=1)
    expected = torch_loss(twin, tokens, targets)
    expected.backward()
    loss = op.cross_entropy(model(tokens), targets)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    loss.backward()
    named = dict(twin.named_parameters())
    assert sorted(named) == sorted(model.parameters)
    scale = max(parameter.grad.abs().max().item() for parameter in named.values())
    for name, parameter in model.parameters.items():
        expected_gradient = named[name].grad
        # A key's bias shifts every score of a query alike, so its gradient is 0 but for rounding.
        if name.endswith("k_proj.bias"):
            assert max(abs(value) for value in parameter.gradient().data()) < 1e-6 * scale
        else:
            assert relative_error(parameter.gradient(), expected_gradient) < 1e-4, name


@pytest.mark.parametrize("max_norm", [0.0, 0.5])
@pytest.mark.parametrize("captured", [False, True])
def test_the_curve_of_20_adamw_steps(max_norm: float, captured: bool) -> None:
    config = CONFIGS[0]
    model = GPT(config, seed=3)
    twin = twin_of(model)
    theirs = torch.optim.AdamW(twin.parameters(), lr=3e-3, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    ours = AdamW(model.parameters, 3e-3, betas=(0.9, 0.99), weight_decay=0.1, max_norm=max_norm)
    tokens, targets = batch_of(config, seed=0)

    def train() -> Tensor:
        loss = op.cross_entropy(model(tokens), targets)
        loss.backward()
        ours.step()
        return loss

    step: Callable[[], Tensor] = Captured(train) if captured else train
    for index in range(20):
        for target, fresh in zip((tokens, targets), batch_of(config, seed=index % 4), strict=True):
            target.set(fresh.data())
        theirs.zero_grad()
        expected = torch_loss(twin, tokens, targets)
        expected.backward()
        if max_norm:
            norm = torch.nn.utils.clip_grad_norm_(twin.parameters(), max_norm)
        theirs.step()
        assert step().item() == pytest.approx(expected.item(), rel=1e-5), f"step {index}"
        if max_norm:
            assert ours.gradient_norm == pytest.approx(norm.item(), rel=1e-4)
