"""The pre-training lab starts at ln V, learns, and continues what the reader begins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from math import log
from pathlib import Path

import pytest

from widgets.cli.record import stages_text
from widgets.core.widget import RunStep, default_state, render_parts, view_of
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.pretrain.parts import sentence
from widgets.gallery.labs.pretrain.view import WIDGET, script_text
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import from_text
from widgets.site.sources.folders import ROOT
from widgets.world import vocabulary
from widgets.world.model import stages

START = default_state(WIDGET.fields({}))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the trained models of each test apart."""
    monkeypatch.setenv("FT_KEPT", str(tmp_path / "kept"))
    trained_models.forget(WIDGET.name)
    yield
    trained_models.forget(WIDGET.name)


def steps_of(action: str = "run", **settings: str) -> list[RunStep]:
    assert WIDGET.run is not None
    return list(WIDGET.run(view_of(WIDGET, "pretrain-lab", {}, {**START, **settings}), action))


def test_the_loss_starts_at_the_logarithm_of_the_vocabulary_and_leaves_it() -> None:
    [run] = from_text(steps_of(steps="100")[-1].fields["runs"])
    assert run.figures["first_loss"] == pytest.approx(log(len(vocabulary())), abs=0.05)
    assert run.figures["loss"] < 2.5
    assert run.figures["text_loss"] < 2.5


def test_the_recorded_run_is_what_a_fresh_run_gives() -> None:
    [fresh], [shown] = from_text(steps_of()[-1].fields["runs"]), recorded("pretrain-lab").runs
    assert fresh.settings == shown.settings
    for name in ("first_loss", "loss", "text_loss"):
        assert fresh.figures[name] == pytest.approx(shown.figures[name], rel=0.03)


def test_the_recorded_completions_are_those_of_the_stored_checkpoints() -> None:
    assert recorded("pretrain-lab").fields["stages"] == stages_text()


def test_every_checkpoint_stands_on_the_page() -> None:
    parts = render_parts(WIDGET, view_of(WIDGET, "pretrain-lab", {}, START))
    assert parts["checkpoints"].count('lab-answer"') == len(stages()) == 6
    assert parts["checkpoints"].count('data-metric="text_loss"') == 6


def test_a_beginning_is_continued_at_every_checkpoint_one_after_the_other() -> None:
    steps = steps_of("ask", question="The platypus")
    assert [step.done for step in steps] == [1, 2, 3, 4, 5, 6, 6]
    assert steps[-1].parts["reply"].count("lab-who") == 6


def test_the_readers_own_model_continues_too() -> None:
    left = steps_of(steps="20")[-1].fields
    assert "Your model" in steps_of("ask", **left)[-1].parts["reply"]


def test_an_unknown_word_is_named() -> None:
    assert "“dragon”" in steps_of("ask", question="The dragon lives")[-1].parts["reply"]


def test_a_learning_rate_that_is_too_large_is_told() -> None:
    last = steps_of(learning_rate="1", steps="100")[-1]
    assert "Diverged" in last.parts["results"]
    assert "was stopped" in last.text


def test_what_the_model_made_is_marked() -> None:
    assert sentence("the wolf", "is a mammal . <eos>") == 'The wolf<mark class="lab-made"> is a mammal.</mark>'


def test_the_script_of_the_lab_runs(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script_text(view_of(WIDGET, "pretrain-lab", {}, {**START, "steps": "20"})), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(path)], env=environment, capture_output=True, text=True, check=True)
    assert "blind guessing: 5.371 nats" in done.stdout
    assert "loss on fresh text" in done.stdout
