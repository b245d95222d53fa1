"""One fine-tuned model for all tests of learning from preferences; take a copy before changing it."""

import pytest

from widgets.recipes import reward_model, sft
from widgets.recipes.votes import simulated_votes
from widgets.world import SimulatedRater


@pytest.fixture(scope="session")
def policy():
    """The base model after fine-tuning on answers in mixed styles."""
    return sft.fine_tuned()


@pytest.fixture(scope="session")
def votes(policy):
    """Twenty votes of a rater without noise on the policy's answers."""
    return simulated_votes(policy, SimulatedRater(), 20)


@pytest.fixture(scope="session")
def scorer(policy, votes):
    """A reward model trained on those votes."""
    model = reward_model.start_from(policy)
    list(reward_model.train(model, votes))
    return model
