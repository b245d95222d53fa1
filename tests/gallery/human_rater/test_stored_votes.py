"""Votes as the device keeps them: what was altered by hand counts for nothing, and the rest lives."""

from __future__ import annotations

import pytest

from widgets.core.fields import FieldError
from widgets.gallery.human_rater.votes import UNREADABLE, Votes

VOTES = Votes("votes", "Votes", "", stored=True, max_length=40)


@pytest.mark.parametrize(
    "item", ["p01:a<script>", "p01:ab", " p01:a", "p01:a ", "P01:a", "p1:a", "p01", "p01:", ":a", "p01:c", ""]
)
def test_an_item_that_is_not_exactly_a_vote_is_none_and_the_others_live(item: str) -> None:
    assert VOTES.parse(f"p01:a,{item},p02:tie") == (("p01", "a"), UNREADABLE, ("p02", "tie"))


def test_votes_keep_their_order_and_far_too_many_are_refused() -> None:
    assert VOTES.parse("p03:b,p01:skip") == (("p03", "b"), ("p01", "skip"))
    assert VOTES.parse("") == ()
    with pytest.raises(FieldError, match="too long"):
        VOTES.parse(",".join(["p01:a"] * 7))
