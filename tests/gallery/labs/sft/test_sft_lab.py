"""The SFT lab trains for real, says what it does not know, and what it leaves can be read again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from widgets.core.widget import RunStep, default_state, render_parts, view_of
from widgets.gallery.labs import following, trained_models
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import as_text, from_text
from widgets.gallery.labs.sft.view import WIDGET, script_text
from widgets.gallery.registry import get_widget
from widgets.site.sources.folders import ROOT
from widgets.world.model import manifest

START = default_state(WIDGET.fields({}))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the trained models of each test apart."""
    monkeypatch.setenv("FT_KEPT", str(tmp_path / "kept"))
    trained_models.forget(WIDGET.name)
    yield tmp_path / "kept"
    trained_models.forget(WIDGET.name)


def steps_of(action: str = "run", **settings: str) -> list[RunStep]:
    assert WIDGET.run is not None
    return list(WIDGET.run(view_of(WIDGET, "sft-lab", {}, {**START, **settings}), action))


@pytest.fixture(scope="module")
def trained() -> list[RunStep]:
    """Run the lab once with its default settings."""
    return steps_of()


def test_the_default_run_reaches_95_percent_on_animals_it_was_never_asked_about(trained: list[RunStep]) -> None:
    [run] = from_text(trained[-1].fields["runs"])
    assert run.figures["held_out_accuracy"] >= 0.95
    assert run.figures["train_seconds"] > 0
    assert trained[-1].text.endswith("% of the held-out questions right.")


def test_the_recorded_run_is_what_a_fresh_run_gives(trained: list[RunStep]) -> None:
    [fresh], [shown] = from_text(trained[-1].fields["runs"]), recorded("sft-lab").runs
    assert fresh.settings == shown.settings
    assert fresh.steps == shown.steps
    assert fresh.curves["loss"] == pytest.approx(shown.curves["loss"], rel=1e-2, abs=1e-3)
    for name in ("held_out_accuracy", "text_loss"):
        assert fresh.figures[name] == pytest.approx(shown.figures[name], rel=1e-2)


@pytest.mark.parametrize("lab", ["sft-lab", "lora-lab", "pretrain-lab"])
def test_the_recorded_runs_belong_to_the_base_model_of_the_site(lab: str) -> None:
    assert recorded(lab).base_sha256 == manifest()["files"]["base.bin"]["sha256"]
    assert recorded(lab).base["text_loss"] == pytest.approx(manifest()["metrics"]["text_loss"], abs=1e-3)


def test_a_run_streams_its_chart_and_its_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BETWEEN_REPORTS_SECONDS", 0)
    steps = steps_of(steps="20")
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert all(step.total == 20 for step in steps)
    charts = [step.parts["chart"] for step in steps[:-1] if "chart" in step.parts]
    assert len(charts) == 20
    assert all("now: full, lr 0.002" in chart for chart in charts)
    assert len(set(charts)) == 20
    looks = {step.done: step.parts["answers"] for step in steps[:-1] if "answers" in step.parts}
    assert list(looks) == [4, 8, 12, 16, 20]
    for step, answers in looks.items():
        assert answers.count(f"After step {step}: ") == answers.count("Base model: ") == 4
    assert {"results", "chart", "answers", "reply"} <= set(steps[-1].parts)
    assert "now: " not in steps[-1].parts["chart"]


def test_what_a_run_leaves_shows_again_without_the_engine(trained: list[RunStep]) -> None:
    """The page is rendered in a Python that cannot load the kernels."""
    state = json.dumps({**START, **trained[-1].fields})
    program = (
        "import json, sys; sys.modules['widgets.engine.library'] = None\n"
        "from widgets.gallery.labs.sft.view import WIDGET\n"
        "from widgets.core.widget import render_parts, view_of\n"
        "state = json.loads(sys.argv[1])\n"
        "print(json.dumps(render_parts(WIDGET, view_of(WIDGET, 'sft-lab', {}, state))))\n"
        "print([name for name in sys.modules if name.startswith('widgets.engine.')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, state], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    parts = render_parts(WIDGET, view_of(WIDGET, "sft-lab", {}, json.loads(state)))
    assert json.loads(done[0]) == parts
    assert done[1] == "['widgets.engine.library', 'widgets.engine.tokenizer']"  # words need no kernels
    assert parts["results"] == trained[-1].parts["results"]
    assert "Your last run" in parts["results"]


def test_a_learning_rate_that_is_too_large_is_stopped_and_told_and_keeps_the_earlier_model(own_folder: Path) -> None:
    steps_of(steps="20")
    before = (own_folder / "sft-lab.bin").read_bytes()
    last = steps_of(learning_rate="0.5")[-1]
    [run] = from_text(last.fields["runs"])
    assert run.figures["diverged_step"] < 20
    assert "Diverged" in last.parts["results"]
    assert "was stopped" in last.text
    assert (own_folder / "sft-lab.bin").read_bytes() == before


def test_the_kept_model_answers_in_the_next_visit(own_folder: Path) -> None:
    first = steps_of(question="What does the kiwi eat?")[-1].parts["reply"]
    trained_models._trained.clear()
    assert steps_of("ask", question="What does the kiwi eat?")[-1].parts["reply"] == first
    assert "Your model" in first
    assert "The kiwi feeds on" in first


@pytest.mark.parametrize("damage", [b"", b"FTLLM001", b"x" * 5000])
def test_a_damaged_file_counts_as_none(own_folder: Path, damage: bytes) -> None:
    own_folder.mkdir()
    (own_folder / "sft-lab.bin").write_bytes(damage)
    assert "You have not trained a model" in steps_of("ask")[-1].parts["reply"]


def test_a_file_cut_short_counts_as_none(own_folder: Path) -> None:
    steps_of(steps="10")
    path = own_folder / "sft-lab.bin"
    path.write_bytes(path.read_bytes()[:-100])
    trained_models._trained.clear()
    assert trained_models.recall("sft-lab") is None


def test_forgetting_deletes_runs_and_model(own_folder: Path) -> None:
    left = steps_of(steps="10")[-1].fields
    last = steps_of("forget", **left)[-1]
    assert last.fields["runs"] == ""
    assert not (own_folder / "sft-lab.bin").exists()
    assert "Recorded run" in last.parts["results"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What does the unicorn eat?", "does not know “unicorn”"),
        ("What does the kiwy eat?", "“kiwy” (did you mean “kiwi”?)"),
        ("  ", "Type something first"),
        ("a " * 60, "at most 40 words"),
    ],
)
def test_a_question_that_cannot_be_asked_is_explained(question: str, said: str) -> None:
    reply = steps_of("ask", question=question)[-1].parts["reply"]
    assert said in reply


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("steps", "0"),
        ("steps", "4.5"),
        ("learning_rate", "nan"),
        ("learning_rate", "2"),
        ("style", "<b>"),
        ("seed", "-1"),
    ],
)
def test_a_setting_out_of_range_is_explained(field: str, text: str) -> None:
    assert field in view_of(WIDGET, "sft-lab", {}, {**START, field: text}).problems


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "steps=100|held_out_accuracy=nan|1:2",
        "|||",
        "steps=100;learning_rate=0.1;loss_on=response;style=full;seed=0|loss=1|1:2",
        "<script>",
    ],
)
def test_altered_runs_are_refused_and_do_no_harm(text: str) -> None:
    view = view_of(WIDGET, "sft-lab", {}, {**START, "runs": text})
    assert "runs" in view.problems
    assert view.values["runs"] == ()


def test_texts_from_the_storage_do_not_reach_the_page(trained: list[RunStep]) -> None:
    runs = trained[-1].fields["runs"].replace('"style":"full"', '"style":"<img src=x>"')
    assert runs != trained[-1].fields["runs"]
    parts = render_parts(WIDGET, view_of(WIDGET, "sft-lab", {}, {**START, "runs": runs}))
    assert "<img" not in "".join(parts.values())
    assert "start anew" in parts["problems"]


def test_only_the_last_runs_are_kept_and_fit_the_field(trained: list[RunStep]) -> None:
    [run] = from_text(trained[-1].fields["runs"])
    runs = [replace(run, settings={**run.settings, "seed": str(seed)}) for seed in range(1, 7)]
    field = next(field for field in WIDGET.fields({}) if field.name == "runs")
    assert len(as_text(runs)) <= field.max_length
    left = from_text(steps_of(runs=as_text(runs), steps="10")[-1].fields["runs"])
    assert [run.settings["seed"] for run in left] == ["2", "3", "4", "5", "6", "0"]


def test_the_script_of_the_lab_runs_and_reaches_the_same_accuracy(tmp_path: Path, trained: list[RunStep]) -> None:
    path = tmp_path / "script.py"
    path.write_text(script_text(view_of(WIDGET, "sft-lab", {}, START)), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=True)
    [run] = from_text(trained[-1].fields["runs"])
    assert f"after SFT: {run.figures['held_out_accuracy']:.1%}" in done.stdout


def test_the_registry_knows_the_labs() -> None:
    for name in ("sft-lab", "lora-lab", "pretrain-lab"):
        assert get_widget(name).name == name
