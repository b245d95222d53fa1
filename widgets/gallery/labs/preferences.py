"""The votes that the RLHF lab and the DPO lab share: pairs of sampled answers, the reader's votes, a simulated rater.

The pairs were sampled from the tiny model after fine-tuning on all three styles, and are kept in
``widgets/data/recorded/preferences.json``, so that the first vote needs no Python. The simulated rater votes on
answers that are sampled anew for each run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources

from widgets.core.fields import Field, FieldError, Hidden, Number, Select
from widgets.data.world import STYLES, PreferencePair, Question, Style, check_answer, questions

PLACE = "lab/preferences"
"""Both labs keep their fields under this name, so a vote given in one is there in the other."""

MOST_VOTES = 400
TASTES = {
    "friendly-full-terse": "friendly, then full, then terse",
    "full-terse-friendly": "full, then terse, then friendly",
    "terse-full-friendly": "terse, then full, then friendly",
}
VOTE_SETTINGS = ("simulated_votes", "taste", "noise", "seed")
"""Together with the reader's own votes, these decide what is trained on."""

Vote = tuple[str, str]
"""Id of a pair, and ``a``, ``b`` or ``tie``."""

_ITEM = re.compile(r"([0-9a-f]{6}):(a|b|tie)")


@dataclass(frozen=True)
class Pair:
    """Two answers that the tiny model gave to one question.

    Attributes:
        pair_id: Six hexadecimal digits that depend on the texts, so that a kept vote never counts for another pair.
        question: What was asked.
        response_a: One answer, ``<eos>`` included if it was written.
        response_b: The other one.
    """

    pair_id: str
    question: Question
    response_a: str
    response_b: str

    def preference(self, choice: str) -> PreferencePair | None:
        """Turn a vote into a row of preference data; a tie gives none."""
        if choice == "tie":
            return None
        better, worse = (self.response_a, self.response_b) if choice == "a" else (self.response_b, self.response_a)
        return PreferencePair(self.question, better, worse)


def pair_of(question: Question, response_a: str, response_b: str) -> Pair:
    """Make a pair, with its id."""
    text = f"{question.text}\n{response_a}\n{response_b}"
    return Pair(sha256(text.encode()).hexdigest()[:6], question, response_a, response_b)


@cache
def stock() -> tuple[Pair, ...]:
    """Give the recorded pairs, in the order in which the reader sees them."""
    text = resources.files("widgets.data.recorded").joinpath("preferences.json").read_text(encoding="utf-8")
    asked = {question.text: question for question in questions("train")}
    return tuple(pair_of(asked[question], a, b) for question, a, b in json.loads(text)["pairs"])


@dataclass(frozen=True)
class Votes(Hidden):
    """The reader's votes in their order, for example ``1f00aa:a,99e01b:tie``."""

    stored: bool = True
    max_length: int = 20 * MOST_VOTES

    def parse(self, text: str) -> tuple[Vote, ...]:  # type: ignore[override]
        """Return the votes; an item that is none (a storage altered by hand) is left out of what is trained on.

        Raises:
            FieldError: There are far too many.
        """
        if len(text) > self.max_length:
            raise FieldError("The kept votes are too long to be read; they start anew")
        found = [_ITEM.fullmatch(item) for item in text.split(",")] if text else []
        return tuple((item[1], item[2]) if item else ("", "tie") for item in found)


def vote_fields() -> tuple[Field, ...]:
    """Give the fields of the simulated rater, then the reader's votes and whether they are about to be deleted."""
    return (
        Number(
            "simulated_votes",
            "Simulated votes to add",
            "20",
            help="From a rater that is a rule, not a person. 0 trains on your votes alone.",
            minimum=0,
            maximum=200,
            slider="linear",
            step=10,
            stops=("0", "60"),
        ),
        Select(
            "taste",
            "The simulated rater prefers",
            "friendly-full-terse",
            help="A wrong answer comes last, whatever its style.",
            options=tuple(TASTES.items()),
        ),
        Number(
            "noise",
            "… and errs with probability",
            "0",
            help="0.5 is a coin toss.",
            minimum=0,
            maximum=0.5,
            whole=False,
            slider="linear",
            step=0.05,
        ),
        Votes("votes", "Your votes", ""),
        Hidden("asking", "The question before deleting", "off", pattern="on|off"),
    )


def own_preferences(votes: Sequence[Vote]) -> list[PreferencePair]:
    """Turn the reader's votes into preference data; ties and votes on pairs that are no more are left out."""
    known = {pair.pair_id: pair for pair in stock()}
    rows = [known[pair_id].preference(choice) for pair_id, choice in votes if pair_id in known]
    return [row for row in rows if row is not None]


def taste_of(votes: Sequence[PreferencePair]) -> tuple[Style, ...]:
    """Order the styles by how often an answer in them was preferred, among the times it was to choose from."""
    won, seen = dict.fromkeys(STYLES, 0), dict.fromkeys(STYLES, 0)
    for vote in votes:
        for text, points in ((vote.chosen, 1), (vote.rejected, 0)):
            style = check_answer(vote.question.fact, text).style
            if style is not None:
                won[style] += points
                seen[style] += 1
    share = {style: won[style] / seen[style] if seen[style] else 0.5 for style in STYLES}
    return tuple(sorted(STYLES, key=lambda style: -share[style]))


def judged_taste(votes: Sequence[PreferencePair], own: int, taste: str) -> tuple[Style, ...]:
    """Give the order of styles by which a trained model is judged.

    Args:
        votes: All votes that it was trained on.
        own: How many of them are the reader's; if none, the simulated rater's taste is known and need not be guessed.
        taste: The simulated rater's, as in `TASTES`.
    """
    named: tuple[Style, ...] = tuple(style for name in taste.split("-") for style in STYLES if style == name)
    return taste_of(votes) if own else named


def vote_set(state: Mapping[str, str]) -> str:
    """Name a set of votes in eight hexadecimal digits: two runs with the same name were trained on the same votes."""
    text = "\n".join(state[name] for name in ("votes", *VOTE_SETTINGS))
    return sha256(text.encode()).hexdigest()[:8]
