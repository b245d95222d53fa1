"""What is checked of the script builder's scripts, for the tests and for the report that the page shows."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.lessons.checking import misfits
from tests.lessons.environment import Environment
from tests.lessons.script_runs import Run
from tests.lessons.warm import Warm
from widgets.gallery.script_builder.script.launch import write_config
from widgets.gallery.script_builder.script.program import FILE_NAME, steps, write_program
from widgets.gallery.script_builder.script.settings import Settings
from widgets.site.sources.script_sample import everything

SPLIT_ON_CPU = Path(__file__).with_name("split_on_cpu.py")
MODEL = "org/model"
"""Stands for the name of any model, which is a text in the script and changes nothing else by itself."""


def launch_commands(settings: Settings) -> list[list[str]]:
    """Give the commands that the page shows, as they follow ``python``; FSDP needs a push to split without GPUs."""
    config = write_config(settings)
    assert config
    first, *rest = steps(settings)
    script = [str(SPLIT_ON_CPU), FILE_NAME] if settings.strategy == "fsdp" else [FILE_NAME]
    return [
        ["-m", "accelerate.commands.launch", "--config_file", config.name, *script, first],
        [FILE_NAME, *rest],
    ]


def what_is_missing(settings: Settings, run: Run) -> str:
    """Say what a script should have saved and has not, or has saved and should not; "" if all is well."""
    saved = {name.rpartition("/")[2] for name in run.files if name.startswith(f"{settings.output_dir}/")}
    merged = {name.rpartition("/")[2] for name in run.files if name.startswith(f"{settings.output_dir}-merged/")}
    wanted = {"adapter_config.json", "adapter_model.safetensors"} if settings.has_adapter else {"config.json"}
    if not wanted | {"tokenizer_config.json"} <= saved:
        return f"{settings.output_dir} holds {sorted(saved)}"
    if bool(merged) != settings.merges:
        return f"{settings.output_dir}-merged holds {sorted(merged)}"
    if merged and not {"config.json", "model.safetensors", "tokenizer_config.json"} <= merged:
        return f"{settings.output_dir}-merged holds {sorted(merged)}"
    return ""


def what_went_wrong(settings: Settings, run: Run) -> str:
    """Say in one line what is wrong with a run; "" if nothing is."""
    return run.error or what_is_missing(settings, run)


def what_was_not_shared(settings: Settings, run: Run) -> str:
    """Say what shows that a launched script did not train in two processes, or did not split; "" if it did."""
    if run.output.count("trainable params:") != settings.gpus:
        return "not every process has trained"
    is_split = any("pytorch_model_fsdp" in name for name in run.files)
    return "" if is_split == (settings.strategy == "fsdp") else "the model was split, or not, against the configuration"


@cache
def written() -> tuple[int, tuple[str, ...]]:
    """Write every combination; give how many there are, and the texts that differ in more than the model's name."""
    count, texts = 0, {}
    for settings in everything():
        count += 1
        texts.setdefault(write_program(settings).replace(settings.model, MODEL), None)
    return count, tuple(texts)


@cache
def typical_programs() -> dict[str, str]:
    """Give scripts that together contain every import and every call that any combination can contain.

    Texts and numbers do not count: a call with another learning rate is the same call.
    """
    seen: set[str] = set()
    programs: dict[str, str] = {}
    for text in written()[1]:
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                node.value = 0
        kinds = (ast.Call, ast.Import, ast.ImportFrom)
        dumps = {ast.dump(node) for node in ast.walk(tree) if isinstance(node, kinds)}
        if not dumps <= seen:
            seen |= dumps
            programs[str(len(programs))] = text
    return programs


def call_problems(environment: Environment, warm: Warm | None = None) -> list[str]:
    """Compare the calls of every combination with the installed libraries; give what does not fit.

    Raises:
        ListingsError: If they cannot be compared.
    """
    answers = misfits(typical_programs(), environment, warm)
    return [message for problems in answers.values() for _, message in problems]
