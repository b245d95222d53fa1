"""The arithmetic behind the figures of the lesson on DPO."""

import pytest

from widgets.site.figures import dpo


@pytest.mark.parametrize(
    ("logprobs", "loss"),
    [  # DPOTrainer.dpo_loss of TRL 0.24.0 in float64, beta 0.1
        ((-12.0, -14.0, -13.0, -13.5), 0.6209570477895321),
        ((-30.5, -29.0, -30.0, -30.0), 0.7709570477895321),
        ((-8.25, -9.75, -8.25, -9.75), 0.6931471805599453),
        ((-20.0, -26.5, -24.0, -24.0), 0.4200553357027152),
    ],
)
def test_the_dpo_loss_is_that_of_trl(logprobs, loss):
    assert dpo.dpo_loss(dpo.dpo_margin(*logprobs)) == pytest.approx(loss, abs=1e-12)


def test_dropping_the_precomputed_reference_saves_its_16_bit_weights():
    saved = float(dpo.FIGURES["dpo-full-7b"]()) - float(dpo.FIGURES["dpo-precomputed-7b"]())
    assert saved == pytest.approx(13.5, abs=0.1)
