"""The worked examples of the lesson on SFT, against values computed by hand."""

import math

import pytest

from widgets.site.figures import load_figures, pre_training, sft


def shown(name: str) -> str:
    return load_figures()[name]()


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
