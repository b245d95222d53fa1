"""What the lesson on the pipeline says beside its program: processes, files on disk, configurations of accelerate."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.lessons.accelerate_configs import read_configs
from tests.lessons.checking import hub_home
from tests.lessons.environment import Environment
from tests.lessons.programs import TIME_LIMIT_S, offline
from tests.lessons.script_runs import free_port
from tests.lessons.warm import Warm
from widgets.site.sources.folders import DOCS
from widgets.site.sources.listings import page_listings
from widgets.site.sources.pages import read_page

pytestmark = pytest.mark.lessons
PAGE = DOCS / "lessons" / "pipeline.md"
FENCES = read_page(PAGE).fences
ADAPTER, MERGED = "smollm2-dolly-adapter", "smollm2-dolly-merged"


def command(beginning: str) -> list[str]:
    """Give the one command on the page that begins so, as it follows ``python``."""
    lines = [line for fence in FENCES if fence.language == "bash" for line in fence.text.splitlines()]
    [found] = [line.partition(" #")[0] for line in lines if line.startswith(beginning)]
    first, *rest = shlex.split(found)
    return ["-m", "accelerate.commands.launch", *rest[1:]] if first == "accelerate" else rest


@pytest.fixture(scope="module")
def folder(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the program in two processes by the command of the page, then its other steps in one; give the folder."""
    folder = tmp_path_factory.mktemp("pipeline")
    home = folder.with_name(f"{folder.name}-hub")
    shutil.copytree(hub_home(environment), home)
    [program] = [item.program for item in page_listings(PAGE) if item.title == "pipeline.py"]
    (folder / "pipeline.py").write_text(program + "\n", encoding="utf-8")
    output = ""
    for arguments in (command("accelerate launch --multi_gpu"), command("python pipeline.py merge")):
        done = subprocess.run(
            [environment.python, *arguments],
            cwd=folder,
            env={**offline(home), "MASTER_PORT": str(free_port())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT_S,
            check=False,
        )
        output += done.stdout
        assert done.returncode == 0, output[-3000:]
    (folder / "output.txt").write_text(output, encoding="utf-8")
    return folder


def test_the_program_trains_in_two_processes_by_the_command_of_the_page(folder: Path) -> None:
    assert (folder / "output.txt").read_text(encoding="utf-8").count("trainable params:") == 2


def files_on_the_page() -> dict[str, set[str]]:
    """Read the tree of the page: folder → names of its files."""
    [tree] = [fence.text for fence in FENCES if fence.language == "text" and ADAPTER in fence.text]
    found: dict[str, set[str]] = {}
    for line in tree.splitlines():
        names = re.split(r"\s{2,}", line.strip())[0]
        if line.startswith(" "):
            found[list(found)[-1]] |= set(names.split(", "))
        else:
            found[names.rstrip("/")] = set()
    return found


def test_what_is_on_disk_is_what_the_page_says(folder: Path) -> None:
    shown = files_on_the_page()
    assert set(shown) == {path.name for path in folder.iterdir() if path.is_dir()}
    for name in (ADAPTER, MERGED):
        assert shown[name] == {path.name for path in (folder / name).iterdir()}


def dtypes(path: Path) -> set[str]:
    """Read the types of the tensors from the head of a safetensors file: its length in 8 bytes, then JSON."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        head = json.loads(file.read(length))
    return {tensor["dtype"] for name, tensor in head.items() if name != "__metadata__"}


def test_the_adapter_and_the_merged_model_are_saved_in_16_bits(folder: Path) -> None:
    assert dtypes(folder / ADAPTER / "adapter_model.safetensors") == {"BF16"}
    assert dtypes(folder / MERGED / "model.safetensors") == {"BF16"}


def configs() -> dict[str, str]:
    """Give the configurations that the page shows, by name."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return {
        lines[fence.line - 1].partition('title="')[2].rstrip('"'): fence.text
        for fence in FENCES
        if fence.language == "yaml"
    }


def test_accelerate_reads_the_configurations_knows_every_key_and_passes_them_on(warm: Warm) -> None:
    texts = configs()
    assert set(texts) == {"fsdp.yaml", "zero3.yaml"}
    answers = dict(zip(texts, read_configs(warm, list(texts.values())), strict=True))
    for unknown, processes, variables in answers.values():
        assert unknown == []
        assert processes == 2
        assert variables["ACCELERATE_MIXED_PRECISION"] == "bf16"
    fsdp, zero3 = answers["fsdp.yaml"][2], answers["zero3.yaml"][2]
    written = dict(re.findall(r"^  (fsdp_\w+): (\w+)$", texts["fsdp.yaml"], re.M))
    assert len(written) == texts["fsdp.yaml"].count("  fsdp_")
    assert {key: fsdp[key.upper()].lower() for key in written} == {key: value.lower() for key, value in written.items()}
    names = {
        "zero_stage": "ZERO_STAGE",
        "zero3_init_flag": "ZERO3_INIT",
        "zero3_save_16bit_model": "ZERO3_SAVE_16BIT_MODEL",
        "offload_optimizer_device": "OFFLOAD_OPTIMIZER_DEVICE",
        "offload_param_device": "OFFLOAD_PARAM_DEVICE",
    }
    written = dict(re.findall(r"^  (\w+): (\w+)$", texts["zero3.yaml"], re.M))
    assert {key: zero3[f"ACCELERATE_DEEPSPEED_{names[key]}"] for key in written} == written
