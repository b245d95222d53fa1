"""Scripts of the script builder run: a covering sample from start to end, the launch on two processes, and every
combination fits the installed libraries."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.lessons.environment import Environment, ListingsError, read_pins
from tests.lessons.script_checks import (
    LAUNCHED,
    call_problems,
    launch_commands,
    typical_programs,
    what_was_not_shared,
    what_went_wrong,
)
from tests.lessons.script_runs import ScriptRuns, name_of
from widgets.catalog.scripts.choices import METHODS, STRATEGIES, TUNINGS
from widgets.catalog.scripts.launch import write_config
from widgets.catalog.scripts.program import write_program
from widgets.catalog.scripts.sample import covering_sample, everything, fingerprint
from widgets.catalog.scripts.settings import Settings
from widgets.site.folders import ROOT
from widgets.site.script_stamp import load_script_report, script_stamp

pytestmark = pytest.mark.lessons
SAMPLE = covering_sample()


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, environment: Environment) -> Iterator[ScriptRuns]:
    """Begin to run the scripts that the selected tests are about."""
    chosen = [
        item.callspec.params["settings"]
        for item in request.session.items
        if "settings" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    try:
        running = ScriptRuns(dict.fromkeys(chosen), environment)
    except ListingsError as error:
        pytest.fail(str(error), pytrace=False)
    yield running
    running.close()


def ask(environment: Environment, code: str, given: object) -> object:
    """Run a few lines in the environment with the libraries; they read JSON and print JSON last."""
    done = subprocess.run(
        [environment.python, "-W", "ignore", "-c", code],
        cwd=ROOT,
        input=json.dumps(given),
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("settings", SAMPLE, ids=name_of)
def test_the_script_runs_from_its_first_step_to_its_last(settings: Settings, runs: ScriptRuns) -> None:
    run = runs.run_of(settings)
    wrong = what_went_wrong(settings, run)
    if wrong:
        pytest.fail(f"{name_of(settings)}\n  {wrong}\n{run.output[-3000:]}", pytrace=False)


def test_every_combination_compiles() -> None:
    for settings in everything():
        compile(write_program(settings), "train.py", "exec")


def test_imports_exist_and_calls_fit_in_every_combination(environment: Environment) -> None:
    assert call_problems(environment) == []


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

READ_CONFIG = """
import json, sys, tempfile
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_deepspeed_cmd_env, prepare_multi_gpu_env

answers = []
for text in json.load(sys.stdin):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        config = load_config_from_file(file.name)
        parser = launch_command_parser()
        known = {action.dest for action in parser._actions}
        arguments = parser.parse_args(["--config_file", file.name, "train.py", "train"])
        arguments, _, _ = _validate_launch_command(arguments)
        unknown = [key for part in (config.fsdp_config, config.deepspeed_config) for key in part if key not in known]
        if arguments.use_deepspeed:
            arguments.deepspeed_fields_from_accelerate_config = ""
            variables = prepare_deepspeed_cmd_env(arguments)[1]
        else:
            variables = prepare_multi_gpu_env(arguments)
        wanted = ("ACCELERATE_", "FSDP_")
        variables = {key: value for key, value in variables.items() if key.startswith(wanted)}
        answers.append([unknown, arguments.num_processes, variables])
print(json.dumps(answers))
"""


def test_accelerate_reads_every_configuration_and_knows_every_key(environment: Environment) -> None:
    texts = [config.text for settings in CONFIGS if (config := write_config(settings))]
    for settings, (unknown, processes, variables) in zip(CONFIGS, ask(environment, READ_CONFIG, texts), strict=True):  # type: ignore[call-overload]
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
def test_two_processes_train_together_and_what_they_save_is_merged_by_one(launched: Settings, runs: ScriptRuns) -> None:
    run = runs.launch(launched, launch_commands(launched))
    wrong = what_went_wrong(launched, run) or what_was_not_shared(launched, run)
    if wrong:
        pytest.fail(f"{name_of(launched)}\n  {wrong}\n{run.output[-3000:]}", pytrace=False)


def test_the_kept_report_is_of_the_scripts_that_are_written_now_and_of_the_pinned_versions() -> None:
    report, pins = load_script_report(), read_pins()
    assert report, "run `make listings` and commit docs/scripts.json"
    assert report["fingerprint"] == fingerprint(), (
        "the scripts have changed: run `make listings`, commit docs/scripts.json"
    )
    assert report["failed"] == []
    assert (report["ran"], report["compiled"]) == (len(SAMPLE), len(everything()))
    assert {name: version.partition("+")[0] for name, version in report["versions"].items()} == {
        name: pins[name] for name in report["versions"]
    }
    assert script_stamp()["status"] == "passed"
