"""The method comparison: its figures are the catalogue's, its advice follows from them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.catalog import memory
from widgets.catalog.memory import GB
from widgets.catalog.models import MODELS
from widgets.core.fields import Number
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.method_comparison import decision
from widgets.gallery.method_comparison.fields import GPU_SIZES_GB, HAVE_LABELS
from widgets.gallery.registry import get_widget
from widgets.gallery.shared.memory_account import gigabytes

WIDGET = get_widget("method-comparison")
LLAMA = MODELS["meta-llama/Llama-2-7b-hf"]


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    state = {**default_state(WIDGET.fields_of({})), **changes}
    return dict(render_parts(WIDGET, view_of(WIDGET, "mc", {}, state)))


def total(html: str, method: str) -> int:
    """Read the total that the page shows for a method."""
    found = re.search(rf'<data value="(\d+)" data-metric="memory_bytes" data-method="{method}">', html)
    assert found, method
    return int(found.group(1))


@pytest.mark.parametrize("method", memory.METHODS)
def test_the_shown_total_is_the_catalogues(method: str) -> None:
    expected = memory.estimate("meta-llama/Llama-2-7b-hf", method, context_length=512).total_bytes
    assert total(render()["memory"], method) == expected


# Model states plus activations of 512 tokens as counted on torch: 107.8 + 3.06 (full) and 13.5 + 2.29 (LoRA), in GB.
@pytest.mark.parametrize(("method", "counted"), [("full-sft", 107.8 + 3.06), ("lora", 13.5 + 2.29)])
def test_shown_figures_agree_with_the_counted_ones_to_one_per_cent(method: str, counted: float) -> None:
    html = render()["memory"]
    logits = re.search(rf'<data value="(\d+)" [^>]*data-method="{method}" data-component="logits">', html)
    assert logits
    assert (total(html, method) - int(logits.group(1))) / GB == pytest.approx(counted, rel=0.01)


def test_components_add_up_to_the_total() -> None:
    html = render()["memory"]
    for method in memory.METHODS:
        parts = re.findall(rf'<data value="(\d+)" [^>]*data-method="{method}" data-component="\w+">', html)
        assert sum(map(int, parts)) == total(html, method)


def test_ppo_holds_four_models_and_three_with_adapters() -> None:
    assert "4 models in memory" in render(methods="rlhf-ppo")["memory"]
    assert "3 models in memory" in render(methods="rlhf-ppo", tuning="lora")["memory"]
    assert "4: policy, value, reference, reward" in render(methods="rlhf-ppo")["cards"]


def test_only_the_chosen_methods_are_shown() -> None:
    parts = render(methods="lora,dpo")
    assert "QLoRA" not in parts["memory"]
    assert parts["cards"].count("<article") == 2


def test_choosing_no_method_is_explained_and_all_are_shown() -> None:
    parts = render(methods="")
    assert "choose at least 1" in parts["problems"]
    assert parts["cards"].count("<article") == 6


@pytest.mark.parametrize(
    ("have", "gpu_gb", "expected"),
    [
        ("pairs", 24, "lora"),
        ("pairs", 12, "qlora"),
        ("preferences", 24, "dpo"),
        ("raters", 80, "rlhf-ppo"),
        ("text", 24, "pre-training"),
    ],
)
def test_advice_for_a_7b_model(have: str, gpu_gb: int, expected: str) -> None:
    assert decision.advise(have, gpu_gb * GB, LLAMA, {}).method == expected


@given(
    have=st.sampled_from(sorted(HAVE_LABELS)),
    gpu_gb=st.sampled_from(GPU_SIZES_GB),
    model=st.sampled_from(sorted(MODELS)),
)
@settings(max_examples=60, deadline=None)
def test_advised_methods_fit_or_the_advice_says_that_nothing_does(have: str, gpu_gb: int, model: str) -> None:
    advice = decision.advise(have, gpu_gb * GB, MODELS[model], {})
    if "does not fit" in advice.headline or advice.method == "pre-training":
        return
    sizes = [memory.estimate(MODELS[model], advice.method, tuning=tuning).total_bytes for tuning in ("lora", "qlora")]
    assert min(sizes) <= gpu_gb * GB


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_larger_batch_or_context_never_needs_less_memory(data: st.DataObject) -> None:
    fields = {field.name: field for field in WIDGET.fields_of({})}
    name = data.draw(st.sampled_from(["batch_size", "context_length", "rank"]))
    field = fields[name]
    assert isinstance(field, Number)
    low = data.draw(st.integers(int(field.minimum), int(field.maximum)))
    high = data.draw(st.integers(low, int(field.maximum)))
    smaller, larger = render(**{name: str(low)})["memory"], render(**{name: str(high)})["memory"]
    for method in memory.METHODS:
        assert total(smaller, method) <= total(larger, method)


def test_gigabytes_are_rounded_for_readers() -> None:
    assert gigabytes(12_345_000_000) == "12.3 GB"
    assert gigabytes(999_000_000) == "1.00 GB"
