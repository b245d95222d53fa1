"""Wordings take turns, choices are shuffled alike for everybody, and points follow the stated rule."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from widgets.core.widget import Content
from widgets.quiz.choices import ChoiceQuestion
from widgets.quiz.question import ATTEMPTS, Question, Wording
from widgets.quiz.quiz import KINDS, quiz_of


@pytest.fixture(scope="session")
def questions(content: Content) -> tuple[Question[Wording], ...]:
    return quiz_of(content).questions


def test_the_sample_has_a_question_of_every_kind(questions: tuple[Question[Wording], ...]) -> None:
    assert {type(question) for question in questions} == set(KINDS.values())


def test_wordings_take_turns(questions: tuple[Question[Wording], ...]) -> None:
    prompts = [questions[0].wording(attempt).prompt for attempt in range(ATTEMPTS)]
    assert prompts == ["Why is `W` frozen?", "What makes LoRA cheap?"]


def test_the_order_of_choices_is_the_same_on_every_machine(questions: tuple[Question[Wording], ...]) -> None:
    assert isinstance(questions[1], ChoiceQuestion)
    orders = ["".join(choice.id for choice in questions[1].shown_choices(attempt)) for attempt in range(ATTEMPTS)]
    assert orders == ["bawe", "waeb"]  # by widgets/core/draws.py; readers see another order if this changes


def test_every_choice_is_shown_once(questions: tuple[Question[Wording], ...]) -> None:
    for question in questions[:2]:
        assert isinstance(question, ChoiceQuestion)
        for attempt in range(ATTEMPTS):
            shown = [choice.id for choice in question.shown_choices(attempt)]
            assert sorted(shown) == sorted(choice.id for choice in question.wording(attempt).choices)


def test_one_right_choice_gives_the_point(questions: tuple[Question[Wording], ...]) -> None:
    question = questions[0]
    assert question.grade(0, ("fewer",)).points == 1
    assert question.grade(0, ("data",)).points == 0
    assert question.grade(0, ("data",)).missed == ("fewer",)


def test_several_choices_give_the_point_only_all_together(questions: tuple[Question[Wording], ...]) -> None:
    question = questions[1]
    ids = ("a", "b", "w", "e")
    for chosen in chain.from_iterable(combinations(ids, size) for size in range(1, 5)):
        result = question.grade(0, chosen)
        assert result.points == (set(chosen) == {"a", "b"})
        assert set(result.missed) == {"a", "b"} - set(chosen)
        assert set(result.wrong) == set(chosen) - {"a", "b"}


def test_no_answer_is_no_wrong_answer(questions: tuple[Question[Wording], ...]) -> None:
    for question in questions:
        assert question.field.parse("") == ()
        assert not question.grade(0, ()).is_answered


def test_a_choice_of_the_other_wording_counts_as_no_answer(questions: tuple[Question[Wording], ...]) -> None:
    assert not questions[0].grade(0, ("bits",)).is_answered
    assert questions[0].grade(1, ("bits",)).is_answered


def test_a_near_miss_is_wrong_but_known(questions: tuple[Question[Wording], ...]) -> None:
    question = questions[2]
    assert question.grade(0, ("right.wrong",)).points == 1
    assert question.grade(0, ("near-1.wrong",)).near == 1
    assert question.grade(0, ("near-1.wrong",)).points == 0
    assert question.grade(1, ("wrong.right",)).points == 1
    assert question.grade(0, ("wrong.right",)).points == 0
