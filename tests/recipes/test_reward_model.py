"""A reward model learns a taste from votes, and scores an answer at its end."""

from math import log

import pytest

from widgets.core.errors import EngineError
from widgets.recipes import reward_model
from widgets.recipes.encoding import encode_row
from widgets.recipes.reward_model import RewardModelConfig
from widgets.recipes.scalar_model import ScoreBatch, score_rows
from widgets.recipes.votes import simulated_votes
from widgets.world import SimulatedRater, tokenizer


def test_before_training_every_answer_scores_0_and_the_loss_is_ln_2(policy, votes):
    model = reward_model.start_from(policy)
    rows = [encode_row(vote.prompt, vote.chosen) for vote in votes]
    assert score_rows(model, rows) == [0.0] * len(rows)
    first = next(reward_model.train(model, votes))
    assert first.loss == pytest.approx(log(2), abs=1e-6)
    assert (first.accuracy, first.margin) == (0.0, 0.0)


def test_twenty_votes_teach_it_most_of_the_taste_on_animals_without_votes(policy, scorer):
    fresh = simulated_votes(policy, SimulatedRater(), 200, seed=5, split="held_out")
    assert reward_model.accuracy(scorer, fresh) >= 0.85


def test_scores_do_not_depend_on_what_else_is_in_the_batch(scorer, votes):
    rows = [encode_row(vote.prompt, text) for vote in votes for text in (vote.chosen, vote.rejected)]
    together = score_rows(scorer, rows)
    alone = [score_rows(scorer, [row])[0] for row in rows]
    assert alone == pytest.approx(together, abs=1e-5)


def test_it_is_trained_apart_from_the_model_that_it_started_from(policy, scorer):
    assert scorer.trunk.parameters.snapshot() != policy.parameters.snapshot()
    assert reward_model.start_from(policy).trunk.parameters.snapshot() == policy.parameters.snapshot()


def test_a_copy_scores_alike_and_is_its_own(scorer, votes):
    rows = [encode_row(vote.prompt, vote.chosen) for vote in votes]
    twin = scorer.copy()
    assert score_rows(twin, rows) == score_rows(scorer, rows)
    twin.head["head.bias"].set([1.0])
    assert score_rows(twin, rows) != score_rows(scorer, rows)


def test_no_votes_are_refused(policy):
    with pytest.raises(EngineError, match="at least one vote"):
        next(reward_model.train(reward_model.start_from(policy), []))


def test_nonsense_settings_are_refused():
    with pytest.raises(EngineError, match="weight_decay is -1; allowed: from 0"):
        RewardModelConfig(weight_decay=-1)


def test_the_score_is_read_at_the_last_token_of_each_row_and_nowhere_else():
    batch = ScoreBatch(2, 5)
    batch.fill([encode_row("<bos> <assistant>", "meat . <eos>"), encode_row("<bos>", "fish <eos>")])
    assert batch.is_last.tolist() == [[0, 0, 0, 0, 1], [0, 0, 1, 0, 0]]
    assert tokenizer().decode(batch.tokens.data()) == "<bos> <assistant> meat . <eos> <bos> fish <eos> <pad> <pad>"
