"""Runs are kept as JSON; what readers have kept in the two forms of before December 2026 is still read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from widgets.core.fields import FieldError
from widgets.core.widget import default_state, view_of
from widgets.gallery.labs.runs import MOST_POINTS, MOST_POINTS_READ, Run, Runs, added, as_text, from_text, kept_places
from widgets.gallery.registry import MODULES, get_widget

OLD_TEXTS = {
    ("pretrain-lab", "runs"): (
        "steps=20;learning_rate=0.005;seed=0|first_loss=5.36;loss=4.91;text_loss=4.93;train_seconds=0.5;"
        "tokens_per_second=20480.3|1:5.36 10:5.12 20:4.91"
    ),
    ("sft-lab", "runs"): (
        "steps=100;learning_rate=0.002;loss_on=response;style=full;seed=0|held_out_accuracy=0.997375;"
        "text_loss=2.69118;train_seconds=1.05229;tokens_per_second=56170.9;loss=0.0102|1:5.25 3:3.5 100:0.0102,"
        "steps=400;learning_rate=1e-3;loss_on=everything;style=mixed;seed=7|held_out_accuracy=0.5;text_loss=2.7;"
        "train_seconds=4;tokens_per_second=50000;loss=2.1;diverged_step=40;diverged_rate=0.001;kept_step=30|1:5 40:2.1"
    ),
    ("lora-lab", "runs"): (
        "method=lora;rank=8;alpha=16;target_modules=q%2Cv;learning_rate=0.01;steps=60;seed=0|held_out_accuracy=0.9;"
        "text_loss=1.9;train_seconds=0.9;tokens_per_second=40000;loss=0.02;trainable_params=4096;total_params=122048;"
        "sigma_1=1.5;sigma_2=0.7|1:5.2 60:0.02"
    ),
    ("qlora-lab", "runs"): (
        "base=32-bit;rank=8;steps=100;learning_rate=0.01;double_quantization=on;seed=0|held_out_accuracy=0.99;"
        "text_loss=2;train_seconds=1;tokens_per_second=40000;loss=0.01|1:5.2 100:0.01,"
        "base=NF4;rank=8;steps=100;learning_rate=0.01;double_quantization=on;seed=0|held_out_accuracy=0.98;"
        "text_loss=2.1;train_seconds=1.5;tokens_per_second=30000;loss=0.02|1:5.2 100:0.02"
    ),
    ("rlhf-lab", "ppo_runs"): (
        '[{"settings":{"start":"course","simulated_votes":"20","taste":"friendly-full-terse","noise":"0","seed":"0",'
        '"kl_coeff":"0.2","rounds":"5","learning_rate":"0.0003","method":"ppo","judged_by":"friendly-full-terse",'
        '"vote_set":"1f2e3d4c"},"figures":{"votes":20,"own_votes":0,"simulated_votes":20,"reward_accuracy":0.95,'
        '"reward_mean":1.119,"models_in_memory":4,"preferred_share":0.9,"wrong_share":0.03,"held_out_accuracy":0.97,'
        '"win_rate":0.8,"kl_nats":1.2,"train_seconds":3.1,"steps":2},"curves":{"reward":[0.0,1.1],"kl_nats":[0.0,0.9],'
        '"preferred_share":[0.3,0.8],"wrong_share":[0.1,0.05]},"steps":[1,2],'
        '"before":["worms . <eos>","rivers . <eos>","joey . <eos>","day . <eos>"],'
        '"after":["worms . <eos>","rivers . <eos>","joey . <eos>","day . <eos>"]}]'
    ),
    ("dpo-lab", "dpo_runs"): (
        '[{"settings":{"start":"own","simulated_votes":"0","taste":"full-terse-friendly","noise":"0.1","seed":"3",'
        '"beta":"0.1","steps":"300","learning_rate":"0.00004","method":"dpo","judged_by":"terse-full-friendly",'
        '"vote_set":"0badcafe"},"figures":{"votes":12,"own_votes":12,"simulated_votes":0,"models_in_memory":2,'
        '"preferred_share":0.9,"wrong_share":0.03,"held_out_accuracy":0.97,"win_rate":0.8,"kl_nats":1.2,'
        '"train_seconds":3.1,"steps":300},"curves":{"loss":' + json.dumps([0.6] * MOST_POINTS_READ)
        + ',"accuracy":' + json.dumps([0.5] * MOST_POINTS_READ) + ',"margin":' + json.dumps([0.1] * MOST_POINTS_READ)
        + ',"more":' + json.dumps([0.1] * MOST_POINTS_READ) + '},"steps":' + json.dumps(list(range(1, 61)))
        + ',"before":["worms . <eos>","rivers . <eos>","joey . <eos>","day . <eos>"],'
        '"after":["worms . <eos>","rivers . <eos>","joey . <eos>","day . <eos>"]}]'
    ),
}  # fmt: skip
"""What the labs of before December 2026 have written: lab and field → text."""

RUN = Run({"rank": "8", "kind": "q,v"}, {"train_seconds": 1.5}, (1, 10), {"loss": (5.25, 0.5)})
FIELD = Runs("runs", "Your runs", "", numbers=("rank",), words=("kind",), figures=("train_seconds",))


@pytest.mark.parametrize(("lab", "field"), OLD_TEXTS)
def test_what_readers_have_kept_is_read_and_shown(lab: str, field: str) -> None:
    text = OLD_TEXTS[lab, field]
    widget = get_widget(lab)
    state = default_state(widget.fields({}))
    view = view_of(widget, lab, {}, {**state, field: text})
    assert view.problems == {}
    assert view.state[field] == text  # it stays in its form until the next run
    assert len(view.values[field]) == (2 if "," in text and not text.startswith("[") and text.count("|") > 2 else 1)
    html = "".join(part.render(view) for part in widget.parts({}))
    assert "Your last run" in html


def test_every_lab_has_an_old_text() -> None:
    assert {lab for lab, _ in OLD_TEXTS} == {name for name in MODULES if name.endswith("-lab")}


def test_the_figures_and_settings_of_an_old_text_are_kept_when_a_run_is_added() -> None:
    old = from_text(OLD_TEXTS["lora-lab", "runs"])
    [first, second] = from_text(as_text(added(old, replace(old[0], settings={**old[0].settings, "seed": "1"}))))
    assert first == old[0]
    assert first.settings["target_modules"] == "q,v"
    assert first.figures["trainable_params"] == 4096
    assert first.points("loss") == ((1, 5.2), (60, 0.02))
    assert second.settings["seed"] == "1"


def test_runs_survive_being_written() -> None:
    whole = replace(RUN, before=("worms . <eos>",) * 4, after=("worms . <eos>",) * 4)
    assert from_text(as_text([RUN, whole])) == (RUN, whole)
    assert from_text("") == ()
    assert as_text([]) == ""


@pytest.mark.parametrize(
    "run",
    [
        replace(RUN, settings={"rank": "8"}),
        replace(RUN, settings={**RUN.settings, "more": "1"}),
        replace(RUN, settings={"rank": "eight", "kind": "q,v"}),
        replace(RUN, settings={"rank": "8", "kind": "<b>"}),
        replace(RUN, settings={"rank": "8", "kind": "x" * 41}),
        replace(RUN, figures={}),
        replace(RUN, figures={"train_seconds": "fast"}),
        replace(RUN, curves={"margin": (1.0, 2.0)}),
        replace(RUN, curves={"loss": (1.0,)}),
        replace(RUN, steps=(10, 1)),
        replace(RUN, steps=(), curves={"loss": ()}),
        replace(RUN, before=("worms",), after=("worms",)),
    ],
)  # type: ignore[arg-type]
def test_a_run_that_the_lab_did_not_write_is_refused(run: Run) -> None:
    assert FIELD.parse(as_text([RUN])) == (RUN,)
    with pytest.raises(FieldError, match="could not be read"):
        FIELD.parse(as_text([run]))


def test_too_many_runs_and_too_long_texts_are_refused() -> None:
    assert len(FIELD.parse(as_text([RUN] * 6))) == 6
    for text in (as_text([RUN] * 7), "[" + " " * 40_000 + "]", "[{}]", '["a"]', "[1", "rank=8"):
        with pytest.raises(FieldError):
            FIELD.parse(text)


def test_the_oldest_run_goes() -> None:
    runs = [replace(RUN, settings={"rank": str(rank)}) for rank in range(1, 8)]
    assert [run.settings["rank"] for run in added(runs[:6], runs[6])] == ["2", "3", "4", "5", "6", "7"]


def test_curves_are_thinned_and_keep_their_ends() -> None:
    places = kept_places(1000)
    assert (places[0], places[-1], len(places)) == (0, 999, MOST_POINTS)
