"""QLoRA is about as good as LoRA with the matrices in an eighth of their bytes."""

import pytest

from widgets.core.errors import EngineError
from widgets.recipes import lora, qlora
from widgets.recipes.evaluation import evaluate
from widgets.world import qa_pairs
from widgets.world.model import base_model

PAIRS = qa_pairs("train", "full")


@pytest.fixture(scope="module")
def run():
    """Model, adapter and size after training on a quantized base."""
    model = base_model()
    adapter, size = qlora.attach(model)
    list(qlora.train(model, adapter, PAIRS))
    return model, adapter, size


def test_it_answers_within_3_points_of_lora(run):
    model = base_model()
    adapter = lora.attach(model)
    list(lora.train(model, adapter, PAIRS))
    difference = evaluate(model, style="full").exact_match - evaluate(run[0], style="full").exact_match
    assert abs(difference) <= 0.03


def test_the_quantized_matrices_take_at_most_13_percent_of_their_32_bit_bytes(run):
    size = run[2]
    assert size.matrices_ratio <= 0.13
    assert size.matrices_fp32_bytes == 4 * 2 * 12 * 64 * 64
    assert size.model_fp32_bytes == 4 * 117_952
    assert size.model_bytes == size.model_fp32_bytes - size.matrices_fp32_bytes + size.matrices_bytes


def test_without_double_quantization_the_scales_take_4_bytes_each():
    _, size = qlora.attach(base_model(), double_quantization=False)
    assert size.matrices_bytes == 98_304 // 2 + 4 * 98_304 // 64


def test_the_adapter_cannot_be_merged_into_4_bits(run):
    with pytest.raises(EngineError, match="is in 4 bits"):
        run[1].merge()
