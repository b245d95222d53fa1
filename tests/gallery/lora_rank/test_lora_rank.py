"""The LoRA rank explorer shows what PEFT counts, for every value of the reference file and for custom dimensions."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plotly import graph_objects

from widgets.catalog import memory
from widgets.catalog.lora_counts import target_layers
from widgets.catalog.models import MODELS
from widgets.core.precompute import cold_answers
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.lora_rank.shapes import scale_of, shapes_of
from widgets.gallery.registry import get_widget

WIDGET = get_widget("lora-rank")
REFERENCE = json.loads((Path(__file__).parents[2] / "catalog" / "lora_params.json").read_text(encoding="utf-8"))
PRESETS = {"q_v": "q,v", "q_k_v_o": "q,k,v,o", "all_linear": "all-linear"}
DIMENSIONS = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
)


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    state = {**default_state(WIDGET.fields_of({})), **changes}
    return dict(render_parts(WIDGET, view_of(WIDGET, "lora-rank", {}, state)))


def shown(html: str, name: str) -> list[str]:
    """Read the machine-readable values of a metric."""
    return re.findall(rf'<data value="([^"]+)" data-metric="{name}"', html)


def reference_cases() -> list[tuple[str, str, str, dict[str, Any]]]:
    """List every model, choice of modules and rank that PEFT was asked about."""
    return [
        (model, preset, rank, counted)
        for model, entry in REFERENCE["models"].items()
        for preset, adapter in entry["lora"].items()
        for rank, counted in adapter["ranks"].items()
    ]


def test_the_reference_covers_nine_models_and_three_presets() -> None:
    cases = reference_cases()
    assert len({model for model, *_ in cases}) >= 9
    assert {preset for _, preset, *_ in cases} == set(PRESETS)
    assert {model for model, *_ in cases} <= set(MODELS)


@pytest.mark.parametrize(("model", "preset", "rank", "counted"), reference_cases())
def test_every_shown_count_is_pefts(model: str, preset: str, rank: str, counted: dict[str, Any]) -> None:
    html = render(model=model, target_modules=PRESETS[preset], rank=rank)["figures"]
    assert shown(html, "trainable_params") == [str(counted["trainable"])]
    assert shown(html, "total_params") == [str(counted["all"])]
    assert shown(html, "trainable_percent") == [counted["printed"].rpartition(" ")[2]]
    assert counted["printed"].replace("&", "&amp;") in html


@pytest.mark.parametrize("model", REFERENCE["models"])
def test_custom_dimensions_of_a_real_model_give_pefts_counts(model: str) -> None:
    config, reference = MODELS[model], REFERENCE["models"][model]
    custom = {name: str(getattr(config, name)) for name in DIMENSIONS}
    custom["model_type"] = reference["config"]["model_type"]
    custom["tie_word_embeddings"] = "on" if reference["config"]["tie_word_embeddings"] else "off"
    for choice, targets in PRESETS.items():
        for rank, counted in reference["lora"][choice]["ranks"].items():
            html = render(model="custom", target_modules=targets, rank=rank, **custom)["figures"]
            assert counted["printed"] in html


def test_the_dimensions_of_a_hidden_custom_model_change_nothing() -> None:
    assert render(hidden_size="512", num_key_value_heads="5", attention_bias="on") == render()


def test_model_states_are_the_memory_accounts() -> None:
    html = render(rank="16", target_modules="all-linear")["memory"]
    expected = [
        memory.estimate("meta-llama/Llama-2-7b-hf", method, rank=16, targets="all-linear").model_state_bytes
        for method in ("full-sft", "lora", "qlora")
    ]
    assert shown(html, "memory_bytes") == [str(size) for size in expected]


def test_the_adapter_file_takes_four_or_two_bytes_a_parameter() -> None:
    html = render()["figures"]
    assert shown(html, "adapter_bytes") == [str(4_194_304 * 4), str(4_194_304 * 2)]


@pytest.mark.parametrize(
    ("changes", "part", "message"),
    [
        ({"rank": "0"}, "problems", "whole number from 1 to 256"),
        ({"rank": "<img src=x onerror=alert(1)>"}, "problems", "whole number from 1 to 256"),
        ({"model": "meta-llama/Llama-2-7b"}, "problems", "did you mean &quot;meta-llama/Llama-2-7b-hf&quot;"),
        ({"target_modules": "q,w"}, "problems", "unknown value"),
        ({"model": "custom", "num_key_value_heads": "5"}, "summary", "each must serve the same number"),
        ({"model": "custom", "head_dim": "65"}, "summary", "must be even"),
    ],
)
def test_bad_settings_are_explained(changes: dict[str, str], part: str, message: str) -> None:
    html = render(**changes)[part]
    assert message in html
    assert "<img" not in html


def test_impossible_dimensions_show_no_count() -> None:
    parts = render(model="custom", head_dim="65")
    assert "Nothing can be counted" in parts["summary"]
    assert not any("<data" in html for html in parts.values())
    assert all(parts[name] == "" for name in ("figures", "memory", "shapes", "chart", "code"))


def test_every_problem_points_to_its_control() -> None:
    html = render(model="custom", head_dim="65", num_key_value_heads="5")["summary"]
    assert re.findall('data-problem="([^"]+)"', html) == ["num_key_value_heads", "head_dim"]
    html = render(model="microsoft/phi-2", target_modules="gate")["summary"]
    assert re.findall('data-problem="([^"]+)"', html) == ["target_modules"]
    assert "Phi-2 has no layer &quot;gate&quot;; allowed: q, k, v, o, up, down or a preset" in html


def test_biases_are_refused_where_the_architecture_fixes_them() -> None:
    html = render(model="custom", model_type="qwen2", attention_bias="on")["summary"]
    assert "Qwen2 always has them on q, k, v; attention_bias can be chosen for llama, qwen3, gemma" in html


def test_custom_fields_appear_only_for_a_custom_model() -> None:
    conditions = {field.name: field.shown_when for field in WIDGET.fields_of({})}
    always = [name for name, condition in conditions.items() if condition is None]
    assert always == ["model", "rank", "alpha", "target_modules"]
    assert {condition for condition in conditions.values() if condition} == {("model", "custom")}
    assert set(DIMENSIONS) < set(conditions)


def test_every_state_one_control_away_is_answered_without_python() -> None:
    answers = cold_answers(WIDGET, "lora-rank", {})["figures"]
    assert {"", "rank=256", "rank=1", "model=custom", "target_modules=gate"} <= set(answers)
    assert {f"model={quote(model, safe='')}" for model in MODELS} - {"model=meta-llama%2FLlama-2-7b-hf"} <= set(answers)
    assert shown(answers["rank=64"], "trainable_params") == [str(8 * 4_194_304)]
    own = cold_answers(WIDGET, "lora-rank", {"defaults": {"model": "custom"}})["figures"]
    assert "tie_word_embeddings=on" in own


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rank", ["1", "8", "256"])
@pytest.mark.parametrize("targets", ["q,v", "all-linear", "up"])
def test_pictures_are_to_one_scale_and_stay_in_their_frame(model: str, rank: str, targets: str) -> None:
    layers = target_layers(model, targets)
    scale = scale_of(shapes_of(layers), int(rank))
    html = render(model=model, rank=rank, target_modules=targets)["shapes"]
    heights = [float(height) for height in re.findall(r'viewBox="0 0 440 ([0-9.]+)"', html)]
    boxes = re.findall(r'<rect x="([0-9.]+)" y="24" width="([0-9.]+)" height="([0-9.]+)" class="(lr-\w+)">', html)
    assert max(heights) <= 24 + 190.01
    for x, width, height, _ in boxes:
        assert float(x) + float(width) <= 440
        assert 24 + float(height) <= max(heights) + 0.011
    frozen = [(float(width), float(height)) for _, width, height, kind in boxes if kind == "lr-frozen"]
    expected = [(shape.in_features * scale, shape.out_features * scale) for shape in shapes_of(layers)]
    assert [size for pair in frozen for size in pair] == pytest.approx([n for pair in expected for n in pair], abs=0.01)


def test_strips_thinner_than_a_hairline_are_said_to_be_drawn_thicker() -> None:
    assert "a little thicker" in render(rank="1")["shapes"]
    assert "a little thicker" not in render(rank="256")["shapes"]


def test_the_code_to_copy_is_the_chosen_configuration() -> None:
    html = render(rank="32", alpha="64", target_modules="q,k,v,o")["code"]
    assert "r=32" in html
    assert "lora_alpha=64" in html
    assert "o_proj" in html


def test_the_chart_is_a_valid_plotly_figure_and_has_its_table() -> None:
    html = render()["chart"]
    figure = json.loads(re.search(r'data-figure="([^"]+)"', html)[1].replace("&quot;", '"').replace("&amp;", "&"))  # type: ignore[index]
    coloured = re.sub(r'"@[a-z0-9-]+"', '"#123456"', json.dumps(figure))
    graph_objects.Figure(json.loads(coloured))
    assert "<table" in html


@given(
    rank=st.integers(1, 255), model=st.sampled_from(sorted(MODELS)), preset=st.sampled_from(sorted(PRESETS.values()))
)
@settings(max_examples=60, deadline=None)
def test_one_more_rank_adds_the_same_parameters_everywhere(rank: int, model: str, preset: str) -> None:
    first, here, after = (
        int(shown(render(model=model, rank=str(r), target_modules=preset)["figures"], "trainable_params")[0])
        for r in (1, rank, rank + 1)
    )
    assert after - here == first


def python_calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions in a piece of work."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    ("custom", "most"),
    [({}, 1200), ({"model": "custom", "head_dim": "64"}, 1450)],  # 1,088 and 1,338 on Python 3.11
)
def test_moving_the_rank_costs_little(custom: dict[str, str], most: int) -> None:
    render(rank="8", **custom)
    # Most of the calls write the HTML; there were 4,700 when every count looked at the model's dimensions anew.
    assert python_calls(lambda: render(rank="24", **custom)) < most


def test_nothing_kept_from_one_setting_is_shown_for_another() -> None:
    settings = [("8", "q,v"), ("24", "q,v"), ("24", "all-linear"), ("8", "q,v")]
    pages = [render(rank=rank, target_modules=targets) for rank, targets in settings]
    assert pages[0] == pages[3]
    assert len({page["chart"] for page in pages}) == len({page["memory"] for page in pages}) == 3
