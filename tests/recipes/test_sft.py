"""Full fine-tuning teaches the base model to answer, and what counts in the loss matters."""

import pytest

from widgets.core.errors import EngineError
from widgets.recipes import sft
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.recipes.sft import SFTConfig
from widgets.world import qa_pairs
from widgets.world.model import base_model


def trained(config=None, style="full"):
    model = base_model()
    return model, list(sft.train(model, qa_pairs("train", style), config))


def test_a_hundred_steps_answer_95_percent_of_the_questions_about_animals_never_seen_in_them():
    model, results = trained()
    assert len(results) == 100
    assert evaluate(model, style="full").exact_match >= 0.95


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    short = SFTConfig(steps=5)
    assert trained(short)[1] == trained(short)[1]
    assert trained(short)[1] != trained(SFTConfig(steps=5, seed=9))[1]


def test_the_first_loss_is_the_base_models_whatever_the_learning_rate():
    losses = [trained(SFTConfig(steps=1, learning_rate=rate))[1][0].loss for rate in (1e-5, 1e-2)]
    assert losses[0] == losses[1] > 2


def test_loss_on_everything_counts_more_tokens_of_the_same_rows():
    response, everything = (trained(SFTConfig(steps=1, loss_on=part))[1][0] for part in ("response", "everything"))
    pairs = qa_pairs("train", "full")
    assert everything.tokens > 1.5 * response.tokens
    assert response.tokens < 32 * max(len(pair.response.split()) for pair in pairs)


def test_fine_tuning_forgets_some_of_the_text():
    before = text_loss(base_model())
    model, _ = trained(SFTConfig(steps=30))
    assert text_loss(model) > before + 0.1


def test_a_closed_run_stops_and_leaves_a_working_model():
    model = base_model()
    run = sft.train(model, qa_pairs("train", "full"))
    next(run)
    run.close()
    assert text_loss(model) < 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"steps": 0}, "steps is 0; allowed: from 1"),
        ({"learning_rate": 0.0}, "learning_rate is 0; allowed: above 0"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"loss_on": "respons"}, 'did you mean "response"'),
    ],
)
def test_nonsense_settings_are_refused_with_what_is_allowed(setting, message):
    with pytest.raises(EngineError, match=message):
        SFTConfig(**setting)
