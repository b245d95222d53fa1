"""What the scripts of the RLHF and the DPO lab begin with: the starting model and all votes, the reader's included."""

from __future__ import annotations

import json
from collections.abc import Sequence

from widgets.core.widget import View
from widgets.gallery.labs.voting.votes import VOTE_SETTINGS, own_preferences
from widgets.world import PreferencePair

DEPENDS_ON = (*VOTE_SETTINGS, "votes", "drawn")
"""The fields of which the lines below are a function."""

_OWN_MODEL = (
    "# The lab began with your own model, which stays in the browser; the course's SFT model takes its place.\n"
)
_NO_VOTES = "votes = []  # Nothing to train on: vote in the lab, or let its simulated rater add some votes.\n"


def imports(view: View, lines: Sequence[str], names: Sequence[str] = ()) -> str:
    """Write the imports of a script, those that the lines of `start` need included.

    Args:
        view: The lab's view.
        lines: The lab's own imports.
        names: What the lab needs of ``widgets.world``.
    """
    has_own, has_simulated = bool(_own(view)), bool(view.values["simulated_votes"])
    words = {
        *names,
        *(("PreferencePair", "questions") if has_own else ()),
        *(("SimulatedRater",) if has_simulated else ()),
    }
    world = [f"from widgets.world import {', '.join(sorted(words))}"] if words else []
    votes = ["from widgets.recipes.votes import simulated_votes"] if has_simulated else []
    return "\n".join(sorted([*lines, *world, *votes]))


def start(view: View) -> str:
    """Write the lines of a program that make the starting model and all votes on which the next run trains."""
    note = _OWN_MODEL if view.values["start"] == "own" else ""
    return f"""{note}start = sft.fine_tuned("mixed")

{_own_votes(view)}{_simulated(view)}"""


def _own(view: View) -> list[PreferencePair]:
    return own_preferences(view.values["votes"], view.values["drawn"])


def _own_votes(view: View) -> str:
    """Write the reader's own votes, one a line."""
    own = _own(view)
    if not own:
        return "" if view.values["simulated_votes"] else _NO_VOTES
    rows = "\n".join(
        f"    PreferencePair(asked[{_text(vote.question.text)}], chosen={_text(vote.chosen)}, "
        f"rejected={_text(vote.rejected)}),"
        for vote in own
    )
    return f"""asked = {{question.text: question for question in questions("train")}}
votes = [  # your own
{rows}
]
"""


def _simulated(view: View) -> str:
    value = view.values
    if not value["simulated_votes"]:
        return ""
    taste = ", ".join(_text(style) for style in value["taste"].split("-"))
    sign = "+=" if _own(view) else "="
    return f"""rater = SimulatedRater(taste=({taste}), noise={value["noise"]:g}, seed={value["seed"]})
votes {sign} simulated_votes(start, rater, {value["simulated_votes"]}, seed={value["seed"]})
"""


def _text(text: str) -> str:
    """Write a text as Python does, in double quotes."""
    return json.dumps(text, ensure_ascii=False)
