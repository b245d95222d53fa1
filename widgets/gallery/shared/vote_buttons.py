"""The buttons under a pair of answers, the keys that press them, and the way to delete all votes."""

from __future__ import annotations

from collections.abc import Mapping

from widgets.core.html import Html, element, join
from widgets.core.widget import button

KEYS = "Keys, once you have clicked or tabbed into this box: 1 for A, 2 for B, 0 for a tie, U to undo."


def vote_buttons(pair_id: str, count: int) -> Html:
    """Build the buttons for a pair; each adds an item to the field ``votes``.

    Args:
        pair_id: The pair's id.
        count: How many votes were given before.
    """
    return element(
        "div",
        _vote("A is better", "vote-a", f"{pair_id}:a", "1"),
        _vote("Tie", "tie", f"{pair_id}:tie", "0"),
        _vote("B is better", "vote-b", f"{pair_id}:b", "2"),
        undo_button(count),
        class_="ft-buttons",
        role="group",
        aria_label="Your vote",
    )


def _vote(label: str, action: str, item: str, key: str) -> Html:
    return button(label, action, append=f"votes={item}", data_key=key, aria_keyshortcuts=key)


def undo_button(count: int) -> Html:
    """Build the button that takes the last vote back; without votes it does nothing."""
    if count == 0:
        return button("Undo", "undo", data_key="u", aria_keyshortcuts="u", aria_disabled="true")
    return button("Undo", "undo", drop="votes", data_key="u", aria_keyshortcuts="u")


def deletion(label: str, count: int, asking: bool, sets: Mapping[str, str], advice: str = "") -> Html:
    """Build the way to delete all votes; it asks first. It writes no ids.

    Args:
        label: On the button.
        count: How many votes there are, at least 1.
        asking: True while the reader is being asked, which the field ``asking`` says.
        sets: What deleting sets, beside ``asking``.
        advice: Added to the question.
    """
    votes = "1 vote" if count == 1 else f"{count} votes"
    toggle = button(label, "reset", sets={"asking": "off" if asking else "on"}, aria_expanded=str(asking).lower())
    question = None
    if asking:
        question = join(
            element("span", f"Really delete {votes}?{advice}"),
            button(f"Yes, delete {votes}", "confirm-reset", sets={**sets, "asking": "off"}),
            button("No, keep them", "keep", sets={"asking": "off"}),
        )
    return element("div", toggle, question, class_="ft-buttons", role="group", aria_label="Delete")
