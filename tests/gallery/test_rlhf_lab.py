"""The RLHF lab: votes that are kept, a reward model trained on them, PPO, and over-optimisation without a penalty."""

from __future__ import annotations

import json
import re

import pytest
from plotly import graph_objects

from widgets.core.registry import get_widget
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.labs.pairs import stock
from widgets.gallery.labs.preferences import judged_taste, own_preferences, taste_of, vote_set
from widgets.gallery.labs.preferences_record import record
from widgets.gallery.labs.preferences_runs import PreferenceRun
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.rlhf_lab import ppo_runs_field, recorded_ppo_runs
from widgets.recipes.ppo import PPOConfig

WIDGET = get_widget("rlhf-lab")
START = default_state(WIDGET.fields_of({}))


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    return dict(render_parts(WIDGET, view_of(WIDGET, "rlhf-lab", {}, {**START, **changes})))


def train(**changes: str) -> tuple[PreferenceRun, dict[str, str]]:
    """Run the lab; give the run that it leaves and the last HTML of every part."""
    assert WIDGET.run
    left: dict[str, str] = {}
    shown: dict[str, str] = {}
    for step in WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, {**START, **changes}), "run"):
        left |= step.fields
        shown |= step.parts
    return ppo_runs_field().parse(left["ppo_runs"])[-1], shown


def test_the_defaults_are_those_of_the_recipe() -> None:
    config = PPOConfig()
    assert int(START["rounds"]) == config.steps
    assert float(START["kl_coeff"]) == config.kl_coeff
    assert float(START["learning_rate"]) == config.learning_rate


def test_the_pairs_are_what_the_tiny_model_says() -> None:
    fresh = [tuple(pair) for pair in record()["pairs"]]
    kept = [(pair.question.text, pair.response_a, pair.response_b) for pair in stock()]
    assert len(kept) == 60
    assert len(set(fresh) & set(kept)) >= 0.8 * len(kept)  # sampling may part ways on another processor
    assert all(a != b for _, a, b in kept)


def test_every_pair_is_shipped_with_the_page() -> None:
    part = next(part for part in WIDGET.parts({}) if part.name == "pair")
    assert part.cold
    answers = {texts["count:votes"]: html for texts, html in part.cold({})}
    assert list(answers) == [str(count) for count in range(61)]
    assert re.findall(r'data-key="(.)"', answers["0"]) == ["1", "0", "2", "u"]
    assert "voted on all 60" in answers["60"]
    votes = ",".join(f"{pair.pair_id}:a" for pair in stock()[:3])
    assert answers["3"] == render(votes=votes)["pair"]


def test_votes_become_preferences_and_ties_are_left_out() -> None:
    first, second, third = stock()[:3]
    votes = f"{first.pair_id}:a,{second.pair_id}:b,{third.pair_id}:tie,nonsense"
    rows = own_preferences(view_of(WIDGET, "x", {}, {**START, "votes": votes}).values["votes"], ())
    assert [(row.chosen, row.rejected) for row in rows] == [
        (first.response_a, first.response_b),
        (second.response_b, second.response_a),
    ]
    html = render(votes=votes)["votes"]
    assert '<data value="2" data-metric="own_votes">' in html
    assert "2 ties left out" in html
    assert "<strong>simulated</strong>" in html


def test_a_taste_is_read_from_votes_and_the_simulated_one_is_known() -> None:
    terse = [
        row
        for pair in stock()
        for row in [pair.preference("a" if len(pair.response_a) < len(pair.response_b) else "b")]
        if row is not None
    ]
    assert taste_of(terse)[0] == "terse"
    assert judged_taste(terse, len(terse), "friendly-full-terse")[0] == "terse"
    assert judged_taste(terse, 0, "full-terse-friendly") == ("full", "terse", "friendly")


def test_other_votes_or_another_start_make_another_set() -> None:
    assert vote_set(START) == vote_set({**START, "kl_coeff": "0"})
    changes = ({}, {"votes": "a"}, {"noise": "0.1"}, {"seed": "2"}, {"start": "own"})
    assert len({vote_set({**START, **change}) for change in changes}) == len(changes)


def test_the_recorded_runs_show_over_optimisation_without_a_kl_penalty() -> None:
    held, free = recorded_ppo_runs()
    assert held.figures["preferred_share"] >= 0.8
    assert held.figures["wrong_share"] <= 0.12
    assert float(free.settings["kl_coeff"]) == 0
    assert free.figures["wrong_share"] >= 0.3
    assert free.figures["reward_mean"] > held.figures["reward_mean"]
    assert free.figures["kl_nats"] > held.figures["kl_nats"]
    html = render()["results"]
    assert "Recorded run" in html
    assert "Over-optimisation" in html
    assert "20 simulated votes" in html


def test_a_fresh_run_comes_to_what_was_recorded() -> None:
    fresh, shown = train()
    kept = recorded_ppo_runs()[0]
    assert fresh.settings == kept.settings
    assert fresh.figures["preferred_share"] >= 0.8
    assert fresh.figures["wrong_share"] <= 0.12
    assert fresh.figures["preferred_share"] == pytest.approx(kept.figures["preferred_share"], abs=0.15)
    assert "Your last run" in shown["results"]


def test_own_votes_alone_train_too() -> None:
    votes = ",".join(
        f"{pair.pair_id}:{'a' if len(pair.response_a) < len(pair.response_b) else 'b'}" for pair in stock()
    )
    run, _ = train(votes=votes, simulated_votes="0", rounds="10")
    assert run.figures["own_votes"] == 60
    assert run.figures["simulated_votes"] == 0
    assert run.settings["judged_by"].startswith("terse")
    assert run.figures["preferred_share"] > 0.3


def test_without_votes_nothing_starts_and_the_lab_says_why() -> None:
    assert WIDGET.run
    steps = list(WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, {**START, "simulated_votes": "0"}), "run"))
    assert "there is nothing to train on" in steps[-1].parts["notice"]
    assert not steps[-1].fields


def test_a_learning_rate_that_blows_up_is_a_finding_or_a_broken_model() -> None:
    run, shown = train(learning_rate="1", rounds="10")
    assert "diverged_step" in run.figures or run.figures["wrong_share"] > 0.9
    if "diverged_step" in run.figures:
        assert "Diverged." in shown["results"]


def test_the_charts_are_valid_figures() -> None:
    figures = re.findall(r'data-figure="([^"]*)"', render()["charts"])
    assert len(figures) == 4
    for text in figures:
        plain = re.sub(r'"@[a-z0-9-]+"', '"red"', text.replace("&quot;", '"'))
        assert len(graph_objects.Figure(json.loads(plain)).data) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kl_coeff": "-1"}, "from 0 to 2"),
        ({"noise": "0.7"}, "from 0 to 0.5"),
        ({"taste": "rude"}, "unknown value"),
        ({"ppo_runs": '[{"settings":{}}]'}, "start anew"),
        ({"ppo_runs": "[" * 5000}, "start anew"),
        ({"votes": "x" * 9000}, "start anew"),
    ],
)
def test_bad_settings_are_explained(changes: dict[str, str], message: str) -> None:
    assert message in render(**changes)["problems"]


def test_an_altered_run_does_not_reach_the_page() -> None:
    text = recorded("rlhf-lab").fields["ppo_runs"]
    runs = json.loads(text)
    runs[0]["after"][0] = "<img src=x>"
    assert "start anew" in render(ppo_runs=json.dumps(runs))["problems"]
    for name, altered in (("kl_coeff", "<b>"), ("taste", "<b>"), ("kl_coeff", "nan")):
        runs = json.loads(text)
        runs[0]["settings"][name] = altered
        assert "start anew" in render(ppo_runs=json.dumps(runs))["problems"]
    runs = json.loads(text)
    del runs[0]["figures"]["reward_mean"]
    assert "start anew" in render(ppo_runs=json.dumps(runs))["problems"]
