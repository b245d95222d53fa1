"""The script builder writes Python that compiles for every state, holds the reader's choices, and explains clashes."""

from __future__ import annotations

import ast
import html
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.catalog.lora_counts import TARGET_PRESETS
from widgets.core.fields import Field, FieldError, NumberBox, Text
from widgets.core.precompute import cold_answers
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.registry import get_widget
from widgets.gallery.script_builder.fields import CUSTOM, settings_of
from widgets.gallery.script_builder.script import problems, program
from widgets.gallery.script_builder.script.choices import CHAT_MODELS, FORMATS, METHODS, TARGETS, TURN_ENDS
from widgets.gallery.script_builder.script.launch import install_command, run_commands, write_config
from widgets.gallery.script_builder.script.settings import Settings
from widgets.site.sources import script_sample

WIDGET = get_widget("script-builder")
FIELDS = {field.name: field for field in WIDGET.fields_of({})}


def render(**changes: str) -> dict[str, str]:
    """Render every part for the default state with these changes."""
    state = {**default_state(WIDGET.fields_of({})), **changes}
    return dict(render_parts(WIDGET, view_of(WIDGET, "script-builder", {}, state)))


def listing(part: str, name: str) -> str:
    """Read the text of a listing as the page's script does: without markup."""
    found = re.search(rf'<code id="script-builder-{name}">(.*?)</code>', part, re.S)
    assert found
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


def script(**changes: str) -> str:
    """Give the script that is shown."""
    return listing(render(**changes)["program"], "program")


def calls(text: str) -> dict[str, dict[str, Any]]:
    """Give, for each call by a name, its keyword arguments as Python source."""
    return {
        node.func.id: {word.arg: ast.unparse(word.value) for word in node.keywords if word.arg}
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def names(text: str) -> dict[str, str]:
    """Give the texts that are assigned to names in capitals."""
    return {
        node.targets[0].id: node.value.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def texts_of(field: Field) -> st.SearchStrategy[str]:
    """Draw texts for a field: its variations, numbers in its range, names, and nonsense."""
    nonsense = st.text(max_size=120) | st.sampled_from(
        ['"; import os #', "$(reboot)", "../x", "a\nb", "'''", "{MODEL}"]
    )
    allowed = st.sampled_from(field.variations())
    if isinstance(field, NumberBox):
        numbers = st.integers(int(field.minimum) or 1, int(field.maximum) or 1).map(str)
        return st.one_of(allowed, allowed, numbers, st.floats(1e-7, 0.9).map(repr), nonsense)
    if isinstance(field, Text):
        return st.one_of(allowed, st.from_regex(re.compile(field.pattern, re.ASCII), fullmatch=True), nonsense)
    return st.one_of(allowed, allowed, allowed, nonsense)


STATES = st.fixed_dictionaries({name: texts_of(field) for name, field in FIELDS.items()})


@given(state=STATES)
@settings(max_examples=100, deadline=None)
def test_whatever_the_state_is_the_script_compiles_or_the_reader_is_told_why_there_is_none(
    state: dict[str, str],
) -> None:
    view = view_of(WIDGET, "script-builder", {}, state)
    parts = dict(render_parts(WIDGET, view))
    if not parts["program"]:
        assert "There is no script until this is changed" in parts["summary"]
        assert "ft-problem" in parts["summary"] + parts["problems"]
        return
    text = listing(parts["program"], "program")
    compile(text, "train.py", "exec")
    chosen = settings_of(view)
    assert names(text)["MODEL"] == chosen.model
    assert names(text)["DATASET"] == chosen.dataset_name
    assert names(text)["OUTPUT_DIR"] == chosen.output_dir
    assert {node.names[0].name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)} == {
        "sys",
        "torch",
    }


@given(text=st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_text_of_a_reader_becomes_code_a_command_or_markup(text: str) -> None:
    for name, when in (
        ("model_id", {"model": "custom"}),
        ("dataset_id", {"dataset": "hub"}),
        ("dataset_path", {"dataset": "jsonl"}),
        ("reward_model", {"method": "grpo"}),
        ("output_dir", {}),
    ):
        try:
            accepted = FIELDS[name].parse(text)
        except FieldError:
            assert "There is no script" in render(**when, **{name: text})["summary"]
            continue
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", accepted)
        assert ".." not in accepted
        assert not accepted.startswith(("/", "-", "."))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "org/",
        "/name",
        "org/name/more",
        "a--b",
        "a..b",
        "-a",
        "a-",
        "org/.hidden",
        "a.git",
        "x" * 97,
        "ö/x",
        "a\n",
    ],
)
def test_names_that_the_hub_would_refuse_are_refused(text: str) -> None:
    with pytest.raises(FieldError, match="Hugging Face Hub"):
        FIELDS["model_id"].parse(text)
    parts = render(model="custom", model_id=text)
    assert parts["program"] == parts["launch"] == ""
    assert 'data-problem="model_id"' in parts["problems"]


@pytest.mark.parametrize("text", ["gpt2", "Qwen/Qwen3-0.6B", "meta-llama/Llama-3.1-8B_x", "a", "x" * 96])
def test_names_of_the_hub_are_taken(text: str) -> None:
    assert names(script(model="custom", model_id=text))["MODEL"] == text


@pytest.mark.parametrize(
    "text", ["../up", "/tmp/x", "a b", "a//b", "a/", ".", "~", "a\\b", "$HOME", "-rf", "a/../b", ""]
)
def test_folders_elsewhere_are_refused(text: str) -> None:
    with pytest.raises(FieldError, match="a folder without blanks"):
        FIELDS["output_dir"].parse(text)


def test_a_bad_text_in_a_control_that_is_not_shown_does_not_keep_the_script_away() -> None:
    assert script(model_id="a b", dataset_path="../x", rank="0", tuning="full", learning_rate="2e-5")
    assert render(tuning="lora", rank="0")["program"] == ""


def test_the_settings_stand_in_the_script() -> None:
    text = script(
        tuning="lora",
        rank="8",
        alpha="24",
        dropout="0.1",
        target_modules="q,v",
        max_length="1024",
        per_device_train_batch_size="2",
        gradient_accumulation_steps="8",
        learning_rate="1e-4",
        num_train_epochs="2.5",
        output_dir="runs/first",
    )
    adapter, arguments = calls(text)["LoraConfig"], calls(text)["SFTConfig"]
    assert (adapter["r"], adapter["lora_alpha"], adapter["lora_dropout"]) == ("8", "24", "0.1")
    assert adapter["target_modules"] == "['q_proj', 'v_proj']"
    assert arguments["max_length"] == "1024"
    assert arguments["per_device_train_batch_size"] == "2"
    assert arguments["gradient_accumulation_steps"] == "8"
    assert float(arguments["learning_rate"]) == 1e-4
    assert arguments["num_train_epochs"] == "2.5"
    assert names(text)["MERGED_DIR"] == "runs/first-merged"
    assert "alpha / r = 3" in text
    assert "2 × 8 = 16 rows" in text


def test_phi_s_layers_are_called_by_their_own_names() -> None:
    text = script(tuning="lora", model="microsoft/phi-2", target_modules="q,k,v,o")
    assert calls(text)["LoraConfig"]["target_modules"] == "['q_proj', 'k_proj', 'v_proj', 'dense']"


def test_quantization_appears_with_qlora_only_and_merging_goes_into_a_base_of_16_bits() -> None:
    quantized = calls(script())["BitsAndBytesConfig"]
    assert quantized["bnb_4bit_quant_type"] == "'nf4'"
    assert quantized["bnb_4bit_use_double_quant"] == "True"
    assert "AutoPeftModelForCausalLM.from_pretrained(OUTPUT_DIR, dtype=torch.bfloat16)" in script()
    assert "BitsAndBytesConfig" not in script(tuning="lora")
    assert "peft" not in script(tuning="full", learning_rate="2e-5").lower()


@pytest.mark.parametrize(
    ("tuning", "precision", "weights", "flags"),
    [
        ("full", "bf16", "float32", {"bf16": "HAS_GPU"}),
        ("full", "fp16", "float32", {"bf16": "False", "fp16": "HAS_GPU"}),
        ("full", "fp32", "float32", {"bf16": "False"}),
        ("lora", "bf16", "bfloat16", {"bf16": "HAS_GPU"}),
        ("lora", "fp16", "float16", {"bf16": "False", "fp16": "HAS_GPU"}),
        ("qlora", "fp32", "float32", {"bf16": "False"}),
    ],
)
def test_trained_weights_are_kept_in_32_bits_and_frozen_ones_in_the_chosen_precision(
    tuning: str, precision: str, weights: str, flags: dict[str, str]
) -> None:
    arguments = calls(script(tuning=tuning, precision=precision))["SFTConfig"]
    assert arguments["model_init_kwargs"] == f"{{'dtype': '{weights}'}}"
    assert {name: arguments[name] for name in ("bf16", "fp16") if name in arguments} == flags


CLASHES = [
    ({"method": "dpo", "dataset_format": "text"}, "dataset_format", "Choose “preference pairs”"),
    ({"method": "sft", "dataset_format": "preference"}, "dataset_format", "or “messages of a chat”"),
    ({"method": "grpo", "dataset_format": "messages"}, "dataset_format", "Choose “prompts only”"),
    ({"tuning": "qlora", "precision": "fp16"}, "precision", "Choose bf16"),
    ({"strategy": "fsdp"}, "strategy", "Splitting needs several GPUs"),
    ({"strategy": "zero3", "gpus": "1"}, "strategy", "Choose 2 GPUs or more"),
    ({"method": "rloo", "num_generations": "5"}, "num_generations", "One update covers 16 answers"),
]


@pytest.mark.parametrize(("changes", "field", "message"), CLASHES)
def test_what_does_not_go_together_is_explained_at_its_control_and_nothing_is_written(
    changes: dict[str, str], field: str, message: str
) -> None:
    parts = render(**changes)
    assert re.findall('data-problem="([^"]+)"', parts["summary"]) == [field]
    assert message in html.unescape(parts["summary"])
    assert f'<a href="#script-builder-{field}">{FIELDS[field].label}</a>' in parts["summary"]
    assert parts["program"] == parts["launch"] == ""
    assert field in FIELDS


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"tuning": "full"}, "Learning rate: 0.0002 is far from the 2e-05"),
        ({"method": "dpo", "learning_rate": "5e-5"}, "SmolLM2 135M is a base model"),
        ({"tuning": "lora", "precision": "fp16"}, "fp16 has a small range"),
        ({"precision": "fp32"}, "slow on a GPU"),
        ({"gpus": "2", "strategy": "fsdp"}, "FSDP version 1"),
        ({"gpus": "2", "strategy": "zero3"}, "only after every process has loaded all of it"),
        ({"model": "custom", "target_modules": "q,v"}, "“all-linear” fits"),
        ({"gpus": "16", "per_device_train_batch_size": "8"}, "512 rows make one update"),
        ({"method": "grpo", "gpus": "2", "strategy": "zero3"}, "token by token"),
    ],
)
def test_choices_that_have_a_price_are_remarked_upon_and_kept(changes: dict[str, str], note: str) -> None:
    parts = render(**changes)
    assert note in html.unescape(parts["summary"])
    assert parts["program"]


def test_the_default_state_has_nothing_to_remark() -> None:
    assert problems.find_notes(Settings()) == []
    assert "sb-notes" not in render()["summary"]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_works_at_the_first_click(method: str) -> None:
    text = script(method=method)
    assert METHODS[method].trainer in calls(text)


def test_one_gpu_needs_no_configuration_and_several_get_one_for_each_strategy() -> None:
    assert write_config(Settings()) is None
    assert run_commands(Settings()) == ["python train.py"]
    kinds = {"none": "MULTI_GPU", "fsdp": "FSDP", "zero3": "DEEPSPEED"}
    for strategy, kind in kinds.items():
        chosen = Settings(gpus=8, strategy=strategy)
        config = write_config(chosen)
        assert config
        read = yaml.safe_load(config.text)
        assert (read["distributed_type"], read["num_processes"], read["mixed_precision"]) == (kind, 8, "bf16")
        assert run_commands(chosen) == [
            f"accelerate launch --config_file {config.name} train.py train",
            "python train.py merge generate",
        ]


def test_the_configuration_says_no_mixed_precision_as_text_and_repeats_the_accumulation() -> None:
    config = write_config(Settings(gpus=2, strategy="zero3", precision="fp32", gradient_accumulation_steps=7))
    assert config
    read = yaml.safe_load(config.text)
    assert read["mixed_precision"] == "no"
    assert read["deepspeed_config"]["gradient_accumulation_steps"] == 7


def test_a_4_bit_base_is_split_with_the_first_version_of_fsdp() -> None:
    versions = {
        tuning: yaml.safe_load(config.text)["fsdp_config"]["fsdp_version"]
        for tuning in ("full", "lora", "qlora")
        if (config := write_config(Settings(tuning=tuning, gpus=2, strategy="fsdp")))
    }
    assert versions == {"full": 2, "lora": 2, "qlora": 1}


def test_what_is_to_be_installed_is_what_is_imported() -> None:
    assert install_command(Settings()) == "pip install torch transformers trl datasets accelerate peft bitsandbytes"
    assert "peft" not in install_command(Settings(tuning="full"))
    assert install_command(Settings(gpus=2, strategy="zero3")).endswith("deepspeed")


def test_listings_can_be_copied_and_downloaded_without_python() -> None:
    parts = render(gpus="2")
    assert 'data-source="script-builder-program" data-filename="train.py"' in parts["program"]
    assert 'data-source="script-builder-config" data-filename="ddp.yaml"' in parts["launch"]
    assert listing(parts["launch"], "config") == write_config(Settings(gpus=2)).text  # type: ignore[union-attr]
    assert script() == program.write_program(Settings())


def test_the_first_clicks_are_answered_without_python() -> None:
    answers = cold_answers(WIDGET, "script-builder", {})["program"]
    assert {"", "method=dpo", "tuning=full", "method=grpo&tuning=lora", "gpus=2&strategy=fsdp", "rank=64"} <= set(
        answers
    )
    assert "DPOTrainer" in answers["method=dpo"]


def test_the_sample_contains_every_two_choices_that_go_together() -> None:
    chosen = script_sample.covering_sample()
    assert chosen[0].tuning == "qlora"
    assert all(not problems.find_problems(one) for one in chosen)
    possible = list(script_sample.everything(script_sample.MODELS))
    for first, second in (
        ("method", "tuning"),
        ("method", "precision"),
        ("tuning", "strategy"),
        ("format_id", "source"),
    ):
        every = {(getattr(one, first), getattr(one, second)) for one in possible}
        assert {(getattr(one, first), getattr(one, second)) for one in chosen} == every
    assert {one.method for one in chosen} == set(METHODS)
    assert {one.format_id for one in chosen} == set(FORMATS)


def test_the_combinations_are_made_with_every_model_of_the_form() -> None:
    offered = {value for value, *_ in FIELDS["model"].options} - {CUSTOM}  # type: ignore[attr-defined]
    assert len(offered) > len(script_sample.MODELS)
    assert offered < set(script_sample.EVERY_MODEL)
    assert {one.model for one in script_sample.everything(script_sample.EVERY_MODEL[-2:])} == set(
        script_sample.EVERY_MODEL[-2:]
    )


@pytest.fixture
def fingerprint() -> Iterator[Callable[[], str]]:
    """Give the fingerprint, computed anew each time."""
    yield script_sample.fingerprint.__wrapped__
    script_sample.fingerprint.cache_clear()


def test_another_letter_in_a_script_changes_the_fingerprint(
    fingerprint: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint()
    assert fingerprint() == before
    monkeypatch.setattr(script_sample, "write_program", lambda settings: program.write_program(settings) + "#")
    assert fingerprint() != before


def test_what_two_processes_run_is_part_of_the_fingerprint(
    fingerprint: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint()
    monkeypatch.setattr(script_sample, "LAUNCHED", script_sample.LAUNCHED[:1])
    assert fingerprint() != before


def test_what_is_written_for_other_combinations_is_part_of_the_fingerprint(
    fingerprint: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = fingerprint()
    copy = shutil.copytree(script_sample.SOURCE, tmp_path / "scripts")
    monkeypatch.setattr(script_sample, "SOURCE", copy)
    assert fingerprint() == before
    rows = copy / "rows.py"
    rows.write_text(rows.read_text(encoding="utf-8").replace("Once upon a time", "Once"), encoding="utf-8")
    assert fingerprint() != before


def test_the_models_of_the_form_are_part_of_the_fingerprint(
    fingerprint: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint()
    monkeypatch.setattr(script_sample, "EVERY_MODEL", script_sample.EVERY_MODEL[1:])
    assert fingerprint() != before


def test_the_tables_speak_of_models_and_layers_that_there_are() -> None:
    models = {value for value, _ in ((option[0], option[1]) for option in FIELDS["model"].options)}  # type: ignore[attr-defined]
    assert set(TURN_ENDS) | CHAT_MODELS <= models
    assert set(TARGETS) <= set(TARGET_PRESETS)
