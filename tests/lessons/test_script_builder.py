"""Scripts of the script builder run: a covering sample from start to end, the launch on two processes, and every
combination fits the installed libraries."""

from __future__ import annotations

import pytest

from tests.lessons.accelerate_configs import read_configs
from tests.lessons.environment import read_pins
from tests.lessons.script_checks import (
    call_problems,
    launch_commands,
    typical_programs,
    what_was_not_shared,
    what_went_wrong,
    written,
)
from tests.lessons.script_runs import ScriptRuns, name_of
from tests.lessons.warm import Warm
from widgets.gallery.script_builder.script.choices import METHODS, STRATEGIES, TUNINGS
from widgets.gallery.script_builder.script.launch import write_config
from widgets.gallery.script_builder.script.settings import Settings
from widgets.site.sources.script_sample import LAUNCHED, covering_sample, fingerprint
from widgets.site.sources.script_stamp import load_script_report, script_stamp

pytestmark = pytest.mark.lessons
SAMPLE = covering_sample()


@pytest.mark.parametrize("settings", SAMPLE, ids=name_of)
def test_the_script_runs_from_its_first_step_to_its_last(settings: Settings, script_runs: ScriptRuns) -> None:
    run = script_runs.run_of(settings)
    wrong = what_went_wrong(settings, run)
    if wrong:
        pytest.fail(f"{name_of(settings)}\n  {wrong}\n{run.output[-3000:]}", pytrace=False)


def test_every_combination_compiles() -> None:
    for text in written()[1]:
        compile(text, "train.py", "exec")


def test_imports_exist_and_calls_fit_in_every_combination(warm: Warm) -> None:
    assert call_problems(warm.environment, warm) == []


def test_the_scripts_whose_calls_are_compared_contain_every_trainer_and_every_keyword() -> None:
    together = "\n".join(typical_programs().values())
    for method in METHODS.values():
        assert f"trainer = {method.trainer}(" in together
    for word in ("fp16=HAS_GPU", "eos_token=", "precompute_ref_log_probs=", "modules_to_save=", "num_labels=1"):
        assert word in together


CONFIGS = [
    Settings(tuning=tuning, precision=precision, gpus=2, strategy=strategy)
    for strategy in STRATEGIES
    for tuning in TUNINGS
    for precision in ("bf16", "fp32")
]


def test_accelerate_reads_every_configuration_and_knows_every_key(warm: Warm) -> None:
    texts = [config.text for settings in CONFIGS if (config := write_config(settings))]
    for settings, (unknown, processes, variables) in zip(CONFIGS, read_configs(warm, texts), strict=True):
        assert unknown == [], name_of(settings)
        assert processes == 2
        assert variables["ACCELERATE_MIXED_PRECISION"] == ("no" if settings.precision == "fp32" else "bf16")
        if settings.strategy == "fsdp":
            assert variables["ACCELERATE_USE_FSDP"] == "true"
            assert variables["FSDP_VERSION"] == ("1" if settings.tuning == "qlora" else "2")
            assert variables["FSDP_STATE_DICT_TYPE"] == "FULL_STATE_DICT"
        if settings.strategy == "zero3":
            assert variables["ACCELERATE_DEEPSPEED_ZERO_STAGE"] == "3"
            assert variables["ACCELERATE_GRADIENT_ACCUMULATION_STEPS"] == "4"


@pytest.mark.parametrize("launched", LAUNCHED, ids=name_of)
def test_two_processes_train_together_and_what_they_save_is_merged_by_one(
    launched: Settings, script_runs: ScriptRuns
) -> None:
    run = script_runs.launch(launched, launch_commands(launched))
    wrong = what_went_wrong(launched, run) or what_was_not_shared(launched, run)
    if wrong:
        pytest.fail(f"{name_of(launched)}\n  {wrong}\n{run.output[-3000:]}", pytrace=False)


def test_the_kept_report_is_of_the_scripts_that_are_written_now_and_of_the_pinned_versions() -> None:
    report, pins = load_script_report(), read_pins()
    assert report, "run `make listings` and commit records/scripts.json"
    assert report["fingerprint"] == fingerprint(), (
        "the scripts have changed: run `make listings`, commit records/scripts.json"
    )
    assert report["failed"] == []
    assert (report["ran"], report["compiled"]) == (len(SAMPLE), written()[0])
    assert {name: version.partition("+")[0] for name, version in report["versions"].items()} == {
        name: pins[name] for name in report["versions"]
    }
    assert script_stamp()["status"] == "passed"
