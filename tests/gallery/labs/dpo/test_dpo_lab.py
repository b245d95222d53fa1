"""The DPO lab: the same votes without a reward model, and PPO beside it."""

from __future__ import annotations

import json
import re

import pytest
from plotly import graph_objects

from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.labs import following, trained_models
from widgets.gallery.labs.dpo.view import PPO_DEFAULTS, dpo_runs_field
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.rlhf import view as rlhf_lab
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.voting.pairs import stock
from widgets.gallery.registry import get_widget
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


def last(left: dict[str, str]) -> Run:
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
    [dpo] = recorded("dpo-lab").runs
    ppo = recorded("rlhf-lab").runs[0]
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
    fresh, kept = last(left), recorded("dpo-lab").runs[0]
    assert fresh.settings == kept.settings
    assert fresh.curves["loss"][0] == pytest.approx(0.6931, abs=1e-3)
    assert fresh.figures["preferred_share"] == pytest.approx(kept.figures["preferred_share"], abs=0.1)
    assert fresh.figures["wrong_share"] <= 0.1
    assert "Your last run" in shown["results"]
    assert "No PPO run of yours" in shown["results"]


def test_ppo_and_dpo_train_on_the_readers_own_votes_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(trained_models, "remember", lambda name, model: kept.append(name))
    monkeypatch.setitem(PPO_DEFAULTS, "rounds", "5")
    votes = ",".join(
        f"{pair.pair_id}:{'a' if len(pair.response_a) < len(pair.response_b) else 'b'}" for pair in stock()[:20]
    )
    given = {"votes": votes, "simulated_votes": "0", "steps": "10", "guess_right": "same"}
    first, _ = train(**given)
    second, shown = train("train-ppo", **given, **first)
    assert set(second) == {"ppo_runs"}
    dpo, [ppo] = last(first), rlhf_lab.ppo_runs_field().parse(second["ppo_runs"])
    assert dpo.settings["vote_set"] == ppo.settings["vote_set"]
    assert dpo.figures["own_votes"] == ppo.figures["own_votes"] == 20
    assert (ppo.settings["method"], ppo.settings["rounds"], len(ppo.steps)) == ("ppo", "5", 5)
    assert kept == ["dpo-lab", "rlhf-lab"]
    html = shown["results"]
    assert "No PPO run of yours" not in html
    assert re.findall(r'data-metric="win_rate" data-method="(\w+)"', html) == ["dpo", "ppo"]
    assert re.findall(r'<data value="(\d)" data-metric="models_in_memory"', html) == ["2", "4"]
    assert "on 20 votes of yours." in html
    assert "More right, you guessed: about the same" in html
    assert re.findall(r">(After [^:]*): <", shown["answers"]) == 4 * ["After DPO", "After PPO"]


def test_both_trained_models_answer_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained_models, "recall", lambda lab: trained_models.base())
    _, shown = train("ask", start="own")
    asked = re.findall(r'class="lab-who">([^<]*): <', shown["reply"])
    assert asked == ["Your own SFT model, before", "Your DPO model", "Your PPO model"]


def test_answers_are_shown_while_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BETWEEN_REPORTS_SECONDS", 0.0)
    assert WIDGET.run
    steps = list(WIDGET.run(view_of(WIDGET, "dpo-lab", {}, {**START, "steps": "10"}), "run"))
    shown = [step.parts["answers"] for step in steps if "answers" in step.parts]
    assert [re.findall(r"After step (\d+): ", html)[:1] for html in shown[:-1]] == [["2"], ["4"], ["6"], ["8"], ["10"]]
    assert "After step" not in shown[-1]


@pytest.mark.parametrize(
    ("faster", "right", "words"),
    [
        ("5-20", "", ["9.3 times as long: you were right"]),
        ("0-1", "", ["9.3 times as long: that was off"]),
        ("", "dpo", ["97.4\xa0% are right, with PPO 96.3\xa0%: you were right"]),
        ("20-inf", "same", ["times as long: that was off", "96.3\xa0%: that was off"]),
        ("", "", []),
    ],
)
def test_guesses_are_compared_with_the_readers_own_runs(faster: str, right: str, words: list[str]) -> None:
    dpo, ppo = recorded("dpo-lab").fields["dpo_runs"], recorded("rlhf-lab").fields["ppo_runs"]
    guesses = {"guess_faster": faster, "guess_right": right}
    html = render(**guesses, dpo_runs=dpo, ppo_runs=ppo)["results"]
    assert all(word in html for word in words)
    assert html.count("you guessed") == len(words)
    assert "you guessed" not in render(**guesses, dpo_runs=dpo)["results"]
    assert "you guessed" not in render(**guesses)["results"]


def test_ppo_on_other_votes_does_not_stand_beside() -> None:
    dpo, ppo = recorded("dpo-lab").fields["dpo_runs"], recorded("rlhf-lab").fields["ppo_runs"]
    assert "No PPO run of yours" not in render(dpo_runs=dpo, ppo_runs=ppo)["results"]
    other = ppo.replace('"vote_set":"', '"vote_set":"x')
    assert "No PPO run of yours" in render(dpo_runs=dpo, ppo_runs=other)["results"]


def test_a_learning_rate_that_blows_up_is_a_finding_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(trained_models, "remember", lambda name, model: kept.append(name))
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
    assert shown["reply"] == ""
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
