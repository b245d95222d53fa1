"""The QLoRA lab counts the same codes and bytes as the engine, and LoRA learns on the 4-bit base."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from plotly import graph_objects

from widgets.cli import record_levels
from widgets.cli.record_levels import blocks, codes_of, weights_of
from widgets.core.widget import RunStep, default_state, render_parts, view_of
from widgets.engine.nf4 import NF4_LEVELS, QuantizedMatrix
from widgets.gallery.labs import following, trained_models
from widgets.gallery.labs.answers import SAMPLES, samples
from widgets.gallery.labs.qlora.levels import WHOLE, levels, matrices, quantized, sizes
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import from_text
from widgets.gallery.registry import get_widget
from widgets.recipes import qlora
from widgets.recipes.evaluation import answer_questions, evaluate
from widgets.world.model import base_model

WIDGET = get_widget("qlora-lab")
START = default_state(WIDGET.fields_of({}))
METRIC = re.compile(r'<data value="([^"]*)" data-metric="([^"]*)"')


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    return dict(render_parts(WIDGET, view_of(WIDGET, "qlora-lab", {}, {**START, **changes})))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the trained models of each test apart."""
    monkeypatch.setenv("FT_KEPT", str(tmp_path / "kept"))
    trained_models.forget(WIDGET.name)
    yield
    trained_models.forget(WIDGET.name)


def steps_of(action: str = "run", **changes: str) -> list[RunStep]:
    """Run the lab and give its steps."""
    assert WIDGET.run
    return list(WIDGET.run(view_of(WIDGET, "qlora-lab", {}, {**START, **changes}), action))


def train(action: str = "run", **changes: str) -> dict[str, str]:
    """Run the lab and give what it leaves in its state."""
    left: dict[str, str] = {}
    for step in steps_of(action, **changes):
        left |= step.fields
    return left


@pytest.mark.parametrize("matrix", ["layers.0.q_proj", "layers.0.up_proj", "layers.1.down_proj"])
def test_the_codes_are_the_engines(matrix: str) -> None:
    theirs = QuantizedMatrix(base_model().linears[matrix].weight).codes()
    ours = [code for _, scaled in blocks(weights_of(matrix)) for code in codes_of(scaled, NF4_LEVELS)]
    assert len(ours) == len(theirs)
    different = sum(one != other for one, other in zip(ours, theirs, strict=True))
    assert different <= 2  # a weight in the middle between two levels may fall to either side in 32 bits


@pytest.mark.parametrize("double_quantization", [True, False])
def test_the_bytes_are_the_engines(double_quantization: bool) -> None:
    _, theirs = qlora.attach(base_model(), double_quantization=double_quantization)
    ours = sizes(double_quantization=double_quantization)
    assert (ours.matrices_bytes, ours.matrices_fp32_bytes) == (theirs.matrices_bytes, theirs.matrices_fp32_bytes)
    assert (ours.model_bytes, ours.model_fp32_bytes) == (theirs.model_bytes, theirs.model_fp32_bytes)


def test_the_quantized_matrices_take_at_most_013_of_their_32_bit_bytes() -> None:
    shown = {name: float(value) for value, name in METRIC.findall(render()["sizes"])}
    assert shown["matrices_bytes"] <= 0.13 * shown["matrices_fp32_bytes"]
    assert shown["bits_per_weight"] == pytest.approx(4.133, abs=5e-4)
    assert {name: float(value) for value, name in METRIC.findall(render(double_quantization="off")["sizes"])}[
        "bits_per_weight"
    ] == pytest.approx(4.5)


@pytest.mark.parametrize("matrix", [*matrices(), WHOLE])
def test_nf4_rounds_every_matrix_better_than_even_levels(matrix: str) -> None:
    found = quantized(matrix)
    assert found.nf4.rms_error < found.even.rms_error
    assert sum(found.bars) == pytest.approx(1)
    assert sum(found.nf4.shares) == pytest.approx(1)
    assert len(found.even.levels) == len(NF4_LEVELS) == 16
    assert found.nf4.levels == NF4_LEVELS


def test_what_is_shown_of_the_matrices_is_what_the_command_counts() -> None:
    """In the file stands what JSON makes of it."""
    assert json.loads(json.dumps(record_levels.record())) == levels()


def test_the_error_is_that_of_the_dequantized_matrix() -> None:
    weight = base_model().linears["layers.0.q_proj"].weight
    restored = QuantizedMatrix(weight, double_quantization=False).dequantize()
    before, after = weight.tolist(), restored.tolist()
    pairs = [(x, y) for row, other in zip(before, after, strict=True) for x, y in zip(row, other, strict=True)]
    error = (sum((x - y) ** 2 for x, y in pairs) / sum(x * x for x, _ in pairs)) ** 0.5
    assert quantized("layers.0.q_proj").nf4.rms_error == pytest.approx(error, rel=1e-5)


def test_the_chart_is_a_valid_figure_with_a_row_for_each_level() -> None:
    html = render()["levels"]
    figure = re.search(r'data-figure="([^"]*)"', html)
    assert figure
    data = json.loads(figure[1].replace("&quot;", '"').replace("@accent", "red").replace("@train", "red"))
    text = json.dumps(data).replace("@frozen", "blue")
    assert len(graph_objects.Figure(json.loads(text)).data) == 3
    assert html.count("<tr>") == 1 + 16


def test_the_recorded_run_is_labelled_and_keeps_within_3_points_of_lora() -> None:
    html = render()["results"]
    assert "Recorded run" in html
    lora, nf4 = recorded("qlora-lab").runs
    assert (lora.settings["base"], nf4.settings["base"]) == ("32-bit", "NF4")
    assert lora.figures["held_out_accuracy"] >= 0.95
    assert nf4.figures["held_out_accuracy"] >= lora.figures["held_out_accuracy"] - 0.03


def test_a_fresh_run_comes_to_what_was_recorded() -> None:
    left = train()
    runs = from_text(left["runs"])
    for fresh, kept in zip(runs, recorded("qlora-lab").runs, strict=True):
        assert fresh.settings == kept.settings
        assert fresh.figures["held_out_accuracy"] == pytest.approx(kept.figures["held_out_accuracy"], abs=0.02)
        assert fresh.figures["loss"] == pytest.approx(kept.figures["loss"], abs=0.01)
    recorded_answers = recorded("qlora-lab").fields["answers"].split("|")
    same = [one == other for one, other in zip(left["answers"].split("|"), recorded_answers, strict=True)]
    assert sum(same) >= len(SAMPLES) - 1  # the last bits of the arithmetic differ between machines


def test_sample_answers_are_shown_before_during_and_after_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "After the recorded QLoRA run: " in render()["answers"]
    monkeypatch.setattr(following, "BETWEEN_REPORTS_SECONDS", 0)
    steps = steps_of(steps="50")
    streamed = [step.parts["answers"] for step in steps[:-1] if "answers" in step.parts]
    for label in ("LoRA, after step 10: ", "LoRA, after step 50: ", "QLoRA, after step 10: ", "QLoRA, after step 50: "):
        assert any(f">{label}</span>" in answers for answers in streamed), label
    last = steps[-1].parts["answers"]
    assert last.count("Base model: ") == last.count("After your last QLoRA run: ") == len(SAMPLES)
    assert last == render(**steps[-1].fields)["answers"]


@pytest.mark.parametrize("double_quantization", ["on", "off"])
def test_the_model_that_answers_is_the_one_that_was_judged(double_quantization: str) -> None:
    left = train(steps="50", double_quantization=double_quantization)
    model = trained_models.recall("qlora-lab")
    assert model is not None
    nf4 = from_text(left["runs"])[1]
    assert evaluate(model, style="full").exact_match == pytest.approx(nf4.figures["held_out_accuracy"], rel=1e-5)
    assert "|".join(answer_questions(model, samples())) == left["answers"]
    weight = next(iter(model.linears.values())).quantized
    assert weight is not None
    trained_models._trained.clear()
    trained_models._adapters.clear()
    again = trained_models.recall("qlora-lab")
    assert again is not None
    assert again is not model
    stored = next(iter(again.linears.values())).quantized
    assert stored is not None
    assert (stored.nbytes, stored.dequantize().tolist()) == (weight.nbytes, weight.dequantize().tolist())
    # The adapter was stored in 16 bits, so a few answers may change.
    assert evaluate(again, style="full").exact_match == pytest.approx(nf4.figures["held_out_accuracy"], abs=0.02)
    reply = steps_of("ask", question="What does the kiwi eat?")[-1].parts["reply"]
    assert "Your model, on the 4-bit base: " in reply


def test_a_learning_rate_that_blows_up_is_a_finding() -> None:
    left = train(learning_rate="1", steps="30")
    assert "diverged_step" in from_text(left["runs"])[-1].figures
    assert "Diverged." in render(**left)["results"]


def test_the_guess_is_compared_with_the_readers_own_run_only() -> None:
    kept = recorded("qlora-lab").fields["runs"]
    assert "You guessed" not in render(guess="0-1")["results"]
    assert "You guessed at most 1 point" in render(guess="0-1", runs=kept)["results"]
    assert "you were right" in render(guess="0-1", runs=kept)["results"]
    assert "that was off" in render(guess="10-100", runs=kept)["results"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rank": "0"}, "whole number from 1 to 64"),
        ({"learning_rate": "5"}, "must be a number from"),
        ({"matrix": "layers.0.q_prj"}, "did you mean"),
        ({"runs": "nonsense"}, "start anew"),
    ],
)
def test_bad_settings_are_explained(changes: dict[str, str], message: str) -> None:
    assert message in render(**changes)["problems"]


def test_the_script_holds_the_readers_settings() -> None:
    html = render(rank="4", learning_rate="0.02")["script"]
    assert "LoraConfig(rank=4)" in html
    assert "learning_rate=0.02" in html
