"""The RLHF lab: votes that are kept, a reward model trained on them, PPO, and over-optimisation without a penalty."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from plotly import graph_objects

from widgets.cli.record_pairs import record
from widgets.core.widget import default_state, render_parts, view_of
from widgets.engine import checkpoint
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.rlhf.view import ppo_runs_field
from widgets.gallery.labs.runs import Run, as_text
from widgets.gallery.labs.voting.pairs import stock
from widgets.gallery.labs.voting.votes import TASTES, judged_taste, own_preferences, taste_of, vote_set
from widgets.gallery.registry import get_widget
from widgets.recipes import ppo, reward_model
from widgets.recipes.ppo import PPOConfig
from widgets.recipes.results import Diverged
from widgets.world import SimulatedRater
from widgets.world.model import base_model

WIDGET = get_widget("rlhf-lab")
START = default_state(WIDGET.fields_of({}))


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    return dict(render_parts(WIDGET, view_of(WIDGET, "rlhf-lab", {}, {**START, **changes})))


def train(**changes: str) -> tuple[Run, dict[str, str]]:
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
    names = [*(vote_set({**START, **change}) for change in changes), vote_set({**START, "start": "own"}, "0123")]
    assert len(set(names)) == len(names)


def test_a_model_is_known_again_by_its_numbers_after_it_was_kept() -> None:
    model = base_model()
    before = trained_models.digest(model)
    assert trained_models.digest(checkpoint.load_model(checkpoint.dump_model(model))) == before
    model.parameters["token_embedding.weight"].set([0.5] * model.parameters["token_embedding.weight"].size)
    assert trained_models.digest(model) != before


def test_the_recorded_runs_show_over_optimisation_without_a_kl_penalty() -> None:
    held, free = recorded("rlhf-lab").runs
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
    kept = recorded("rlhf-lab").runs[0]
    assert fresh.settings == kept.settings
    assert fresh.figures["preferred_share"] >= 0.8
    assert fresh.figures["wrong_share"] <= 0.12
    assert fresh.figures["preferred_share"] == pytest.approx(kept.figures["preferred_share"], abs=0.15)
    assert "Your last run" in shown["results"]
    assert "Your model: " in shown["reply"]


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


@pytest.mark.parametrize("learning_rate", ["0.01", "0.1", "1"])
def test_a_learning_rate_that_blows_up_is_a_finding_and_the_last_good_model_stays(
    learning_rate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(trained_models, "remember", lambda name, model: kept.append(name))
    run, shown = train(learning_rate=learning_rate, rounds="5")
    assert run.figures["kept_step"] == 0
    assert run.figures["win_rate"] == 0.5  # the model is the starting one again
    assert run.figures["kl_nats"] == pytest.approx(0, abs=1e-3)
    assert "Diverged." in shown["results"]
    assert f"with a learning rate of {learning_rate}" in shown["results"]
    assert kept == []


def test_the_finding_says_what_was_seen() -> None:
    run = recorded("rlhf-lab").runs[0]
    for figure, words in (
        ({}, "At round 2 the loss blew up"),
        ({"diverged_kl_nats": 74.8}, "After round 2 the sampled answers lay 75 nats from the starting model"),
        ({"diverged_reward": -0.76}, "After round 2 the reward lay 0.8 standard deviations below its start"),
    ):
        figures = {**run.figures, "diverged_step": 2, "kept_step": 1, **figure}
        html = render(ppo_runs=as_text([replace(run, figures=figures)]))["results"]
        assert words in html
        assert "last good state, round 1" in html


def test_a_reward_model_that_blows_up_is_a_finding_and_ppo_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Diverged(step=3, loss=9.0, cause="exploded", kept_step=1, learning_rate=5.0)
    monkeypatch.setattr(reward_model, "train", lambda *args: iter([finding]))
    monkeypatch.setattr(ppo, "train", lambda *args: pytest.fail("PPO started"))
    assert WIDGET.run
    steps = list(WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, START), "run"))
    assert "The reward model blew up" in steps[-1].parts["notice"]
    assert finding.message in steps[-1].parts["notice"]
    assert not any(step.fields for step in steps)


def test_answers_are_shown_while_it_trains_and_read_out_politely() -> None:
    assert WIDGET.run
    steps = list(WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, {**START, "rounds": "10"}), "run"))
    shown = [step.parts["answers"] for step in steps if "answers" in step.parts]
    assert [re.findall(r"After round (\d+): ", html)[:1] for html in shown[:-1]] == [["2"], ["4"], ["6"], ["8"], ["10"]]
    assert all(html.count("After round") == html.count("Before: ") == 4 for html in shown[:-1])
    assert "After round" not in shown[-1]
    said = [step.text for step in steps if step.text.startswith("PPO round")]
    assert all(re.search(r"for example: “[A-Z].*”$", text) for text in said)


def test_a_question_is_answered_by_the_starting_model_and_by_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict.fromkeys(("sft-lab", "rlhf-lab"), base_model())
    monkeypatch.setattr(trained_models, "recall", lambda lab: None)
    before = answered(START)["reply"]
    assert "The course's SFT model, before: " in before.replace("&#x27;", "'").replace("&#39;", "'")
    assert "right</span>" in before  # the base model answers nothing right
    assert "You have not trained a model here yet." in before
    assert "there is no model of yours" in answered({**START, "start": "own"})["reply"]
    assert "does not know “zebu”" in answered({**START, "question": "what does the zebu eat ?"})["reply"]
    monkeypatch.setattr(trained_models, "recall", kept.get)
    after = answered({**START, "start": "own"})["reply"]
    assert "Your own SFT model, before: " in after
    assert "Your model: " in after
    assert "Base model" not in after


def answered(state: dict[str, str]) -> dict[str, str]:
    """Ask the question; give the last HTML of every part."""
    assert WIDGET.run
    shown: dict[str, str] = {}
    for step in WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, state), "ask"):
        shown |= step.parts
    return shown


def test_deleting_the_model_takes_its_reply_away() -> None:
    assert WIDGET.run
    [step] = WIDGET.run(view_of(WIDGET, "rlhf-lab", {}, START), "forget")
    assert step.parts["reply"] == step.parts["notice"] == ""


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        ("higher-more", "you were right"),
        ("higher-fewer", "that was off"),
        ("lower-more", "that was off"),
        ("", None),
    ],
)
def test_a_guess_is_compared_with_the_readers_own_run_without_a_penalty(guess: str, words: str | None) -> None:
    held, free = recorded("rlhf-lab").runs
    assert "You guessed" not in render(guess=guess)["results"]
    html = render(guess=guess, ppo_runs=as_text([held, free]))["results"]
    assert (words or "You guessed") in html if words else "You guessed" not in html
    if words:
        assert "30.97\xa0%" not in html
        assert "31.0\xa0% of the answers are wrong instead of 3.7\xa0%" in html
        assert "(recorded)" not in html
        assert "0.2 (recorded)" in render(guess=guess, ppo_runs=as_text([free]))["results"]
        assert "waits for a run with a KL coefficient of 0" in render(guess=guess, ppo_runs=as_text([held]))["results"]


def test_a_guess_waits_for_both_runs_on_the_same_votes_and_a_broken_run_does_not_count() -> None:
    held, free = recorded("rlhf-lab").runs
    other = replace(free, settings={**free.settings, "vote_set": "x1"})
    html = render(guess="higher-more", ppo_runs=as_text([held, other]))["results"]
    assert "waits for a run with a KL coefficient above 0 on the same votes" in html
    broken = replace(free, figures={**free.figures, "diverged_step": 2, "kept_step": 1})
    html = render(guess="higher-more", ppo_runs=as_text([held, broken]))["results"]
    assert "waits for a run with a KL coefficient of 0" in html


def test_the_simulated_rater_can_have_every_taste() -> None:
    assert len(TASTES) == 6
    assert all(SimulatedRater(taste=judged_taste([], 0, taste)).taste for taste in TASTES)
    assert next(iter(TASTES)) == START["taste"]


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
