"""The settings that lessons suggest to try in the labs do what the lessons say of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from widgets.core.widget import default_state, view_of
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.runs import Run, from_text
from widgets.gallery.registry import get_widget
from widgets.site.sources.folders import DOCS


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the trained models of each test apart."""
    monkeypatch.setenv("FT_KEPT", str(tmp_path / "kept"))
    for name in ("sft-lab", "pretrain-lab"):
        trained_models.forget(name)


def run_of(lab: str, **settings: str) -> Run:
    """Train in a lab with its own settings, apart from those given."""
    widget = get_widget(lab)
    assert widget.run is not None
    state = {**default_state(widget.fields({})), **settings}
    [run] = from_text(list(widget.run(view_of(widget, lab, {}, state), "run"))[-1].fields["runs"])
    return run


def suggested(lesson: str, sentence: str) -> list[str]:
    """Read the learning rates that a lesson names in a sentence."""
    text = (DOCS / "lessons" / f"{lesson}.md").read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if sentence in line]
    return re.findall(r"\[~(0\.[0-9]+)\]", line)


def test_a_larger_rate_gives_sft_a_falling_loss_and_false_answers() -> None:
    [rate] = suggested("sft", "The training loss still falls")
    usual, larger = run_of("sft-lab"), run_of("sft-lab", learning_rate=rate)
    assert larger.figures["loss"] < 0.05
    assert larger.figures["held_out_accuracy"] < 0.1 < 0.9 < usual.figures["held_out_accuracy"]
    assert larger.figures["text_loss"] > 2 * usual.figures["text_loss"]  # the number that would have warned


def test_a_still_larger_rate_blows_sft_up_within_a_few_steps() -> None:
    [rate] = suggested("sft", "The run blows up within a few steps")
    assert run_of("sft-lab", learning_rate=rate).figures["diverged_step"] <= 10


def test_neither_a_creeping_nor_an_overshooting_rate_gets_pre_training_far() -> None:
    rates = suggested("pre-training", "Neither gets far")
    assert len(rates) == 2
    creeping = run_of("pretrain-lab", steps="100", learning_rate=rates[0])
    overshooting = run_of("pretrain-lab", steps="30", learning_rate=rates[1])  # each step takes many times as long
    usual = run_of("pretrain-lab", steps="100")
    assert usual.figures["loss"] < 2.5
    for run in (creeping, overshooting):
        assert "diverged_step" not in run.figures
        assert 4 < run.figures["loss"] < run.figures["first_loss"]


def test_pre_training_at_a_rate_of_1_blows_up() -> None:
    assert suggested("pre-training", "At 1 the run blows up and is stopped") != []
    assert run_of("pretrain-lab", steps="100", learning_rate="1").figures["diverged_step"] <= 10
