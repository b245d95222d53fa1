"""Learning from a simulated rater's votes: medians of three seeds, each from fine-tuning on."""

from statistics import median

import pytest

from widgets.recipes import dpo, ppo, reward_model, sft
from widgets.recipes.evaluation import evaluate
from widgets.recipes.ppo import MOST_KL_NATS, PPOConfig
from widgets.recipes.results import PPOStep
from widgets.recipes.sft import SFTConfig
from widgets.recipes.votes import simulated_votes
from widgets.world import SimulatedRater, questions

SEEDS = range(3)


@pytest.fixture(scope="module")
def policies():
    """One fine-tuned model a seed."""
    return [sft.fine_tuned(config=SFTConfig(seed=seed)) for seed in SEEDS]


@pytest.fixture(scope="module")
def scorers(policies, all_votes):
    """A reward model a seed, trained on its first twenty votes."""
    models = [reward_model.start_from(policy) for policy in policies]
    for model, votes in zip(models, all_votes, strict=True):
        list(reward_model.train(model, votes[:20]))
    return models


@pytest.fixture(scope="module")
def all_votes(policies):
    """Sixty votes a seed, of which the first twenty are what a run with twenty gets."""
    return [
        simulated_votes(policy, SimulatedRater(), 60, seed=seed) for seed, policy in zip(SEEDS, policies, strict=True)
    ]


def preferred_and_wrong(models):
    found = [evaluate(model) for model in models]
    return median(e.style_share("friendly") for e in found), median(e.wrong_share for e in found)


@pytest.mark.parametrize(("count", "least_preferred"), [(20, 0.75), (60, 0.85)])
def test_dpo_reaches_the_preferred_style_with_few_wrong_answers(policies, all_votes, count, least_preferred):
    models = [policy.copy() for policy in policies]
    for model, votes in zip(models, all_votes, strict=True):
        list(dpo.train(model, votes[:count]))
    preferred, wrong = preferred_and_wrong(models)
    assert preferred >= least_preferred
    assert wrong <= 0.10


def test_ppo_needs_the_kl_penalty(policies, scorers):
    """With it 20 votes give the preferred style; without it the reward is higher and the answers are wrong."""
    rewards, outcomes = {}, {}
    farthest = 0.0
    for kl_coeff in (PPOConfig().kl_coeff, 0.0):
        models, last = [policy.copy() for policy in policies], []
        for seed, model, scorer in zip(SEEDS, models, scorers, strict=True):
            config = PPOConfig(kl_coeff=kl_coeff, seed=seed)
            results = list(ppo.train(ppo.four_models(model, scorer), questions("train"), config))
            assert all(isinstance(result, PPOStep) for result in results)
            farthest = max(farthest, *(result.kl_nats for result in results))
            last.append(sum(result.reward_mean for result in results[-5:]) / 5)
        rewards[kl_coeff], outcomes[kl_coeff] = last, preferred_and_wrong(models)
    preferred, wrong = outcomes[PPOConfig().kl_coeff]
    assert preferred >= 0.80
    assert wrong <= 0.12
    gains = [free - paid for free, paid in zip(rewards[0.0], rewards[PPOConfig().kl_coeff], strict=True)]
    assert median(gains) > 0
    assert outcomes[0.0][1] >= 0.30
    assert farthest < MOST_KL_NATS / 5  # over-optimisation is a result, and far from what counts as blown up
