"""The fields of labs that train on votes: where they start from, the reader's votes, and a simulated rater.

The reader votes on the comparisons of `pairs`; the simulated rater on answers that are sampled anew for each run. A
**vote** is what the reader gave; what is trained on is a **preference pair**, from a vote or from the rater alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations
from typing import NamedTuple

from widgets.core.fields import FieldError, Fields, Hidden, HiddenValue, Number, Real, Select
from widgets.gallery.labs import controls
from widgets.gallery.labs.runs import Runs
from widgets.gallery.labs.voting.pairs import DrawnPairs, stock
from widgets.world import STYLES, Choice, Comparison, PreferencePair, Style, check_answer

PLACE = "lab/preferences"
"""Both labs keep their fields under this name, so a vote given in one is there in the other."""

MOST_VOTES = 400
TASTES = {"-".join(order): ", then ".join(order) for order in permutations(("friendly", "full", "terse"))}
"""Every order of the styles, and its name for the reader."""

STARTS = {
    "course": "the course's SFT model",
    "own": "my own model from the SFT lab",
}
VOTE_SETTINGS = ("start", "simulated_votes", "taste", "noise", "seed")
"""Together with the reader's own votes, these decide what is trained, and on what."""

NUMBERS = ("simulated_votes", "noise", "seed", "learning_rate")
WORDS = ("start", "taste", "method", "judged_by", "vote_set")
"""Settings of every run: its votes, how it learned, and the order of styles by which it is judged."""

FIGURES = ("preferred_share", "wrong_share", "held_out_accuracy", "win_rate", "kl_nats", "train_seconds", "votes")
"""What every run reports, by the name of its metric; shares from 0 to 1."""

MOST_RUNS = 4
"""They hold several curves and the answers before and after."""


class Vote(NamedTuple):
    """What the reader gave: the id of a comparison, and the choice."""

    pair_id: str
    choice: Choice


_CHOICES: Mapping[str, Choice] = {"a": "a", "b": "b", "tie": "tie"}
_ITEM = re.compile(r"([0-9a-f]{6}):(a|b|tie)")


@dataclass(frozen=True)
class Votes(HiddenValue[tuple[Vote, ...]]):
    """The reader's votes in their order, for example ``1f00aa:a,99e01b:tie``."""

    stored: bool = True
    max_length: int = 20 * MOST_VOTES

    def parse(self, text: str) -> tuple[Vote, ...]:
        """Return the votes; an item that is none (a storage altered by hand) is left out of what is trained on.

        Raises:
            FieldError: There are far too many.
        """
        if len(text) > self.max_length:
            raise FieldError("The kept votes are too long to be read; they start anew")
        found = [_ITEM.fullmatch(item) for item in text.split(",")] if text else []
        return tuple(Vote(item[1], _CHOICES[item[2]]) if item else Vote("", "tie") for item in found)


def vote_fields() -> Fields:
    """Give the starting model, the simulated rater, the reader's votes and new pairs, and whether all is deleted."""
    return (
        Select(
            "start",
            "The starting model",
            "course",
            help="The course's gives all three styles. Your own is the SFT lab's last one; train it on mixed styles.",
            options=tuple(STARTS.items()),
        ),
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
        Real(
            "noise",
            "… and errs with probability",
            "0",
            help="0.5 is a coin toss.",
            minimum=0,
            maximum=0.5,
            slider="linear",
            step=0.05,
        ),
        Votes("votes", "Your votes", ""),
        DrawnPairs("drawn", "The sampled pairs", ""),
        Hidden("asking", "The question before deleting", "off", pattern="on|off"),
        controls.deleting(),
    )


def runs_field(
    name: str, label: str, curves: tuple[str, ...], numbers: tuple[str, ...], figures: tuple[str, ...] = ()
) -> Runs:
    """Give the field with the reader's runs of a method.

    Args:
        name: The field's name.
        label: What the runs are called.
        curves: The curves that every run has.
        numbers: The method's own settings.
        figures: The method's own figures.
    """
    return Runs(
        name,
        label,
        "",
        most_items=MOST_RUNS,
        numbers=(*NUMBERS, *numbers),
        words=WORDS,
        figures=(*FIGURES, *figures),
        curves=curves,
        has_answers=True,
    )


def own_preferences(votes: Sequence[Vote], drawn: Sequence[Comparison]) -> list[PreferencePair]:
    """Turn the reader's votes into preference pairs; ties and votes on pairs that are no more are left out.

    Args:
        votes: The votes.
        drawn: The pairs that were sampled in the reader's tab; votes on recorded pairs count in any case.
    """
    known = {pair.pair_id: pair for pair in (*stock(), *drawn)}
    chosen = [known[vote.pair_id].preference(vote.choice) for vote in votes if vote.pair_id in known]
    return [preference for preference in chosen if preference is not None]


def taste_of(preferences: Sequence[PreferencePair]) -> tuple[Style, ...]:
    """Order the styles by how often an answer in them was preferred, among the times it was to choose from."""
    won, seen = dict.fromkeys(STYLES, 0), dict.fromkeys(STYLES, 0)
    for preference in preferences:
        for text, points in ((preference.chosen, 1), (preference.rejected, 0)):
            style = check_answer(preference.question.fact, text).style
            if style is not None:
                won[style] += points
                seen[style] += 1
    share = {style: won[style] / seen[style] if seen[style] else 0.5 for style in STYLES}
    return tuple(sorted(STYLES, key=lambda style: -share[style]))


def judged_taste(preferences: Sequence[PreferencePair], own: int, taste: str) -> tuple[Style, ...]:
    """Give the order of styles by which a trained model is judged.

    Args:
        preferences: All pairs that it was trained on.
        own: How many of them are the reader's; if none, the simulated rater's taste is known and need not be guessed.
        taste: The simulated rater's, as in `TASTES`.
    """
    named: tuple[Style, ...] = tuple(style for name in taste.split("-") for style in STYLES if style == name)
    return taste_of(preferences) if own else named


def vote_set(state: Mapping[str, str], own_digest: str = "") -> str:
    """Name a set of votes in eight hexadecimal digits.

    Two runs with the same name began with the same model and were trained on the same votes.

    Args:
        state: The text of each field.
        own_digest: Which model the run began with, if it is the reader's own: another one gives other answers to the
            simulated rater. The course's is always the same.
    """
    text = "\n".join([*(state[name] for name in ("votes", *VOTE_SETTINGS)), *([own_digest] if own_digest else [])])
    return sha256(text.encode()).hexdigest()[:8]
