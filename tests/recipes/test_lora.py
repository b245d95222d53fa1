"""LoRA reaches full fine-tuning's accuracy with a part of the parameters, and a lower rank is slower."""

import pytest

from widgets.engine.adapter import LoraConfig
from widgets.recipes import lora
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.world import qa_pairs
from widgets.world.model import base_model

PAIRS = qa_pairs("train", "full")


@pytest.fixture(scope="module")
def runs():
    """Model, adapter and losses of a run with rank 8 and one with rank 1, both with alpha = 2 · rank."""
    made = {}
    for rank in (8, 1):
        model = base_model()
        adapter = lora.attach(model, LoraConfig(rank=rank, alpha=2.0 * rank))
        made[rank] = (model, adapter, [result.loss for result in lora.train(model, adapter, PAIRS)])
    return made


def test_rank_8_answers_95_percent_with_at_most_16_percent_of_the_parameters(runs):
    model, adapter, _ = runs[8]
    assert evaluate(model, style="full").exact_match >= 0.95
    assert lora.trainable_share(model, adapter).percent <= 16


def test_rank_1_is_visibly_slower_than_rank_8(runs):
    assert sum(runs[1][2][20:40]) > 2 * sum(runs[8][2][20:40])


def test_without_its_adapter_the_model_is_the_base_model(runs):
    model, adapter, _ = runs[8]
    with adapter.disabled():
        assert text_loss(model) == text_loss(base_model())
        assert evaluate(model).exact_match <= 0.05


def test_merged_into_the_weights_the_answers_stay_the_same(runs):
    model, adapter, _ = runs[1]
    before = [answer.text for answer in evaluate(model).answers]
    adapter.merge()
    assert [answer.text for answer in evaluate(model).answers] == before
    adapter.unmerge()


def test_the_trained_share_is_counted_like_peft_does():
    model = base_model()
    share = lora.trainable_share(model, lora.attach(model, LoraConfig(rank=8, target_modules=("q_proj", "v_proj"))))
    assert share.trainable_params == 2 * 2 * 8 * (64 + 64)
    assert share.total_params == 117_952 + share.trainable_params
