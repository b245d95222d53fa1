"""What the RLHF lab and the DPO lab share: where they start from, the reader's votes, and a simulated rater.

The reader votes on the pairs of `pairs`; the simulated rater on answers that are sampled anew for each run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations

from widgets.core.fields import FieldError, Fields, Hidden, Number, Real, Select
from widgets.gallery.labs.pairs import DrawnPairs, stock
from widgets.world import STYLES, Comparison, PreferencePair, Style, check_answer
from widgets.world import Vote as Choice

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

Vote = tuple[str, Choice]
"""Id of a pair, and the choice."""

_CHOICES: Mapping[str, Choice] = {"a": "a", "b": "b", "tie": "tie"}
_ITEM = re.compile(r"([0-9a-f]{6}):(a|b|tie)")


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
        return tuple((item[1], _CHOICES[item[2]]) if item else ("", "tie") for item in found)


def vote_fields() -> Fields:
    """Give the starting model, the simulated rater, the reader's votes and new pairs, and whether all is deleted."""
    return (
        Select(
            "start",
            "The starting model",
            "course",
            help="The course's gives all three styles. Your own is the last one of lesson 2; train it on mixed styles.",
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
    )


def own_preferences(votes: Sequence[Vote], drawn: Sequence[Comparison]) -> list[PreferencePair]:
    """Turn the reader's votes into preference data; ties and votes on pairs that are no more are left out.

    Args:
        votes: The votes.
        drawn: The pairs that were sampled in the reader's tab; votes on recorded pairs count in any case.
    """
    known = {pair.pair_id: pair for pair in (*stock(), *drawn)}
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
