"""Features are what a reader can count, and the pairs of the course let a model tell them apart."""

from __future__ import annotations

import math

import pytest

from widgets.gallery.human_rater.features import FEATURES, difference, measure
from widgets.site.sources.content import load_content

PAIRS = load_content("human-rater")["pairs"]
GAPS = [difference(pair["a"], pair["b"]) for pair in PAIRS]


def value(name: str, text: str) -> float:
    return measure(text)[[feature.name for feature in FEATURES].index(name)]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("length", "one two three", 2),
        ("length", "", 0),
        ("list", "- one\n- two", 1),
        ("list", "1. one\n2. two", 1),
        ("list", "- one", 0),
        ("examples", "Fruit, for example apples, such as these.", 2),
        ("numbers", "1. take 2 eggs at 15:30 and 3.5 spoons", 3),
        ("numbers", "10 20 30 40 50", 3),
        ("reasons", "Because it is, and since it must.", 2),
        ("hedging", "Perhaps it might; it depends.", 3),
        ("hedging", "In the month of Mayhem", 0),
        ("politeness", "Please, and thank you.", 2),
        ("warmth", "Don’t worry!", 2),
        ("opening", "Great question! It is so.", 1),
        ("opening", "Surely not.", 0),
        ("asking back", "What? Why?", 2),
    ],
)
def test_a_feature_counts_what_it_says(name: str, text: str, expected: float) -> None:
    assert value(name, text) == expected


def test_a_doubled_length_is_one_more() -> None:
    assert value("length", "word " * 31) - value("length", "word " * 15) == 1


def test_more_in_answer_a_is_a_positive_difference() -> None:
    assert difference("Because it is long, 1 2 3.", "No.")[0] > 0
    assert difference("No.", "Because it is long, 1 2 3.")[0] < 0


def test_swapping_the_answers_turns_the_difference_round() -> None:
    for pair, gap in zip(PAIRS, GAPS, strict=True):
        assert difference(pair["b"], pair["a"]) == tuple(-value for value in gap)


def test_the_pairs_show_every_feature_often_and_on_both_sides() -> None:
    for position, feature in enumerate(FEATURES):
        signs = [math.copysign(1, gap[position]) for gap in GAPS if gap[position]]
        assert len(signs) >= 6, feature.name
        assert signs.count(1) >= 2, feature.name
        assert signs.count(-1) >= 2, feature.name


def test_no_two_features_always_go_together() -> None:
    def together(i: int, j: int) -> float:
        size = math.sqrt(math.fsum(gap[i] ** 2 for gap in GAPS) * math.fsum(gap[j] ** 2 for gap in GAPS))
        return math.fsum(gap[i] * gap[j] for gap in GAPS) / size

    for i in range(len(FEATURES)):
        for j in range(i):
            assert abs(together(i, j)) < 0.6, (FEATURES[i].name, FEATURES[j].name)


def test_every_pair_differs_in_several_features() -> None:
    for pair, gap in zip(PAIRS, GAPS, strict=True):
        assert sum(1 for value in gap if abs(value) > 0.3) >= 2, pair["id"]


def test_the_longer_answer_is_as_often_a_as_b() -> None:
    longer = sum(gap[0] > 0 for gap in GAPS)
    assert abs(longer - len(GAPS) / 2) <= 3
