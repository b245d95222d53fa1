"""Predictions come before votes, are scored honestly, and everything prepared equals what Python says."""

from __future__ import annotations

import json
import math
import random
import re
from html import unescape
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.core.frame import render_frame
from widgets.core.precompute import cold_answers, cold_key, dependency_defaults, dependency_text
from widgets.core.widget import render_parts, view_of
from widgets.gallery.human_rater.bradley_terry import (
    PRIOR_STRENGTH,
    bradley_terry_fit,
    bradley_terry_probability,
)
from widgets.gallery.human_rater.features import FEATURES, difference
from widgets.gallery.human_rater.predictions import Prediction, fit, past_predictions, predict, score
from widgets.gallery.human_rater.vote_files import from_jsonl, to_jsonl
from widgets.gallery.human_rater.votes import rated_pairs
from widgets.gallery.human_rater.widget import WIDGET, fields
from widgets.site.sources.content import load_content

CONTENT = load_content("human-rater")
PAIRS = CONTENT["pairs"]
IDS = [pair["id"] for pair in PAIRS]
CHOICES = st.lists(st.sampled_from(["a", "b", "tie"]), max_size=len(PAIRS))

COLD = cold_answers(WIDGET, "human-rater", CONTENT)


def votes_text(choices: list[str]) -> str:
    return ",".join(f"{pair_id}:{choice}" for pair_id, choice in zip(IDS, choices, strict=False))


def rendered(**state: str) -> dict[str, str]:
    return dict(render_parts(WIDGET, view_of(WIDGET, "human-rater", CONTENT, state)))


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def voted(choices: list[str]) -> list[tuple[dict[str, str], str]]:
    return list(zip(PAIRS, choices, strict=False))


def taste(position: int) -> list[str]:
    """Vote as somebody who looks at one feature only."""
    gaps = [difference(pair["a"], pair["b"])[position] for pair in PAIRS]
    return ["tie" if gap == 0 else "a" if gap > 0 else "b" for gap in gaps]


def test_there_are_about_two_dozen_pairs() -> None:
    assert len(PAIRS) >= 24


@given(CHOICES, st.data())
@settings(max_examples=25, deadline=None)
def test_a_prediction_uses_earlier_votes_only(choices: list[str], data: st.DataObject) -> None:
    known = past_predictions(voted(choices))
    cut = data.draw(st.integers(0, len(choices)))
    other = choices[:cut] + ["b" if choice == "a" else "a" for choice in choices[cut:]]
    changed = past_predictions(voted(other))
    for one, another in zip(known[:cut], changed[:cut], strict=True):
        assert one.probability == another.probability


def test_there_is_no_prediction_before_the_first_vote() -> None:
    assert past_predictions(voted(["a"])) == []
    assert "has not seen a vote" in plain(rendered()["prediction"])
    assert "prediction_probability" not in rendered()["prediction"]
    assert "prediction_probability" in rendered(votes=votes_text(["a"]))["prediction"]


@pytest.mark.parametrize("position", range(len(FEATURES)))
def test_a_plain_taste_is_learned_with_the_right_sign(position: int) -> None:
    weights = fit(voted(taste(position)))
    assert weights[position] == max(weights, key=abs)
    assert weights[position] > 0.4


def test_what_was_learned_is_said_in_words() -> None:
    longer = ["a" if len(pair["a"].split()) > len(pair["b"].split()) else "b" for pair in PAIRS]
    unlike = [abs(difference(pair["a"], pair["b"])[0]) for pair in PAIRS]  # in length
    place = max(range(len(PAIRS) // 2, len(PAIRS)), key=unlike.__getitem__)
    parts = rendered(votes=votes_text(longer[:place]))
    assert "you prefer longer answers: each doubling of the length multiplies the odds by" in plain(parts["learned"])
    side = longer[place].upper()
    assert f"You will pick answer {side}" in plain(parts["prediction"])
    assert re.search(rf"What counts most: .*length \(\+\d\.\d\d for {side}\)", plain(parts["prediction"]))


def test_a_plain_taste_is_foreseen_better_than_by_a_coin() -> None:
    scores = [score(past_predictions(voted(taste(position)))) for position in range(len(FEATURES))]
    hits, decided = math.fsum(one.hits for one in scores), sum(one.decided for one in scores)
    assert hits / decided > 0.65


def foreseen(strength: float, planted: list[float], seed: str) -> float:
    """Let a simulated reader vote on all pairs; return the mean log loss of the predictions, in nats."""
    chance = random.Random(seed)
    gaps = [difference(pair["a"], pair["b"]) for pair in PAIRS]
    votes = [float(chance.random() < bradley_terry_probability(planted, gap)) for gap in gaps]
    losses = []
    for count in range(1, len(PAIRS)):
        weights = bradley_terry_fit(gaps[:count], votes[:count], strength)
        probability = bradley_terry_probability(weights, gaps[count])
        losses.append(-math.log(probability if votes[count] else 1 - probability))
    return math.fsum(losses) / len(losses)


def test_the_prior_foresees_simulated_readers_best() -> None:
    chance = random.Random("tastes")
    tastes = [[chance.choice([-1.5, 0.0, 1.5]) for _ in FEATURES] for _ in range(12)]
    losses = {
        strength: math.fsum(foreseen(strength, taste, f"reader {n}") for n, taste in enumerate(tastes)) / len(tastes)
        for strength in (0.5, PRIOR_STRENGTH, 8.0)
    }
    assert min(losses, key=lambda strength: losses[strength]) == PRIOR_STRENGTH
    assert losses[PRIOR_STRENGTH] < 0.6 < math.log(2)


def test_the_score_worked_out_by_hand() -> None:
    pair = PAIRS[0]
    made = [Prediction(pair, (), p, choice) for p, choice in [(0.8, "a"), (0.6, "b"), (0.5, "a"), (0.9, "tie")]]
    result = score(made)
    assert (result.decided, result.ties, result.hits) == (3, 1, 1.5)
    assert result.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.4) + math.log(0.5)) / 3, abs=1e-9)
    assert result.chance_of_coin == pytest.approx(7 / 8)  # at least 1 of 3 tosses


def test_a_coin_beats_nobody_who_is_always_wrong() -> None:
    result = score([Prediction(PAIRS[0], (), 0.9, "b")] * 5)
    assert (result.hits, result.chance_of_coin) == (0, 1)


def test_ties_teach_indifference() -> None:
    assert fit(voted(["tie"] * len(PAIRS))) == (0.0,) * len(FEATURES)


@given(CHOICES)
@settings(max_examples=25, deadline=None)
def test_swapping_a_and_b_predicts_the_mirror(choices: list[str]) -> None:
    mirrored = [({**pair, "a": pair["b"], "b": pair["a"]}, {"a": "b", "b": "a"}.get(choice, choice))
                for pair, choice in voted(choices)]  # fmt: skip
    for one, other in zip(past_predictions(voted(choices)), past_predictions(mirrored), strict=True):
        assert one.probability + other.probability == pytest.approx(1, abs=1e-8)


@given(CHOICES)
@settings(max_examples=15, deadline=None)
def test_prepared_answers_equal_pythons(choices: list[str]) -> None:
    state = {"votes": votes_text(choices), "import_jsonl": "", "asking": "off"}
    live, cold = rendered(**state), COLD
    for part in WIDGET.parts(CONTENT):
        texts = {name: dependency_text(name, state) for name in part.depends_on}
        key = cold_key(part.depends_on, texts, dependency_defaults(part, fields(CONTENT)))
        if key in cold[part.name]:
            assert cold[part.name][key] == live[part.name]
        else:
            assert part.name in ("prediction", "score", "learned", "export")
            assert len(choices) > 1


def test_the_first_vote_is_answered_without_python() -> None:
    for choice in ("a", "b", "tie"):
        for part in ("prediction", "score", "learned", "export"):
            assert f"votes=p01%3A{choice}" in COLD[part]


def test_every_pair_and_the_end_are_prepared() -> None:
    assert len(COLD["pair"]) == len(PAIRS) + 1
    for count, pair in enumerate(PAIRS):
        assert pair["prompt"] in plain(COLD["pair"][key_of(count)])
    assert f"You have rated all {len(PAIRS)} pairs." in plain(COLD["pair"][key_of(len(PAIRS))])


def key_of(count: int) -> str:
    return cold_key(("count:votes",), {"count:votes": str(count)}, {"count:votes": "0"})


def test_a_vote_button_adds_the_vote_for_the_pair_shown() -> None:
    html = rendered(votes=votes_text(["a", "b"]))["pair"]
    for action, item, key in (("vote-a", "p03:a", "1"), ("vote-b", "p03:b", "2"), ("tie", "p03:tie", "0")):
        assert f'data-action="{action}" data-append="votes={item}" data-key="{key}"' in html
    assert 'data-action="undo" data-drop="votes"' in html
    assert "data-drop" not in rendered()["pair"]


def test_a_wrong_answer_is_pointed_out_after_the_vote() -> None:
    place, note = next((place, pair["note"]) for place, pair in enumerate(PAIRS) if "note" in pair)
    assert note not in plain(rendered(votes=votes_text(["a"] * place))["pair"])
    assert note in plain(rendered(votes=votes_text(["a"] * (place + 1)))["pair"])


@given(CHOICES)
@settings(max_examples=25, deadline=None)
def test_exported_votes_come_back(choices: list[str]) -> None:
    votes = list(zip(IDS, choices, strict=False))
    reading = from_jsonl(to_jsonl(PAIRS, votes), PAIRS)
    assert reading.problems == ()
    decided = [vote for vote in votes if vote[1] != "tie"]
    assert [vote for vote in reading.votes if vote[1] != "skip"] == decided
    assert reading.count == len(decided)
    assert [pair_id for pair_id, _ in reading.votes] == IDS[: len(reading.votes)]


def test_the_export_is_what_trl_reads() -> None:
    rows = [json.loads(line) for line in to_jsonl(PAIRS, [("p01", "b"), ("p02", "tie"), ("p03", "a")]).splitlines()]
    assert rows == [
        {"prompt": PAIRS[0]["prompt"], "chosen": PAIRS[0]["b"], "rejected": PAIRS[0]["a"]},
        {"prompt": PAIRS[2]["prompt"], "chosen": PAIRS[2]["a"], "rejected": PAIRS[2]["b"]},
    ]


def row(**changes: object) -> str:
    return json.dumps({"prompt": PAIRS[0]["prompt"], "chosen": PAIRS[0]["a"], "rejected": PAIRS[0]["b"], **changes})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 2: not valid JSON at character 2"),
        ("[1]", "Line 2: must be an object with prompt, chosen, rejected; found a list"),
        ("{}", 'Line 2: "prompt" is missing; found nothing'),
        ('{"promt": "x"}', 'Line 2: "prompt" is missing; is it "promt"?'),
        (row(chosen=5), 'Line 2: "chosen" must be text; found a number'),
        (row(prompt="Who?"), "Line 2: no pair here has the prompt “Who?”"),
        (row(chosen="Other"), "Line 2: the two answers are not those of the pair"),
        (row(), "Line 2: the same pair stands in an earlier line"),
        ("[" * 100_000, "Line 2: not a flat object"),
        ('{"prompt": "' + "[" * 100_000 + '"}', 'Line 2: "chosen" is missing'),
    ],
)
def test_a_line_that_cannot_be_used_is_explained(line: str, said: str) -> None:
    reading = from_jsonl(f"{row()}\n{line}\n", PAIRS)
    assert said in reading.problems[0]
    assert reading.votes == (("p01", "a"),)


def test_imported_votes_replace_the_old_ones_only_when_confirmed() -> None:
    text = to_jsonl(PAIRS, [("p01", "b"), ("p02", "tie"), ("p03", "a")])
    html = rendered(import_jsonl=text)["import"]
    sets = re.search(r'data-action="use-import"[^>]*data-set="([^"]*)"', html) or re.search(
        r'data-set="([^"]*)"[^>]*data-action="use-import"', html
    )
    assert sets is not None
    assert unquote(unescape(sets[1])) == "votes=p01:b,p02:skip,p03:a&import_jsonl="
    assert "1 earlier pair has no line" in plain(html)


@pytest.mark.parametrize("votes", ["nonsense", "p01:a,,", "p99:a", "p01:c", "<script>alert(1)</script>", "p01:a,p01"])
def test_an_altered_storage_loses_only_what_cannot_be_read(votes: str) -> None:
    parts = rendered(votes=votes)
    assert "<script" not in "".join(parts.values())
    assert "left out" in plain(parts["learned"])
    shown = re.search(r"Pair (\d+) of", plain(parts["pair"]))
    assert shown is not None
    assert int(shown[1]) == votes.count(",") + 2


@given(st.text(max_size=300))
@settings(max_examples=50, deadline=None)
def test_no_text_breaks_the_widget(text: str) -> None:
    assert "pair" in rendered(votes=text, import_jsonl=text, asking=text)


def test_too_long_votes_are_explained() -> None:
    parts = rendered(votes="p01:a," * 1000)
    assert "too long" in parts["problems"]
    assert "Pair 1 of" in plain(parts["pair"])


def test_all_votes_are_deleted_only_after_a_question() -> None:
    votes = votes_text(["a", "b"])
    assert "confirm-reset" not in rendered(votes=votes)["reset"]
    asking = rendered(votes=votes, asking="on")["reset"]
    assert 'data-action="confirm-reset" data-set="votes=&amp;asking=off"' in asking
    assert "Really delete 2 votes?" in plain(asking)


def test_texts_of_pairs_and_imports_are_escaped() -> None:
    attack = "<img src=x onerror=alert(1)>"
    pairs = [{"id": f"p0{n}", "prompt": f"{attack}{n}", "a": attack, "b": f"- {attack}\n- {attack}", "note": attack}
             for n in (1, 2)]  # fmt: skip
    html = render_frame(WIDGET, "human-rater", {"pairs": pairs})
    assert "<img" not in html
    assert "<img" not in rendered(import_jsonl=json.dumps({"prompt": attack, "chosen": "x", "rejected": "y"}))["import"]


def test_a_skipped_pair_teaches_nothing() -> None:
    assert rated_pairs(PAIRS, [("p01", "skip"), ("p02", "a"), ("p99", "b")]) == [(PAIRS[1], "a")]


def test_probabilities_have_a_fixed_number_of_digits() -> None:
    weights = fit(voted(["a", "b", "a", "b"]))
    for number in (*weights, predict(weights, PAIRS[5]).probability):
        assert number == round(number, 9)
