"""Operations of a training step."""

import pytest

from widgets.catalog.arithmetic import lora_saving, step_flops
from widgets.catalog.models import MODELS, linear_weights

LLAMA = "meta-llama/Llama-2-7b-hf"


def test_lora_saves_a_third_of_the_arithmetic():
    assert lora_saving(LLAMA, 512, 8, "q,v") == pytest.approx(1.49, rel=0.01)


def test_checkpointing_leaves_lora_a_smaller_saving():
    for context_length in (512, 2048, 8192):
        for targets, rank in (("q,v", 8), ("all-linear", 16)):
            assert 1.26 <= lora_saving(LLAMA, context_length, rank, targets, checkpointing=True) <= 1.36


def test_full_training_takes_about_six_operations_per_weight_and_token():
    config = MODELS[LLAMA]
    weights = linear_weights(config) + config.vocab_size * config.hidden_size
    attention = 3 * 2 * 512 * 4096 * 32
    assert step_flops(LLAMA, 512) == 6 * weights + attention


def test_checkpointing_computes_the_blocks_once_more():
    config = MODELS[LLAMA]
    again = step_flops(LLAMA, 512, checkpointing=True) - step_flops(LLAMA, 512)
    assert again == 2 * linear_weights(config) + 2 * 512 * 4096 * 32
