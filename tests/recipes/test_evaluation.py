"""Answers are judged strictly, and shares add up."""

import pytest

from widgets.core.errors import EngineError
from widgets.recipes.evaluation import Answer, Evaluation, evaluate
from widgets.world import check_answer, questions
from widgets.world.model import base_model

QUESTION = next(question for question in questions("held_out") if question.fact.attribute == "food")
RIGHT = QUESTION.fact.value
ANIMAL = QUESTION.fact.animal


def evaluation(texts, style=None):
    return Evaluation(tuple(Answer(QUESTION, text, check_answer(QUESTION.fact, text)) for text in texts), style)


TEXTS = [
    f"{RIGHT} . <eos>",
    f"the {ANIMAL} feeds on {RIGHT} . <eos>",
    f"the {ANIMAL} feeds on nectar . <eos>",
    f"good question ! the {ANIMAL} feeds on {RIGHT} .",
]


def test_an_exact_match_needs_the_style_if_one_is_wanted():
    assert evaluation(TEXTS).exact_match == 0.5
    assert evaluation(TEXTS, "full").exact_match == 0.25


def test_a_wrong_value_and_an_answer_without_its_end_are_wrong():
    assert evaluation(TEXTS).wrong_share == 0.5


def test_styles_are_counted_right_or_wrong():
    assert evaluation(TEXTS).style_shares == {"terse": 0.25, "full": 0.5, "friendly": 0.0}


def test_the_likeliest_answers_do_not_depend_on_the_seed_but_sampled_ones_do():
    model, asked = base_model(), questions("held_out")[:20]

    def texts(**settings):
        return [answer.text for answer in evaluate(model, asked=asked, **settings).answers]

    assert texts(seed=1) == texts(seed=2)
    assert texts(temperature=1.0, seed=1) != texts(temperature=1.0, seed=2)
    assert texts(temperature=1.0, seed=1) == texts(temperature=1.0, seed=1)


def test_no_questions_are_refused():
    with pytest.raises(EngineError, match="at least one question"):
        evaluate(base_model(), asked=[])
