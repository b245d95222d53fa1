"""The comparison reads the reader's own runs where the labs keep them, checks them, and counts what they trained."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from widgets.catalog import memory
from widgets.core.errors import WidgetError
from widgets.core.frame import payload_of
from widgets.core.widget import borrowed, default_state, render_parts, view_of
from widgets.engine.adapter import Adapter, LoraConfig
from widgets.gallery.labs.lora.view import TARGETS
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, as_text
from widgets.gallery.method_comparison import own_runs
from widgets.gallery.registry import get_widget
from widgets.gallery.shared.memory_account import gigabytes
from widgets.recipes.scalar_model import ScalarModel
from widgets.world.model import base_model

WIDGET = get_widget("method-comparison")
START = default_state(WIDGET.fields_of({}))
RECORDED = {
    f"{lab.name}_{lab.field}".replace("-", "_"): recorded(lab.name).fields[lab.field] for lab in own_runs.LABS.values()
}
"""What the labs leave in the reader's browser, as recorded."""


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    return dict(render_parts(WIDGET, view_of(WIDGET, "mc", {}, {**START, **changes})))


def row(html: str, label: str) -> str:
    """Cut out the table row of a method."""
    found = re.search(rf'<tr><th scope="row">{label}</th>.*?</tr>', html, re.DOTALL)
    assert found, label
    return found.group(0)


def test_without_runs_every_row_names_the_lab_that_makes_one() -> None:
    html = render()["own_runs"]
    assert html.count("no run yet") == 6
    for lesson, lab in (("sft", "sft-lab"), ("lora", "lora-lab"), ("rlhf", "rlhf-lab"), ("dpo", "dpo-lab")):
        assert f'href="{lesson}.html#{lab}"' in html


def test_the_runs_of_every_lab_are_shown_with_their_figures() -> None:
    html = render(**RECORDED)["own_runs"]
    assert "no run yet" not in html
    sft = recorded("sft-lab").runs[-1].figures
    assert f'<data value="{sft["held_out_accuracy"]:.6g}" data-metric="held_out_accuracy"' in row(
        html, "Full supervised fine-tuning"
    )
    assert "it continues text" in row(html, "Pre-training")
    assert 'data-metric="models_in_memory" data-method="rlhf-ppo" data-model="tiny">4<' in html
    assert 'data-metric="models_in_memory" data-method="dpo" data-model="tiny">2<' in html
    assert 'data-metric="trainable_params" data-method="full-sft" data-model="tiny">117,952<' in html


def test_the_runs_stand_beside_the_chosen_real_model() -> None:
    html = render()["own_runs"]
    needed = memory.estimate("meta-llama/Llama-2-7b-hf", "full-sft", context_length=512).total_bytes
    assert gigabytes(needed) in row(html, "Full supervised fine-tuning")
    assert render(methods="lora,dpo")["own_runs"].count("no run yet") == 2


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("rank", [1, 8, 64])
def test_the_counted_adapter_is_the_engines(targets: str, rank: int) -> None:
    adapter = Adapter(base_model(), LoraConfig(rank=rank, target_modules=TARGETS[targets]))
    assert own_runs.adapter_params(rank, targets) == adapter.parameters.count


def test_the_counted_models_of_ppo_are_the_engines() -> None:
    model = base_model()
    value = ScalarModel(model)
    expected = model.parameters.count + sum(parameters.count for parameters in value.parameter_sets)
    size = own_runs.LABS["rlhf-ppo"].size({})
    assert size.trainable_params == expected
    assert size.state_bytes == 16 * expected + 4 * expected
    assert own_runs.total_params() == model.parameters.count


def test_what_is_compared_with_a_method_does_not_count_as_its_run() -> None:
    figures = {**recorded("lora-lab").runs[-1].figures}
    settings = {**recorded("lora-lab").runs[-1].settings, "method": "full"}
    html = render(lora_lab_runs=as_text([Run(settings, figures, (1,), {"loss": (1.0,)})]))["own_runs"]
    assert "no run yet" in row(html, "LoRA")


@pytest.mark.parametrize("text", ["rank=8", "x" * 9000, "<img src=x>|a=1|1:1"])
def test_a_text_that_no_lab_wrote_is_explained_and_shown_as_no_run(text: str) -> None:
    parts = render(lora_lab_runs=text)
    assert "could not be read" in parts["problems"]
    assert "no run yet" in row(parts["own_runs"], "LoRA")
    assert "<img" not in parts["own_runs"]


@pytest.mark.parametrize("altered", ["rank=<b>", "rank=65", "target_modules=none"])
def test_a_run_with_settings_that_the_lab_refuses_is_left_out(altered: str) -> None:
    name, _, value = altered.partition("=")
    run = recorded("lora-lab").runs[-1]
    text = as_text([replace(run, settings={**run.settings, name: value})])
    assert "no run yet" in row(render(lora_lab_runs=text)["own_runs"], "LoRA")


def test_a_run_that_blew_up_says_so() -> None:
    run = recorded("sft-lab").runs[-1]
    text = as_text([replace(run, figures={**run.figures, "diverged_step": 3})])
    assert "diverged" in row(render(sft_lab_runs=text)["own_runs"], "Full supervised fine-tuning")


def test_the_page_is_told_where_the_labs_keep_their_runs() -> None:
    fields = {field["name"]: field for field in payload_of(WIDGET, "mc", {})["fields"]}
    assert fields["sft_lab_runs"]["kept_as"] == ["lab/sft-lab", "runs"]
    assert fields["dpo_lab_dpo_runs"]["kept_as"] == ["lab/preferences", "dpo_runs"]
    assert all(fields[name]["stored"] for name in RECORDED)
    assert "kept_as" not in fields["model"]
    for method, lab in own_runs.LABS.items():
        theirs = payload_of(get_widget(lab.name), lab.name, {})
        name = f"{lab.name}_{lab.field}".replace("-", "_")
        assert fields[name]["kept_as"] == [theirs["place"], lab.field], method


def test_only_what_another_widget_keeps_can_be_borrowed() -> None:
    with pytest.raises(WidgetError, match='unknown stored field of sft-lab "steps"'):
        borrowed(get_widget("sft-lab"), "steps")
    homeless = replace(get_widget("sft-lab"), place_of=None)
    with pytest.raises(WidgetError, match="no place of its own"):
        borrowed(homeless, "runs")
