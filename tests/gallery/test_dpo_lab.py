"""The DPO lab: the same votes without a reward model, and PPO beside it."""

from __future__ import annotations

import json
import re

import pytest
from plotly import graph_objects

from widgets.core.registry import get_widget
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery import rlhf_lab
from widgets.gallery.dpo_lab import PPO_DEFAULTS, dpo_runs_field, recorded_dpo_runs
from widgets.gallery.labs.preferences_runs import PreferenceRun
from widgets.gallery.labs.recorded import recorded
from widgets.recipes.dpo import DPOConfig

WIDGET = get_widget("dpo-lab")
START = default_state(WIDGET.fields_of({}))


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    return dict(render_parts(WIDGET, view_of(WIDGET, "dpo-lab", {}, {**START, **changes})))


def train(action: str = "run", **changes: str) -> tuple[dict[str, str], dict[str, str]]:
    """Run the lab; give what it leaves and the last HTML of every part."""
    assert WIDGET.run
    left: dict[str, str] = {}
    shown: dict[str, str] = {}
    for step in WIDGET.run(view_of(WIDGET, "dpo-lab", {}, {**START, **changes}), action):
        left |= step.fields
        shown |= step.parts
    return left, shown


def last(left: dict[str, str]) -> PreferenceRun:
    """Give the last DPO run."""
    return dpo_runs_field().parse(left["dpo_runs"])[-1]


def test_the_defaults_are_those_of_the_recipes() -> None:
    config = DPOConfig()
    assert int(START["steps"]) == config.steps
    assert float(START["beta"]) == config.beta
    assert float(START["learning_rate"]) == config.learning_rate
    rlhf = default_state(rlhf_lab.WIDGET.fields_of({}))
    assert {name: rlhf[name] for name in PPO_DEFAULTS} == PPO_DEFAULTS


def test_both_labs_keep_their_fields_in_one_place() -> None:
    assert WIDGET.place_of
    assert rlhf_lab.WIDGET.place_of
    assert WIDGET.place_of({}) == rlhf_lab.WIDGET.place_of({})
    stored = {field.name for field in WIDGET.fields({}) if field.stored}
    assert {"votes", "dpo_runs", "ppo_runs"} <= stored


def test_the_recorded_run_stands_beside_ppo_on_the_same_votes() -> None:
    [dpo] = recorded_dpo_runs()
    ppo = rlhf_lab.recorded_ppo_runs()[0]
    assert dpo.settings["vote_set"] == ppo.settings["vote_set"]
    assert dpo.figures["preferred_share"] >= 0.75
    assert dpo.figures["wrong_share"] <= 0.1
    html = render()["results"]
    assert "Recorded run" in html
    methods = re.findall(r'data-metric="win_rate" data-method="(\w+)"', html)
    assert methods == ["dpo", "ppo"]
    models = re.findall(r'<data value="(\d)" data-metric="models_in_memory"', html)
    assert models == ["2", "4"]


def test_a_fresh_run_comes_to_what_was_recorded() -> None:
    left, shown = train()
    fresh, kept = last(left), recorded_dpo_runs()[0]
    assert fresh.settings == kept.settings
    assert fresh.curves["loss"][0] == pytest.approx(0.6931, abs=1e-3)
    assert fresh.figures["preferred_share"] == pytest.approx(kept.figures["preferred_share"], abs=0.1)
    assert fresh.figures["wrong_share"] <= 0.1
    assert "Your last run" in shown["results"]
    assert "No PPO run of yours" in shown["results"]


def test_ppo_on_other_votes_does_not_stand_beside() -> None:
    dpo, ppo = recorded("dpo-lab").fields["dpo_runs"], recorded("rlhf-lab").fields["ppo_runs"]
    assert "No PPO run of yours" not in render(dpo_runs=dpo, ppo_runs=ppo)["results"]
    other = ppo.replace('"vote_set":"', '"vote_set":"x')
    assert "No PPO run of yours" in render(dpo_runs=dpo, ppo_runs=other)["results"]


def test_a_learning_rate_that_blows_up_is_a_finding_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from widgets.gallery.labs import models

    kept: list[str] = []
    monkeypatch.setattr(models, "remember", lambda name, model: kept.append(name))
    left, shown = train(learning_rate="0.5", steps="60")
    assert "diverged_step" in last(left).figures
    assert "Diverged." in shown["results"]
    assert kept == []


def test_without_votes_nothing_starts() -> None:
    left, shown = train(simulated_votes="0")
    assert left == {}
    assert "there is nothing to train on" in shown["notice"]


def test_forgetting_leaves_the_votes() -> None:
    left, shown = train("forget", dpo_runs=recorded("dpo-lab").fields["dpo_runs"])
    assert left == {"dpo_runs": ""}
    assert "Recorded run" in shown["results"]


def test_the_charts_are_valid_figures() -> None:
    figures = re.findall(r'data-figure="([^"]*)"', render()["chart"])
    assert len(figures) == 2
    for text in figures:
        plain = re.sub(r'"@[a-z0-9-]+"', '"red"', text.replace("&quot;", '"'))
        assert len(graph_objects.Figure(json.loads(plain)).data) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"beta": "0"}, "must be a number from"),
        ({"steps": "4"}, "from 5 to 300"),
        ({"dpo_runs": "{}"}, "start anew"),
    ],
)
def test_bad_settings_are_explained(changes: dict[str, str], message: str) -> None:
    assert message in render(**changes)["problems"]
