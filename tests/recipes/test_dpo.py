"""DPO moves the policy to the preferred style, with a copy or with the adapter switched off as its reference."""

from math import exp, fsum, log

import pytest

from widgets.core.errors import EngineError
from widgets.engine.tensor import indices, no_grad
from widgets.recipes import dpo, lora
from widgets.recipes.batches import RowBatch
from widgets.recipes.dpo import DPOConfig
from widgets.recipes.encoding import encode_row, longest
from widgets.recipes.evaluation import evaluate
from widgets.recipes.results import Diverged


def test_the_first_loss_is_ln_2_because_policy_and_reference_agree(policy, votes):
    first = next(dpo.train(policy.copy(), votes))
    assert first.loss == pytest.approx(log(2), abs=1e-5)


def test_twenty_votes_make_the_preferred_style_the_rule(policy, votes):
    model = policy.copy()
    before = evaluate(model).style_share("friendly")
    results = list(dpo.train(model, votes))
    after = evaluate(model)
    assert before < 0.6
    assert after.style_share("friendly") >= 0.75
    assert after.wrong_share <= 0.10
    assert results[-1].margin > 0.1


def test_with_an_adapter_the_policys_own_weights_stay_and_are_the_reference(policy, votes):
    model = policy.copy()
    adapter = lora.attach(model)
    results = list(dpo.train(model, votes, adapter=adapter))
    assert results[0].loss == pytest.approx(log(2), abs=1e-5)
    assert evaluate(model).style_share("friendly") >= 0.75
    with adapter.disabled():
        assert evaluate(model).style_shares == evaluate(policy).style_shares


def test_the_implicit_reward_margin_is_beta_times_the_change_of_the_log_odds(policy, votes):
    model, config = policy.copy(), DPOConfig(steps=2, learning_rate=1e-4, beta=0.3)
    chosen = [encode_row(vote.prompt, vote.chosen) for vote in votes]
    rejected = [encode_row(vote.prompt, vote.rejected) for vote in votes]

    def odds():
        return [a - b for a, b in zip(dpo.row_logprobs(model, chosen), dpo.row_logprobs(model, rejected), strict=True)]

    run = dpo.train(model, votes, config)
    reference = odds()
    next(run)
    changed = odds()
    expected = 0.3 * sum(now - then for now, then in zip(changed, reference, strict=True)) / len(votes)
    assert next(run).margin == pytest.approx(expected, abs=1e-4)


def test_the_log_probability_of_a_response_is_the_sum_over_its_tokens_without_the_prompt(policy, votes):
    rows = [encode_row(votes[0].prompt, votes[0].chosen), encode_row(votes[1].prompt, votes[1].rejected)]
    batch = RowBatch(len(rows), longest(rows))
    batch.fill(rows)
    with no_grad():
        together = dpo.response_logprobs(policy, batch).tolist()
        for row, logprob in zip(rows, together, strict=True):
            ids = [*row.prompt, *row.response]
            logits = policy(indices(ids[:-1], (1, len(ids) - 1))).tolist()[0]
            terms = [
                scores[target] - log(fsum(exp(score) for score in scores))
                for scores, target in zip(logits, ids[1:], strict=True)
            ]
            assert logprob == pytest.approx(fsum(terms[-len(row.response) :]), abs=1e-4)


def test_a_huge_learning_rate_is_a_finding_and_the_policy_is_taken_back(policy, votes):
    model = policy.copy()
    last = list(dpo.train(model, votes, DPOConfig(learning_rate=1.0, max_norm=0.0)))[-1]
    assert isinstance(last, Diverged)
    assert evaluate(model).wrong_share < 0.3


def test_no_votes_are_refused(policy):
    with pytest.raises(EngineError, match="at least one vote"):
        next(dpo.train(policy, []))


def test_beta_0_is_refused():
    with pytest.raises(EngineError, match="beta is 0; allowed: above 0"):
        DPOConfig(beta=0)
