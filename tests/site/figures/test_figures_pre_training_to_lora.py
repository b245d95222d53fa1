"""Worked examples of the lessons on pre-training, SFT and LoRA, against values computed by hand."""

import math

import pytest

from widgets.engine import operations as op
from widgets.engine.linear import LoraPair, adapted_linear
from widgets.engine.tensor import Tensor, full, tensor
from widgets.site.figures import load_figures, pre_training, sft

W = [[1, 0, 2], [0, 1, -1]]
LORA_A = [[1, 2, 0]]
LORA_B = [[0.5], [-0.25]]
SCALING = 2 / 1
X = [[1, 1, 2]]


def shown(name: str) -> str:
    return load_figures()[name]()


def matrix(rows: list[list[float]]) -> Tensor:
    return tensor([float(value) for row in rows for value in row], (len(rows), len(rows[0])))


def test_a_model_that_knows_nothing_has_the_logarithm_of_its_vocabulary_as_loss():
    assert pre_training.cross_entropy([1 / 32_000] * 7) == pytest.approx(math.log(32_000))
    assert pre_training.perplexity(math.log(32_000)) == pytest.approx(32_000)
    assert shown("pre-training-ln-32000") == "10.37"


def test_certainty_about_the_true_token_is_a_loss_of_zero():
    assert pre_training.cross_entropy([1.0, 1.0]) == 0


def test_example_sentence_has_the_mean_of_its_five_surprises():
    # 0.1 · 0.5 · 0.05 · 0.02 · 0.8 = 0.00004
    assert pre_training.cross_entropy(pre_training.EXAMPLE_PROBABILITIES) == pytest.approx(-math.log(0.00004) / 5)


def test_published_hours_of_llama_2_7b_are_a_plausible_share_of_the_peak():
    # 6 · 6,738,415,616 · 2e12 operations in 184,320 h · 3,600 s · 312e12 operations a second
    assert shown("pre-training-7b-flops") == "8.1 × 10²²"
    assert shown("pre-training-7b-utilisation") == "39"


def test_cost_of_pre_training_at_two_dollars_an_hour():
    assert (shown("pre-training-7b-usd"), shown("pre-training-family-usd")) == ("0.37", "6.6")
    assert shown("pre-training-factor") == "7,680"


def test_only_the_response_and_its_end_token_count():
    assert [token.text for token in sft.EXAMPLE_ROW if token.counts_in_loss] == ["On", "cold", "coasts", ".", "<eos>"]
    assert shown("sft-counted-tokens") == "5"


def test_masked_loss_ignores_what_does_not_count():
    assert sft.masked_loss([0.5, 0.001, 0.25], [True, False, True]) == pytest.approx(1.5 * math.log(2))


def test_mask_of_ones_gives_the_loss_of_pre_training():
    probabilities = [0.2, 0.4, 0.9]
    assert sft.masked_loss(probabilities, [True] * 3) == pytest.approx(pre_training.cross_entropy(probabilities))


def test_example_row_with_and_without_mask():
    # response: 0.3 · 0.05 · 0.2 · 0.9 · 0.4 = 0.00108; prompt: 0.05 · 0.3 · 0.01 · 0.25 · 0.8 · 0.95 = 0.0000285
    assert shown("sft-example-masked-loss") == f"{-math.log(0.00108) / 5:.2f}"
    assert shown("sft-example-unmasked-loss") == f"{-math.log(0.00108 * 0.0000285) / 11:.2f}"


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        sft.masked_loss([0.5, 0.5], [True])


def test_full_fine_tuning_of_7b_takes_sixteen_bytes_a_parameter():
    assert shown("sft-7b-states-gb") == f"{16 * 6_738_415_616 / 1e9:.1f}" == "107.8"


def test_both_paths_of_the_lora_example_add_up_in_the_code_that_the_lab_runs():
    pair = LoraPair(matrix(LORA_A), matrix(LORA_B), SCALING)
    assert adapted_linear(matrix(X), matrix(W), full((2,), 0.0), pair).tolist() == [[8, -2.5]]


def test_merged_matrix_of_the_lora_example_gives_the_same_output():
    change = [[SCALING * b * a for a in LORA_A[0]] for (b,) in LORA_B]
    merged = [[w + c for w, c in zip(row, changes, strict=True)] for row, changes in zip(W, change, strict=True)]
    assert merged == [[2, 2, 2], [-0.5, 0, -1]]  # as the lesson writes it
    assert op.linear(matrix(X), matrix(merged), full((2,), 0.0)).tolist() == [[8, -2.5]]


def test_lora_figures_agree_with_peft():
    assert shown("lora-7b-printed") == (
        "trainable params: 4,194,304 || all params: 6,742,609,920 || trainable%: 0.0622"
    )
    # one Qwen2.5-0.5B block: q 896 → 896 and v 896 → 128, rank 8, 24 blocks
    assert shown("lora-05b-printed").startswith(f"trainable params: {8 * (896 + 896 + 896 + 128) * 24:,} ||")


def test_lora_saves_memory_far_more_than_arithmetic():
    assert (shown("lora-7b-params-factor"), shown("lora-7b-states-factor")) == ("1,607", "8.0")
    assert (shown("lora-7b-arithmetic-factor"), shown("lora-7b-arithmetic-factor-checkpointing")) == ("1.49", "1.33")
