"""The arithmetic behind the figures of the lesson on RLHF."""

import pytest

from widgets.site.figures import rlhf


def test_equal_scores_give_an_even_chance_and_a_loss_of_ln_2():
    assert rlhf.win_probability(0.0) == 0.5
    assert rlhf.FIGURES["rlhf-ln2"]() == "0.693"


def test_advantages_with_lambda_1_are_the_return_minus_the_value():
    rewards, values = (0.25, -0.5, 1.0), (0.2, 0.4, 0.7)
    returns = (0.75, 0.5, 1.0)
    expected = [total - value for total, value in zip(returns, values, strict=True)]
    assert rlhf.generalised_advantages(rewards, values, gae_lambda=1.0) == pytest.approx(expected)


def test_advantages_with_lambda_0_are_the_surprise_of_one_token():
    assert rlhf.generalised_advantages((0.0, 0.0, 1.0), (0.2, 0.4, 0.7), gae_lambda=0.0) == pytest.approx(
        [0.2, 0.3, 0.3]
    )
