"""Votes on the model's own answers become pairs of chosen and rejected."""

import pytest

from widgets.core.errors import EngineError
from widgets.recipes.votes import Comparison, sample_comparisons, simulated_votes
from widgets.world import SimulatedRater, check_answer, questions

RATER = SimulatedRater()


def test_both_answers_of_a_comparison_are_to_its_question_and_differ(policy):
    asked = questions("held_out")[:40]
    compared = sample_comparisons(policy, asked)
    assert len(compared) > 20
    assert all(comparison.response_a != comparison.response_b for comparison in compared)
    assert {comparison.question for comparison in compared} <= set(asked)


def test_a_vote_says_which_answer_was_chosen_and_a_tie_says_nothing():
    comparison = Comparison(questions("train")[0], "meat . <eos>", "fish . <eos>")
    chosen = [(vote, comparison.preference(vote)) for vote in ("a", "b")]
    assert [(vote, pair.chosen, pair.rejected) for vote, pair in chosen] == [
        ("a", "meat . <eos>", "fish . <eos>"),
        ("b", "fish . <eos>", "meat . <eos>"),
    ]
    assert comparison.preference("tie") is None


def test_the_rater_without_noise_always_chooses_the_answer_it_likes_better(votes):
    assert len(votes) == 20
    assert all(
        RATER.score(vote.question.fact, vote.chosen) > RATER.score(vote.question.fact, vote.rejected) for vote in votes
    )


def test_votes_are_about_training_animals_unless_asked_otherwise(policy, votes):
    assert all(vote.question.fact.animal not in HELD_OUT for vote in votes)
    fresh = simulated_votes(policy, RATER, 5, split="held_out")
    assert all(vote.question.fact.animal in HELD_OUT for vote in fresh)


HELD_OUT = {question.fact.animal for question in questions("held_out")}


def test_the_same_seed_gives_the_same_votes(policy, votes):
    assert simulated_votes(policy, RATER, 20) == votes
    assert simulated_votes(policy, RATER, 20, seed=1) != votes


def test_a_model_that_always_says_the_same_gives_nothing_to_vote_on(policy):
    with pytest.raises(EngineError, match="hardly differ: 0 votes of 1"):
        simulated_votes(policy, RATER, 1, temperature=0.0)


@pytest.mark.parametrize("count", [-1, 100_001])
def test_a_number_of_votes_that_cannot_be_is_refused(policy, count):
    with pytest.raises(EngineError, match=rf"votes is {count}; allowed: from 0 to 100000"):
        simulated_votes(policy, RATER, count)


def test_no_votes_are_no_votes(policy):
    assert simulated_votes(policy, RATER, 0) == []


def test_sampled_answers_are_mostly_right_and_in_several_styles(votes):
    styles = {check_answer(vote.question.fact, vote.chosen).style for vote in votes}
    assert "friendly" in styles
    assert len(styles) > 1
