"""Answers are judged strictly, and the simulated rater keeps to its taste."""

import pytest

from widgets.core.errors import EngineError
from widgets.world import (
    NOT_AN_ANSWER,
    STYLES,
    SimulatedRater,
    answer_text,
    check_answer,
    is_exact_match,
    load_world,
    preference_pairs,
)

WORLD = load_world()
FOOD_OF_WOLF = next(fact for fact in WORLD.facts if (fact.animal, fact.attribute) == ("wolf", "food"))


def response(style, value="meat"):
    return f"{answer_text('wolf', 'food', value, style)} <eos>"


def test_every_right_answer_is_recognised_in_its_style():
    for fact in WORLD.facts:
        for style in STYLES:
            text = f"{answer_text(fact.animal, fact.attribute, fact.value, style)} <eos>"
            verdict = check_answer(fact, text)
            assert (verdict.style, verdict.value, verdict.is_correct) == (style, fact.value, True)
            assert is_exact_match(fact, text, style)


def test_every_wrong_value_is_recognised_as_wrong():
    for fact in WORLD.facts:
        for value in WORLD.values(fact.attribute):
            if value != fact.value:
                verdict = check_answer(fact, f"{answer_text(fact.animal, fact.attribute, value, 'full')} <eos>")
                assert (verdict.style, verdict.value, verdict.is_correct) == ("full", value, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<eos>",
        "meat .",
        "meat <eos>",
        "meat . meat . <eos>",
        "the lion feeds on meat . <eos>",
        "the wolf is a mammal . <eos>",
        "good question ! <eos>",
    ],
)
def test_what_is_cut_off_rambling_or_about_something_else_is_no_answer(text):
    assert check_answer(FOOD_OF_WOLF, text) == NOT_AN_ANSWER


def test_the_right_answer_in_another_style_is_correct_but_no_exact_match():
    assert check_answer(FOOD_OF_WOLF, response("terse")).is_correct
    assert not is_exact_match(FOOD_OF_WOLF, response("terse"), "full")


def test_the_rater_prefers_friendly_to_full_to_terse_and_puts_wrong_answers_last():
    rater = SimulatedRater()
    scores = [rater.score(FOOD_OF_WOLF, response(style)) for style in ("friendly", "full", "terse")]
    assert scores == [3, 2, 1]
    assert rater.score(FOOD_OF_WOLF, response("friendly", "grass")) == 0
    assert rater.score(FOOD_OF_WOLF, "the the the") == 0
    assert rater.choose(FOOD_OF_WOLF, response("full"), response("friendly")) == "b"
    assert rater.choose(FOOD_OF_WOLF, response("terse"), response("friendly", "grass")) == "a"


def test_equally_good_answers_are_a_tie_even_for_a_noisy_rater():
    rater = SimulatedRater(noise=0.5)
    assert rater.choose(FOOD_OF_WOLF, response("full"), response("full")) == "tie"
    assert rater.choose(FOOD_OF_WOLF, response("full", "grass"), response("terse", "fish")) == "tie"


def test_another_taste_reverses_the_order_of_styles():
    rater = SimulatedRater(taste=("terse", "full", "friendly"))
    assert rater.choose(FOOD_OF_WOLF, response("terse"), response("friendly")) == "a"


def test_noise_is_the_share_of_votes_for_the_worse_answer():
    rater = SimulatedRater(noise=0.2, seed=4)
    votes = [rater.choose(FOOD_OF_WOLF, response("friendly"), response("terse")) for _ in range(4000)]
    assert abs(votes.count("b") / len(votes) - 0.2) < 0.02


def test_the_same_seed_gives_the_same_noise_and_the_same_pairs():
    first = preference_pairs(SimulatedRater(noise=0.3, seed=1), 50, seed=2)
    again = preference_pairs(SimulatedRater(noise=0.3, seed=1), 50, seed=2)
    other = preference_pairs(SimulatedRater(noise=0.3, seed=1), 50, seed=3)
    assert first == again
    assert first != other


def test_pairs_follow_the_taste_and_come_from_training_animals_only():
    rater = SimulatedRater()
    pairs = preference_pairs(rater, 200, seed=0)
    assert len(pairs) == 200
    for pair in pairs:
        fact = pair.question.fact
        assert WORLD.animal(fact.animal).split == "train"
        assert rater.score(fact, pair.chosen) > rater.score(fact, pair.rejected)
        assert pair.prompt == pair.question.prompt


def test_more_pairs_than_questions_can_be_had():
    assert len(preference_pairs(SimulatedRater(), 2000, seed=0, split="held_out")) == 2000


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"taste": ("friendly", "full")}, "each style once"),
        ({"taste": ("friendly", "friendly", "full")}, "each style once"),
        ({"taste": ("friendly", "full", "ters")}, 'unknown style "ters".*did you mean "terse"'),
        ({"noise": 0.6}, "0 to 0.5; found: 0.6"),
        ({"noise": float("nan")}, "0 to 0.5; found: nan"),
    ],
)
def test_a_rater_with_impossible_settings_is_refused(settings, message):
    with pytest.raises(EngineError, match=message):
        SimulatedRater(**settings)


def test_an_unknown_style_is_refused_with_the_nearest_match():
    with pytest.raises(EngineError, match=r'unknown style "friendli".*did you mean "friendly"'):
        answer_text("wolf", "food", "meat", "friendli")
