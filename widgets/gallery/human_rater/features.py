"""What the human rater's model sees of an answer: a handful of features that a reader can check by eye.

None of them knows whether an answer is true. That is the point: a reward model rewards what it can see.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

POLITE = (
    "please",
    "thank you",
    "thanks",
    "sorry",
    "kindly",
    "kind",
    "glad",
    "gladly",
    "feel free",
    "welcome",
    "pleasure",
)
WARM = (
    "don't worry", "you can do", "you've got this", "enjoy", "lovely", "love", "happy", "normal", "poor", "care",
    "hurts", "well done", "good luck", "have fun", "proud", "congratulations",
)  # fmt: skip
HEDGES = (
    "probably", "perhaps", "maybe", "might", "may", "possibly", "i think", "as far as i know", "seem", "seems",
    "depends", "often", "usually", "likely", "opinions differ", "not sure", "for certain",
)  # fmt: skip
EXAMPLES = ("for example", "for instance", "such as", "imagine", "e.g.")
REASONS = ("because", "since", "so that", "which is why", "therefore", "the reason")
OPENINGS = (
    "great question", "good question", "of course", "certainly", "sure", "absolutely", "thank you", "thanks", "well",
    "oh no", "i am glad to help", "happy to help",
)  # fmt: skip
LIST_MARK = re.compile(r"(?:-|\d+\.) ")
"""How an item of a list begins."""
MOST = 3
"""Counts above this are cut off, so that one answer full of a word does not drown everything else."""


def count_phrases(text: str, phrases: tuple[str, ...]) -> int:
    """Count how often any of the phrases stands in a text as whole words, whatever their case.

    >>> count_phrases("Please, please wait. Displeased?", ("please",))
    2
    """
    written = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
    return len(re.findall(rf"(?<!\w)(?:{written})(?!\w)", text.lower().replace("’", "'")))


def list_items(text: str) -> int:
    """Count the lines that begin with ``- `` or with a number and a point."""
    return sum(1 for line in text.split("\n") if LIST_MARK.match(line))


def _length(text: str) -> float:
    return math.log2(len(text.split()) + 1)


def _numbers(text: str) -> float:
    without_list_numbers = re.sub(r"^\d+\. ", "", text, flags=re.MULTILINE)
    return float(min(len(re.findall(r"\d+(?:[.:,]\d+)*", without_list_numbers)), MOST))


def _opening(text: str) -> float:
    start = text.lower().lstrip()
    return float(any(re.match(rf"{re.escape(phrase)}(?!\w)", start) for phrase in OPENINGS))


def _warmth(text: str) -> float:
    return float(min(count_phrases(text, WARM) + text.count("!"), MOST))


def _counter(phrases: tuple[str, ...]) -> Callable[[str], float]:
    return lambda text: float(min(count_phrases(text, phrases), MOST))


@dataclass(frozen=True)
class Feature:
    """One visible property of an answer.

    Attributes:
        name: Short name.
        counts: What is measured, in words.
        one_more: What a difference of 1 is, in words; continues "for".
        more, less: What a reader with a positive or a negative weight prefers; continue "you prefer".
        measure: Text of an answer → the feature's value.
    """

    name: str
    counts: str
    one_more: str
    more: str
    less: str
    measure: Callable[[str], float]


FEATURES = (
    Feature("length", "number of words, on a scale of doublings", "each doubling of the length",
            "longer answers", "shorter answers", _length),
    Feature("list", "1 for an answer with a list, else 0", "a list",
            "answers with a list", "running text", lambda text: float(list_items(text) >= 2)),
    Feature("examples", "“for example”, “for instance”, “imagine” …", "each example",
            "answers with examples", "answers without examples", _counter(EXAMPLES)),
    Feature("numbers", "numbers written in digits", "each number",
            "answers with numbers", "answers without numbers", _numbers),
    Feature("reasons", "“because”, “since”, “so that” …", "each reason",
            "answers that give reasons", "answers without reasons", _counter(REASONS)),
    Feature("hedging", "“perhaps”, “might”, “it depends” …", "each hedge",
            "careful wording", "firm wording", _counter(HEDGES)),
    Feature("politeness", "“please”, “thank you”, “glad” …", "each polite word",
            "polite words", "no polite words", _counter(POLITE)),
    Feature("warmth", "“don't worry”, “enjoy” …, and exclamation marks", "each warm word or exclamation mark",
            "a warm tone", "a sober tone", _warmth),
    Feature("opening", "1 for a start such as “Great question!”, else 0", "such a start",
            "a friendly start", "answers that come to the point", _opening),
    Feature("asking back", "question marks", "each question",
            "answers that ask back", "answers that ask nothing",
            lambda text: float(min(text.count("?"), MOST))),
)  # fmt: skip


@lru_cache(maxsize=1024)
def measure(text: str) -> tuple[float, ...]:
    """Measure all features of an answer, rounded so that every platform gives the same.

    Returns:
        One value for each of ``FEATURES``, shape (features,).
    """
    return tuple(round(feature.measure(text), 6) for feature in FEATURES)


def difference(answer_a: str, answer_b: str) -> tuple[float, ...]:
    """Give the features of answer A less those of answer B, shape (features,)."""
    return tuple(round(a - b, 6) for a, b in zip(measure(answer_a), measure(answer_b), strict=True))
