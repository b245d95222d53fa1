"""Scripts of the script builder run: a covering sample from start to end, the launch on two processes, and every
combination fits the installed libraries."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.lessons.environment import Environment, ListingsError, read_pins
from tests.lessons.script_runs import Run, ScriptRuns, name_of
from widgets.catalog.scripts.launch import write_config
from widgets.catalog.scripts.program import steps, write_program
from widgets.catalog.scripts.sample import covering_sample, everything, fingerprint
from widgets.catalog.scripts.settings import STRATEGIES, TUNINGS, Settings
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
    if run.error:
        pytest.fail(f"{name_of(settings)}\n  {run.error}\n{run.output[-3000:]}", pytrace=False)
    check_files(settings, run)


def check_files(settings: Settings, run: Run) -> None:
    """What a script has saved: the adapter or the model, with its tokenizer, and the merged model with its own."""
    saved = {name.rpartition("/")[2] for name in run.files if name.startswith(f"{settings.output_dir}/")}
    assert "tokenizer_config.json" in saved
    assert ("adapter_config.json" in saved) == settings.has_adapter
    assert ("config.json" in saved) != settings.has_adapter
    merged = {name.rpartition("/")[2] for name in run.files if name.startswith(f"{settings.output_dir}-merged/")}
    assert bool(merged) == settings.merges
    assert not merged or {"config.json", "model.safetensors", "tokenizer_config.json"} <= merged


def test_every_combination_compiles() -> None:
    for settings in everything():
        compile(write_program(settings), "train.py", "exec")


def shapes() -> dict[str, str]:
    """Give the scripts of every combination, without repeating those that differ in a text or a number only."""
    found: dict[str, str] = {}
    for settings in everything():
        text = write_program(settings)
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                node.value = 0
        found.setdefault(ast.dump(tree), text)
    return {str(number): text for number, text in enumerate(found.values())}


def test_imports_exist_and_calls_fit_in_every_combination(environment: Environment) -> None:
    programs = shapes()
    assert len(programs) > 50
    done = subprocess.run(
        [environment.python, "-W", "ignore", "-m", "tests.lessons.signatures"],
        cwd=ROOT,
        input=json.dumps(programs),
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found = {programs[key]: wrong for key, wrong in json.loads(done.stdout.splitlines()[-1]).items() if wrong}
    assert not found, next(iter(found.items()))


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


LAUNCHED = (
    Settings(tuning="lora", gpus=2, max_length=128),
    Settings(method="dpo", tuning="qlora", gpus=2, max_length=128, model="Qwen/Qwen2.5-0.5B-Instruct"),
)


@pytest.mark.parametrize("launched", LAUNCHED, ids=name_of)
def test_two_processes_train_together_as_accelerate_launches_them(launched: Settings, runs: ScriptRuns) -> None:
    config = write_config(launched)
    assert config
    run = runs.launch(launched, ["-m", "accelerate.commands.launch", "--config_file", config.name, "train.py", "train"])
    assert not run.error, run.output[-3000:]
    assert f"{launched.output_dir}/adapter_model.safetensors" in run.files
    assert steps(launched)[0] == "train"


def test_the_kept_report_is_of_the_scripts_that_are_written_now_and_of_the_pinned_versions() -> None:
    report, pins = load_script_report(), read_pins()
    assert report, "run `make listings` and commit docs/scripts.json"
    assert report["fingerprint"] == fingerprint(), "the scripts have changed: run `make listings`, commit docs/scripts.json"
    assert report["failed"] == []
    assert (report["ran"], report["compiled"]) == (len(SAMPLE), len(everything()))
    assert {name: version.partition("+")[0] for name, version in report["versions"].items()} == {
        name: pins[name] for name in report["versions"]
    }
    assert script_stamp()["status"] == "passed"
