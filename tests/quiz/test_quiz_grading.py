"""Wordings take turns, choices are shuffled alike for everybody, and points follow the stated rule."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from widgets.core.widget import Content
from widgets.quiz.grading import ATTEMPTS, grade, shown_choices, wording_of


def test_wordings_take_turns(content: Content) -> None:
    prompts = [wording_of(content["questions"][0], attempt)["prompt"] for attempt in range(ATTEMPTS)]
    assert prompts == ["Why is `W` frozen?", "What makes LoRA cheap?"]


def test_the_order_of_choices_is_the_same_on_every_machine(content: Content) -> None:
    orders = [
        "".join(choice["id"] for choice in shown_choices("sample", content["questions"][1], attempt))
        for attempt in range(ATTEMPTS)
    ]
    assert orders == ["abew", "abwe"]  # as CPython 3.11 shuffled them


def test_every_choice_is_shown_once(content: Content) -> None:
    for question in content["questions"][:2]:
        for attempt in range(ATTEMPTS):
            shown = [choice["id"] for choice in shown_choices("sample", question, attempt)]
            assert sorted(shown) == sorted(choice["id"] for choice in wording_of(question, attempt)["choices"])


def test_one_right_choice_gives_the_point(content: Content) -> None:
    question = content["questions"][0]
    assert grade(question, 0, ("fewer",)).points == 1
    assert grade(question, 0, ("data",)).points == 0
    assert grade(question, 0, ("data",)).missed == ("fewer",)


def test_several_choices_give_the_point_only_all_together(content: Content) -> None:
    question = content["questions"][1]
    ids = ("a", "b", "w", "e")
    for chosen in chain.from_iterable(combinations(ids, size) for size in range(1, 5)):
        result = grade(question, 0, chosen)
        assert result.points == (set(chosen) == {"a", "b"})
        assert set(result.missed) == {"a", "b"} - set(chosen)
        assert set(result.wrong) == set(chosen) - {"a", "b"}


@pytest.mark.parametrize("answer", ["", ()])
def test_no_answer_is_no_wrong_answer(content: Content, answer: str) -> None:
    for question in content["questions"]:
        assert not grade(question, 0, answer).is_answered


def test_a_choice_of_the_other_wording_counts_as_no_answer(content: Content) -> None:
    assert not grade(content["questions"][0], 0, ("bits",)).is_answered
    assert grade(content["questions"][0], 1, ("bits",)).is_answered


def test_a_near_miss_is_wrong_but_known(content: Content) -> None:
    question = content["questions"][2]
    assert grade(question, 0, "right.wrong").points == 1
    assert grade(question, 0, "near-1.wrong").near == 1
    assert grade(question, 0, "near-1.wrong").points == 0
    assert grade(question, 1, "wrong.right").points == 1
    assert grade(question, 0, "wrong.right").points == 0
