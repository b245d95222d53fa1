"""LoRA: starts at no change, can be taken off and on, merged and unmerged, and trains nothing else."""

from __future__ import annotations

import pytest

from tests.engine.models import random_tokens, small_model
from widgets.core.errors import EngineError
from widgets.engine import operations as op
from widgets.engine.adapter import Adapter, LoraConfig, expand_targets
from widgets.engine.architectures.gpt import GPT, PROJECTIONS
from widgets.engine.optimizer import AdamW
from widgets.engine.tensor import Tensor

TOKENS = random_tokens(3, 10)
TARGETS = random_tokens(3, 10, seed=1)


def largest_difference(a: Tensor, b: Tensor) -> float:
    return max(abs(x - y) for x, y in zip(a.data(), b.data(), strict=True))


def train(model: GPT, adapter: Adapter, steps: int = 10) -> list[float]:
    optimizer = AdamW(adapter.parameters, 1e-2)
    curve = []
    for _ in range(steps):
        loss = op.cross_entropy(model(TOKENS), TARGETS)
        curve.append(loss.item())
        loss.backward()
        optimizer.step()
    return curve


@pytest.mark.parametrize("quantized", [False, True])
def test_at_step_0_the_adapter_changes_nothing(quantized: bool) -> None:
    model = small_model()
    if quantized:
        model.quantize_projections()
    before = model(TOKENS).data().tolist()
    Adapter(model, LoraConfig(rank=4))
    assert model(TOKENS).data().tolist() == before


def test_training_moves_only_the_adapter_and_lowers_the_loss() -> None:
    model = small_model()
    frozen = model.parameters.snapshot()
    adapter = Adapter(model, LoraConfig(rank=4, alpha=8))
    curve = train(model, adapter)
    assert curve[-1] < 0.95 * curve[0]
    assert model.parameters.snapshot() == frozen
    assert set(model.parameters.gradients.data()) == {0.0}


def test_peeling_the_adapter_off_gives_the_base_model_back() -> None:
    model = small_model()
    before = model(TOKENS).data().tolist()
    adapter = Adapter(model, LoraConfig(rank=4))
    train(model, adapter)
    with adapter.disabled():
        assert model(TOKENS).data().tolist() == before
    assert adapter.is_on
    assert model(TOKENS).data().tolist() != before


def test_merged_weights_give_the_same_logits() -> None:
    model = small_model()
    weights = model.parameters.snapshot()
    adapter = Adapter(model, LoraConfig(rank=4, alpha=8))
    train(model, adapter)
    unmerged = model(TOKENS)
    adapter.merge()
    assert not adapter.is_on
    assert largest_difference(model(TOKENS), unmerged) < 1e-5
    adapter.unmerge()
    assert largest_difference(model(TOKENS), unmerged) < 1e-5
    adapter.is_on = False
    assert max(abs(a - b) for a, b in zip(model.parameters.snapshot(), weights, strict=True)) < 1e-6


@pytest.mark.parametrize(
    ("targets", "expected"),
    [(("q_proj", "v_proj"), 2 * 2 * (16 + 16)), (PROJECTIONS, 2 * (4 * (16 + 16) + 2 * (16 + 64)))],
)
def test_parameter_count_is_rank_times_both_widths(targets: tuple[str, ...], expected: int) -> None:
    adapter = Adapter(small_model(), LoraConfig(rank=3, target_modules=targets))
    assert adapter.parameters.count == 3 * expected


def test_the_change_has_the_scale_alpha_over_rank() -> None:
    """W' = W + (alpha / rank) B A, by hand for one number."""
    adapter = Adapter(small_model(), LoraConfig(rank=2, alpha=6, target_modules=("q_proj",)))
    a, b = adapter.parameters["layers.0.q_proj.lora_a"], adapter.parameters["layers.0.q_proj.lora_b"]
    b.set([0.25] * b.size)
    rows = a.tolist()
    assert adapter.delta("layers.0.q_proj").tolist()[5][7] == pytest.approx(3 * 0.25 * (rows[0][7] + rows[1][7]))


def test_merging_into_four_bits_is_refused() -> None:
    model = small_model()
    model.quantize_projections()
    adapter = Adapter(model, LoraConfig(rank=2))
    with pytest.raises(EngineError, match=r"layers\.0\.q_proj is in 4 bits"):
        adapter.merge()


def test_using_a_merged_adapter_is_refused() -> None:
    adapter = Adapter(small_model(), LoraConfig(rank=2))
    adapter.merge()
    with pytest.raises(EngineError, match="merged already"):
        adapter.merge()
    with pytest.raises(EngineError, match="unmerge first"), adapter.disabled():
        pass
    with pytest.raises(EngineError, match="unmerge before"):
        adapter.is_on = True


def test_a_second_adapter_is_refused_until_the_first_is_removed() -> None:
    model = small_model()
    first = Adapter(model, LoraConfig(rank=2))
    with pytest.raises(EngineError, match="has an adapter"):
        Adapter(model, LoraConfig(rank=2))
    first.remove()
    Adapter(model, LoraConfig(rank=2))
    with pytest.raises(EngineError, match="was removed"):
        first.is_on = True


def test_wrong_settings_are_explained() -> None:
    with pytest.raises(EngineError, match="rank must be at least 1, got 0"):
        LoraConfig(rank=0)
    with pytest.raises(EngineError, match=r'unknown target module "q_porj".*did you mean "q_proj"'):
        LoraConfig(target_modules=("q_porj",))
    with pytest.raises(EngineError, match='unknown target module "x_proj"'):
        expand_targets(["x"])


def test_quantized_base_trains_through_its_adapter() -> None:
    model = small_model()
    assert model.quantize_projections() < 0.15 * 4 * sum(linear.weight.size for linear in model.linears.values())
    adapter = Adapter(model, LoraConfig(rank=4, alpha=8))
    curve = train(model, adapter)
    assert curve[-1] < 0.95 * curve[0]
    model.restore_projections()
    adapter.merge()
