"""A run that blows up is stopped, reported and taken back to its last good state."""

from math import inf, log, nan

import pytest

from widgets.engine.parameters import ParameterSet
from widgets.recipes import lora, sft
from widgets.recipes.divergence import Guard, chance_loss
from widgets.recipes.evaluation import text_loss
from widgets.recipes.results import Diverged, TrainingStep
from widgets.recipes.sft import SFTConfig
from widgets.world import qa_pairs
from widgets.world.model import base_model


def watched():
    parameters = ParameterSet({"w": (1,)})
    return parameters, Guard([parameters], chance_loss(8))


def run(losses):
    """Return the finding and what the parameter is in the end; it is the number of the step while that runs."""
    parameters, guard = watched()
    finding = None
    for step, loss in enumerate(losses, start=1):
        parameters["w"].set([float(step)])
        guard.before_step()
        finding = guard.check(step, loss, 0.5)
        if finding:
            break
    return finding, parameters["w"].item()


@pytest.mark.parametrize("bad", [nan, inf, 100.0])
def test_a_loss_that_is_no_number_or_too_high_stops_the_run(bad):
    finding, value = run([3.0, 2.0, bad])
    assert (finding.step, finding.kept_step, value) == (3, 1, 2.0)


def test_the_kept_state_is_the_last_one_with_a_loss_no_worse_than_the_first():
    finding, value = run([3.0, 2.0, 2.5, 3.5, 5.9, 7.0])
    assert (finding.kept_step, value) == (2, 3.0)


def test_a_loss_a_little_above_the_first_one_is_no_divergence():
    finding, _ = run([3.0, 4.0, 5.9, 3.0])
    assert finding is None


def test_a_run_that_blows_up_at_its_first_step_keeps_the_state_in_which_it_began():
    parameters = ParameterSet({"w": (1,)})
    parameters["w"].set([7.0])
    guard = Guard([parameters], chance_loss(8))
    guard.before_step()
    parameters["w"].set([nan])
    assert guard.check(1, nan, 0.5).kept_step == 0
    assert parameters["w"].item() == 7.0


def test_a_state_that_is_found_bad_only_later_is_taken_back_to_the_one_before():
    parameters, guard = watched()
    for step in (1, 2):
        parameters["w"].set([float(step)])
        guard.before_step()
        assert guard.check(step, 3.0, 0.5) is None
    parameters["w"].set([9.0])
    finding = guard.go_back(2, "far from the reference", 0.5, kl_nats=80.0)
    assert (finding.kept_step, finding.loss, parameters["w"].item()) == (1, 3.0, 2.0)


def test_losses_that_stay_above_the_first_one_stop_the_run_after_thirty_steps():
    finding, value = run([3.0, 2.0] + [3.8] * 40)
    assert (finding.step, finding.cause, value) == (30, "worse than at the start", 2.0)


def test_the_limit_is_twice_the_first_loss_or_that_of_guessing():
    _, guard = watched()
    assert guard.limit == pytest.approx(2 * log(8))
    guard.check(1, 5.0, 0.1)
    assert guard.limit == 10.0


def test_a_huge_learning_rate_makes_fine_tuning_diverge_and_the_model_keeps_its_quality():
    model = base_model()
    before = text_loss(model)
    results = list(sft.train(model, qa_pairs("train", "full"), SFTConfig(learning_rate=3.0, max_norm=0)))
    assert isinstance(results[-1], Diverged)
    assert all(isinstance(result, TrainingStep) for result in results[:-1])
    assert len(results) < 30
    assert text_loss(model) < before + 3
    assert results[-1].cause == "exploded"
    assert "learning rate of 2.97" in results[-1].message


def test_a_huge_learning_rate_makes_lora_diverge_too():
    model = base_model()
    adapter = lora.attach(model)
    results = list(lora.train(model, adapter, qa_pairs("train", "full"), SFTConfig(learning_rate=10.0)))
    assert (results[-1].step, results[-1].cause) == (30, "worse than at the start")
    assert text_loss(model) == text_loss(base_model())
