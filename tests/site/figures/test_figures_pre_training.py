"""The worked examples of the lesson on pre-training, against values computed by hand."""

import math

import pytest

from widgets.site.figures import load_figures, pre_training


def shown(name: str) -> str:
    return load_figures()[name]()


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
