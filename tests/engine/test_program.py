"""A captured step does what its Python does, and a training loop allocates nothing after its first step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.models import random_tokens, small_model
from widgets.core.errors import EngineError
from widgets.engine import operations as op
from widgets.engine.buffers import current_pool
from widgets.engine.library import CALL_BYTES
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Indices, Tensor, full, tensor


def training_step(tokens: Indices, targets: Indices) -> Callable[[], Tensor]:
    model = small_model()
    optimizer = AdamW(model.parameters, 1e-2, max_norm=1.0)

    def step() -> Tensor:
        loss = op.cross_entropy(model(tokens), targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def curve(step: Callable[[], Tensor], tokens: Indices) -> list[float]:
    losses = []
    for seed in range(8):
        tokens.set(list(random_tokens(2, 6, seed=seed).data()))
        losses.append(step().item())
    return losses


def test_a_captured_training_step_repeats_the_plain_one_exactly() -> None:
    tokens, targets = random_tokens(2, 6), random_tokens(2, 6, seed=1)
    plain = curve(training_step(tokens, targets), tokens)
    assert curve(Captured(training_step(tokens, targets)), tokens) == plain


@pytest.mark.parametrize("capture", [False, True])
def test_memory_does_not_grow_over_a_thousand_steps(capture: bool) -> None:
    tokens = random_tokens(2, 6)
    step: Callable[[], Tensor] = training_step(tokens, random_tokens(2, 6, seed=1))
    if capture:
        step = Captured(step)
    for _ in range(2):
        step()
    before = current_pool().allocated_bytes
    held = step.memory_bytes if isinstance(step, Captured) else 0
    for _ in range(1000 if capture else 200):
        step()
    assert current_pool().allocated_bytes == before
    assert (step.memory_bytes if isinstance(step, Captured) else 0) == held


def test_memory_of_a_dropped_step_is_freed() -> None:
    import gc
    import weakref

    from widgets.engine import buffers

    step = Captured(training_step(random_tokens(2, 6), random_tokens(2, 6, seed=1)))
    step()
    pool = weakref.ref(step._pool)
    assert isinstance(pool(), buffers.Pool)
    del step
    gc.collect()
    assert pool() is None


def test_the_learning_rate_can_change_between_replays() -> None:
    model = small_model()
    optimizer = AdamW(model.parameters, 0.0)
    tokens, targets = random_tokens(2, 6), random_tokens(2, 6, seed=1)

    def step() -> Tensor:
        loss = op.cross_entropy(model(tokens), targets)
        loss.backward()
        optimizer.step()
        return loss

    captured = Captured(step)
    before = model.parameters.snapshot()
    captured()
    captured()
    assert model.parameters.snapshot() == before
    optimizer.learning_rate = 1e-2
    captured()
    assert model.parameters.snapshot() != before
    assert optimizer.steps == 3


@pytest.mark.parametrize("touch", [lambda x: x.item(), lambda x: x.set([1.0]), lambda x: x.tolist()])
def test_reading_or_writing_inside_a_captured_step_is_refused(touch: Callable[[Tensor], object]) -> None:
    x = tensor([2.0])
    with pytest.raises(EngineError, match="inside a captured step"):
        Captured(lambda: touch(op.add(x, x)))()
    assert Captured(lambda: op.add(x, x))().item() == 4.0  # and nothing is left behind


def test_capturing_inside_a_capture_is_refused() -> None:
    with pytest.raises(EngineError, match="cannot record another"):
        Captured(lambda: Captured(lambda: full((1,), 1.0))())()


def test_the_calls_of_each_kernel_are_those_that_were_recorded() -> None:
    x = tensor([1.0, 2.0])
    step = Captured(lambda: op.add(op.add(x, x), op.multiply(x, x)))
    step()
    calls = step.by_kernel()
    assert {name: len(joined) // CALL_BYTES for name, joined in calls.items()} == {"add": 2, "multiply": 1}
    assert sum(len(joined) for joined in calls.values()) == step.calls * CALL_BYTES
