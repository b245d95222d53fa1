"""The LoRA lab trains adapters, peels them off, merges them, and measures what really changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from widgets.core.widget import RunStep, default_state, view_of
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.lora.adapter_states import AdapterStates, States
from widgets.gallery.labs.lora.spectrum_chart import values_of
from widgets.gallery.labs.lora.view import WIDGET, script_text
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import MOST_POINTS, MOST_RUNS, Run, as_text, from_text
from widgets.site.sources.folders import ROOT

START = default_state(WIDGET.fields({}))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the trained adapters of each test apart."""
    monkeypatch.setenv("FT_KEPT", str(tmp_path / "kept"))
    trained_models.forget(WIDGET.name)
    yield tmp_path / "kept"
    trained_models.forget(WIDGET.name)


def last_of(action: str = "run", **settings: str) -> RunStep:
    assert WIDGET.run is not None
    return list(WIDGET.run(view_of(WIDGET, "lora-lab", {}, {**START, **settings}), action))[-1]


def states(text: str) -> States:
    return AdapterStates("adapter", "", "").parse(text)


def run_of(**settings: str) -> Run:
    return from_text(last_of(**settings).fields["runs"])[-1]


def test_rank_8_answers_95_percent_with_16_percent_of_the_parameters() -> None:
    run = run_of(steps="100")
    assert run.figures["held_out_accuracy"] >= 0.95
    assert run.figures["trainable_params"] <= 0.16 * 117_952
    assert run.figures["trainable_params"] == 18_432


def test_rank_1_is_slower_than_rank_8() -> None:
    one, eight = run_of(rank="1"), run_of(rank="8")
    assert one.figures["held_out_accuracy"] < eight.figures["held_out_accuracy"] - 0.05
    assert one.figures["loss"] > eight.figures["loss"]


@pytest.mark.parametrize("rank", [1, 2, 8])
def test_the_change_has_as_many_singular_values_as_its_rank(rank: int) -> None:
    values = values_of(run_of(rank=str(rank), steps="20"))
    assert len(values) == 16
    assert sum(1 for value in values if value > 0) == rank


def test_full_fine_tuning_uses_all_directions_and_leaves_the_kept_adapter_alone(own_folder: Path) -> None:
    left = last_of(steps="10").fields
    before = (own_folder / "lora-lab.bin").read_bytes()
    last = last_of("full", steps="20", **left)
    run = from_text(last.fields["runs"])[-1]
    assert run.settings["method"] == "full"
    assert run.settings["learning_rate"] == "0.002"
    assert run.figures["trainable_params"] == 117_952
    assert all(value > 0 for value in values_of(run))
    assert (own_folder / "lora-lab.bin").read_bytes() == before
    assert "adapter" not in last.fields


def test_peeled_off_the_base_model_is_back_and_merged_the_answers_stay() -> None:
    base = recorded("lora-lab").base
    left = last_of().fields
    off = states((peeled := last_of("adapter-off", **left)).fields["adapter"])
    assert off.now == "off"
    assert off.seen["off"][1] == pytest.approx(base["text_loss"], abs=1e-3)
    assert off.seen["off"][0] == base["held_out_accuracy"]
    merged = states(last_of("merge", **{**left, "adapter": peeled.fields["adapter"]}).fields["adapter"])
    assert merged.seen["merged"][0] == merged.seen["on"][0]
    assert 0 < merged.seen["merged"][2] < 1e-4


def test_unmerging_gives_the_adapter_back() -> None:
    left = dict(last_of(steps="20").fields)
    left["adapter"] = last_of("merge", **left).fields["adapter"]
    again = states(last_of("unmerge", **left).fields["adapter"])
    assert again.now == "on"
    assert again.seen["on"] == pytest.approx(states(left["adapter"]).seen["on"], abs=1e-3)


def test_the_kept_adapter_is_small_and_answers_in_the_next_visit(own_folder: Path) -> None:
    left = last_of().fields
    reply = last_of("ask", **left).parts["reply"]
    assert (own_folder / "lora-lab.bin").stat().st_size < 45_000
    trained_models._trained.clear()
    trained_models._adapters.clear()
    assert last_of("ask", **left).parts["reply"] == reply
    assert "Your model" in reply


def test_a_deleted_adapter_is_missed_politely(own_folder: Path) -> None:
    left = last_of(steps="10").fields
    trained_models.forget("lora-lab")
    last = last_of("adapter-off", **left)
    assert "no longer here" in last.text
    assert last.fields == {"adapter": ""}


def test_the_recorded_runs_are_what_fresh_runs_give() -> None:
    full, one, eight = recorded("lora-lab").runs
    for shown, fresh in ((one, run_of(rank="1")), (eight, run_of(rank="8"))):
        assert fresh.settings == shown.settings
        for name in ("held_out_accuracy", "text_loss", "sigma_1"):
            assert fresh.figures[name] == pytest.approx(shown.figures[name], rel=0.02)
    assert full.figures["held_out_accuracy"] > one.figures["held_out_accuracy"]


@pytest.mark.parametrize("text", ["on", "on|on=1", "gone|gone=1:1", "on|on=nan:1", "on|off=1:1", "merged|merged=1:1"])
def test_altered_states_of_the_adapter_are_refused(text: str) -> None:
    assert "adapter" in view_of(WIDGET, "lora-lab", {}, {**START, "adapter": text}).problems


def test_six_runs_fit_the_field() -> None:
    field = next(field for field in WIDGET.fields({}) if field.name == "runs")
    short = run_of(rank="64", steps=str(MOST_POINTS))
    assert len(short.steps) == MOST_POINTS
    long = replace(short, steps=tuple(step + 360 for step in short.steps))  # as many digits as 400 steps have
    assert len(field.parse(as_text([long] * MOST_RUNS))) == MOST_RUNS


def test_the_script_of_the_lab_runs(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    state = {**START, "steps": "20", "target_modules": "q,v"}
    path.write_text(script_text(view_of(WIDGET, "lora-lab", {}, state)), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=True)
    assert "trainable params: 4,096 || all params: 122,048" in done.stdout
    assert "merged:" in done.stdout
