"""PPO raises the reward, pays for leaving the reference, and changes only the two models that it trains."""

import pytest

from widgets.core.errors import EngineError
from widgets.recipes import ppo
from widgets.recipes.evaluation import evaluate
from widgets.recipes.ppo import MOST_KL_NATS, PPOConfig, RewardScale, cause_in_answers
from widgets.recipes.results import Diverged, PPOStep
from widgets.world import questions

ASKED = questions("train")


def trained(policy, scorer, config):
    models = ppo.four_models(policy.copy(), scorer)
    return models, list(ppo.train(models, ASKED, config))


@pytest.fixture(scope="module")
def run(policy, scorer):
    """Models and results of six rounds with a KL penalty."""
    return trained(policy, scorer, PPOConfig(steps=6))


def test_the_first_round_is_at_the_reference_and_its_rewards_average_0(run):
    first = run[1][0]
    assert first.kl_nats == pytest.approx(0, abs=1e-4)
    assert first.reward_mean == pytest.approx(0, abs=1e-9)


def test_six_rounds_raise_the_reward_and_bring_the_preferred_style(run):
    models, results = run
    assert results[-1].reward_mean > 0.5
    assert results[-1].kl_nats > 0.1
    assert evaluate(models.policy).style_share("friendly") >= 0.8
    assert evaluate(models.policy).wrong_share <= 0.12


def test_reward_and_reference_models_stay_as_they_were(run, policy, scorer):
    models, _ = run
    assert models.reference.parameters.snapshot() == policy.parameters.snapshot()
    assert models.reward is scorer
    assert models.value.head.snapshot() != scorer.head.snapshot()
    assert models.policy.parameters.snapshot() != policy.parameters.snapshot()


def test_the_four_models_share_no_numbers(run):
    models, _ = run
    sets = [models.policy.parameters, models.reference.parameters, *models.value.parameter_sets]
    addresses = {parameters.values.address for parameters in [*sets, *models.reward.parameter_sets]}
    assert len(addresses) == 6


def test_a_high_price_of_kl_keeps_the_policy_near_the_reference(policy, scorer, run):
    _, dear = trained(policy, scorer, PPOConfig(steps=6, kl_coeff=5.0))
    assert dear[-1].kl_nats < run[1][-1].kl_nats / 2


def test_the_same_seed_gives_the_same_rounds(policy, scorer, run):
    _, again = trained(policy, scorer, PPOConfig(steps=6))
    assert again == run[1]


def test_each_round_reports_its_questions_and_answers(run):
    for result in run[1]:
        assert len(result.questions) == len(result.answers) == 64
    assert run[1][0].answers != run[1][1].answers


def test_rewards_are_in_standard_deviations_of_the_first_round():
    scale = RewardScale.of([1.0, 3.0])
    assert [scale.standardize(score) for score in (1.0, 2.0, 5.0)] == [-1.0, 0.0, 3.0]
    assert RewardScale.of([2.0, 2.0]).standardize(3.0) == 1.0


@pytest.mark.parametrize("kl_coeff", [0.0, 0.2])
@pytest.mark.parametrize("learning_rate", [0.01, 0.1, 1.0])
def test_too_large_a_step_is_a_finding_and_the_policy_is_as_it_was_before_it(policy, scorer, learning_rate, kl_coeff):
    models, results = trained(policy, scorer, PPOConfig(steps=5, learning_rate=learning_rate, kl_coeff=kl_coeff))
    assert isinstance(results[-1], Diverged)
    assert results[-1].cause in ("far from the reference", "reward lost", "exploded")
    assert results[-1].kept_step == 0
    assert models.policy.parameters.snapshot() == policy.parameters.snapshot()


def test_the_last_round_is_looked_at_too(policy, scorer):
    models, results = trained(policy, scorer, PPOConfig(steps=1, learning_rate=0.01))
    assert [type(result) for result in results] == [PPOStep, Diverged]
    assert (results[-1].step, results[-1].kept_step) == (1, 0)
    assert f"{results[-1].kl_nats:.3g} nats from the reference, at step 1" in results[-1].message
    assert models.policy.parameters.snapshot() == policy.parameters.snapshot()


def test_answers_are_bad_if_too_far_away_much_less_liked_or_no_numbers():
    assert cause_in_answers(MOST_KL_NATS, -0.5, 64) is None
    assert cause_in_answers(MOST_KL_NATS + 1, 1.0, 64) == "far from the reference"
    assert cause_in_answers(1.0, -0.51, 64) == "reward lost"
    assert cause_in_answers(1.0, -0.51, 16) is None
    assert cause_in_answers(float("nan"), 1.0, 64) == cause_in_answers(1.0, float("nan"), 64) == "not a number"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"kl_coeff": -0.1}, "kl_coeff is -0.1; allowed: from 0"),
        ({"gae_lambda": 1.5}, "gae_lambda is 1.5; allowed: from 0 to 1"),
        ({"clip_epsilon": 0}, "clip_epsilon is 0; allowed: above 0"),
        ({"batch_size": 1}, "batch_size is 1; allowed: from 2"),
    ],
)
def test_nonsense_settings_are_refused(setting, message):
    with pytest.raises(EngineError, match=message):
        PPOConfig(**setting)
