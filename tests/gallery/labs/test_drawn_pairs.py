"""New pairs of answers, sampled in the tab from the starting model, to vote on and to train on."""

from __future__ import annotations

import json
import re
from itertools import count

import pytest

from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.rlhf.view import ppo_runs_field
from widgets.gallery.labs.voting import starting
from widgets.gallery.labs.voting.pairs import MOST_DRAWN, DrawnPairs, as_text, pair_to_show, stock
from widgets.gallery.registry import get_widget
from widgets.recipes import sft
from widgets.world import Comparison, check_answer
from widgets.world.model import base_model

WIDGET = get_widget("rlhf-lab")
START = default_state(WIDGET.fields_of({}))
FIELD = DrawnPairs("drawn", "The sampled pairs", "")


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    return dict(render_parts(WIDGET, view_of(WIDGET, "rlhf-lab", {}, {**START, **changes})))


def run(action: str, **changes: str) -> tuple[dict[str, str], dict[str, str]]:
    """Run the lab; give what it leaves and the last HTML of every part."""
    assert WIDGET.run
    left: dict[str, str] = {}
    shown: dict[str, str] = {}
    for step in WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, {**START, **changes}), action):
        left |= step.fields
        shown |= step.parts
    return left, shown


def others(number: int) -> list[Comparison]:
    """Make pairs that are not among the recorded ones: their answers change places."""
    return [Comparison(pair.question, pair.response_b, pair.response_a) for pair in stock()[:number]]


def drawn_with(known: set[str]) -> list[Comparison]:
    """Draw from the base model, which answers at random."""
    return list(starting.draw_pairs(base_model(), 1, known))[-1][: starting.DRAWN_AT_ONCE]


@pytest.fixture(autouse=True)
def same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the same on every run of the tests: 1 the first time in a test, then 2, …"""
    numbers = count(1)
    monkeypatch.setattr(starting.os, "urandom", lambda size: next(numbers).to_bytes(size, "little"))


@pytest.fixture
def no_own_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that no other test has left a model."""
    monkeypatch.setattr(trained_models, "recall", lambda lab: None)


@pytest.fixture
def own_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a model of the reader's on the shelf: fine-tuned for a while on full answers only."""
    model = sft.fine_tuned("full", sft.SFTConfig(steps=60))
    monkeypatch.setattr(trained_models, "recall", lambda lab: {"sft-lab": model}.get(lab))


def test_new_pairs_are_sampled_from_the_starting_model_and_shown_first() -> None:
    left, shown = run("draw")
    pairs = FIELD.parse(left["drawn"])
    assert len(pairs) == starting.DRAWN_AT_ONCE
    assert all(pair.response_a != pair.response_b for pair in pairs)
    styles = [check_answer(pair.question.fact, pair.response_a).style for pair in pairs]
    assert sum(style is not None for style in styles) >= len(pairs) // 2  # most of what it samples is an answer
    assert "New pair 1 of 8" in shown["pair"]
    assert "here in your tab" in shown["pair"]
    assert f'data-append="votes={pairs[0].pair_id}:a"' in shown["pair"]
    again, _ = run("draw")
    assert again["drawn"] != left["drawn"]  # other questions, other answers


def test_a_known_pair_is_not_drawn_again() -> None:
    first = drawn_with(set())
    known = {first[0].pair_id, first[3].pair_id}
    again = drawn_with(known)
    assert len(again) == len(first) == starting.DRAWN_AT_ONCE
    assert not known & {pair.pair_id for pair in again}


def test_votes_on_new_pairs_are_counted_and_the_recorded_ones_come_after_them() -> None:
    drawn = others(2)
    votes = [f"{stock()[0].pair_id}:a", *(f"{pair.pair_id}:b" for pair in drawn)]
    kept = as_text(drawn)
    assert "New pair 1 of 2" in render(drawn=kept, votes=votes[0])["pair"]
    assert "New pair 2 of 2" in render(drawn=kept, votes=",".join(votes[:2]))["pair"]
    parts = render(drawn=kept, votes=",".join(votes))
    assert "Pair 2 of 60" in parts["pair"]
    assert '<data value="3" data-metric="own_votes">' in parts["votes"]
    assert "ties left out" not in parts["votes"]


def test_new_pairs_replace_those_without_a_vote_and_keep_the_others() -> None:
    drawn = others(4)
    left, _ = run("draw", drawn=as_text(drawn), votes=f"{drawn[1].pair_id}:a")
    pairs = FIELD.parse(left["drawn"])
    assert drawn[1] in pairs
    assert not {drawn[0], drawn[2], drawn[3]} & set(pairs)
    assert len(pairs) == 1 + starting.DRAWN_AT_ONCE


def test_there_is_an_end_of_new_pairs() -> None:
    drawn = others(MOST_DRAWN)
    votes = ",".join(f"{pair.pair_id}:a" for pair in drawn)
    left, shown = run("draw", drawn=as_text(drawn), votes=votes)
    assert left == {}
    assert "no room for more" in shown["notice"]


def test_deleting_the_votes_deletes_the_new_pairs() -> None:
    html = render(drawn=as_text(others(1)), votes=f"{stock()[0].pair_id}:a", asking="on")["votes"]
    sets = re.search(r'data-action="confirm-reset" data-set="([^"]*)"', html)
    assert sets
    assert set(sets[1].replace("&amp;", "&").split("&")) == {"votes=", "drawn=", "asking=off"}


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "{}",
        '[["what ?","a","b"]]',
        json.dumps([[stock()[0].question.text, "<img src=x>", "b"]]),
        json.dumps([[stock()[0].question.text, "the"]]),
        json.dumps([[stock()[0].question.text, 1, 2]]),
        json.dumps([[stock()[0].question.text, "the " * 50, "the"]]),
        json.dumps([["x"]] * 50),
        "[" * 9000,
        "x" * 20_000,
    ],
)
def test_altered_pairs_are_refused(text: str) -> None:
    parts = render(drawn=text)
    assert "start anew" in parts["problems"]
    assert "Pair 1 of 60" in parts["pair"]


def test_what_is_kept_of_pairs_can_be_read_back() -> None:
    drawn = others(MOST_DRAWN)
    assert len(as_text(drawn)) <= FIELD.max_length
    assert FIELD.parse(as_text(drawn)) == tuple(drawn)
    assert FIELD.parse("") == ()
    assert pair_to_show([], [(pair.pair_id, "a") for pair in stock()])[0] is None


@pytest.mark.usefixtures("no_own_model")
@pytest.mark.parametrize("action", ["run", "draw"])
def test_without_a_model_of_ones_own_nothing_starts_and_the_lab_says_where_to_train_one(action: str) -> None:
    left, shown = run(action, start="own")
    assert left == {}
    assert "Train one in the SFT lab" in shown["notice"]


@pytest.mark.usefixtures("own_model")
def test_ppo_starts_from_the_readers_own_model() -> None:
    drawn, _ = run("draw", start="own")
    assert FIELD.parse(drawn["drawn"])
    votes = ",".join(f"{pair.pair_id}:{'a' if place % 2 else 'b'}" for place, pair in enumerate(stock()[:6]))
    left, shown = run("run", start="own", simulated_votes="0", votes=votes, rounds="5")
    [made] = ppo_runs_field().parse(left["ppo_runs"])
    assert made.settings["start"] == "own"
    assert "starting from your own SFT model" in shown["results"]
    # It was taught full answers alone, so that is what the starting model says.
    assert not any("good question" in text for text in made.before)


@pytest.mark.usefixtures("own_model")
def test_the_script_says_that_the_readers_own_model_stays_in_the_browser() -> None:
    assert "stays in the browser" in render(start="own")["script"]
    assert "stays in the browser" not in render()["script"]


def test_cancelling_waits_for_no_more_than_one_round_of_votes() -> None:
    lab = get_widget("dpo-lab")
    assert lab.run
    steps = lab.run(view_of(lab, "dpo-lab", {}, {"simulated_votes": "60"}), "run")
    said = [step.text for step in steps]
    assert sum(1 for text in said if text.startswith("sampling answers to vote on")) >= 3
