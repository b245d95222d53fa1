"""The environment with torch and the Hugging Face libraries: ``python -m tests.lessons.environment``.

It is apart from the site's own environment, so that building and serving the course stay light. torch comes first
and as the build for CPUs: from the index that pip asks anyway, unless that would send the build for NVIDIA GPUs, with
gigabytes of libraries beside it; then from PyTorch's own index of CPU builds. ``FT_TORCH_INDEX`` names another index,
and ``FT_TORCH_CUDA=1`` takes whatever pip's own index sends.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.causes import cause_of
from widgets.site.sources.folders import ROOT

FOLDER = ROOT / ".venv-torch"
REQUIREMENTS = ROOT / "requirements" / "torch.txt"
PIP_REQUIREMENTS = ROOT / "requirements" / "unit.txt"
LIBRARIES = ("trl", "peft", "transformers", "torch", "datasets", "accelerate", "bitsandbytes")
"""What the lessons' programs import; the rest of the environment serves these."""

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""PyTorch's published index of builds for CPUs, as pytorch.org names it for Pip and CPU."""

CUDA_PACKAGE = re.compile(r"^(nvidia-|cuda-|triton$|pytorch-triton)")

INSPECT = """
import importlib.metadata as m, json, platform
print(json.dumps({
    "python": platform.python_version(),
    "versions": {d.metadata["Name"]: d.version for d in m.distributions()},
    "modules": {module: names[0] for module, names in m.packages_distributions().items()},
}))
"""


class ListingsError(Exception):
    """Listings cannot be checked: the environment is not there, not complete, or cannot be made. One line says why."""


@dataclass(frozen=True)
class Environment:
    """An environment as it is.

    Attributes:
        python: Its interpreter.
        python_version: That interpreter's version.
        versions: Distribution → installed version.
        modules: Top-level module → distribution that brings it.
    """

    python: Path
    python_version: str
    versions: dict[str, str]
    modules: dict[str, str]


def read_environment(folder: Path = FOLDER) -> Environment:
    """Read what is installed in an environment.

    Raises:
        ListingsError: If there is none, or one of the libraries is missing.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        raise ListingsError(f"{folder.name} is not there, so no listing was run; make it: make test-lessons")
    result = subprocess.run([python, "-c", INSPECT], capture_output=True, text=True, check=False)
    if result.returncode:
        last = (result.stderr.strip().splitlines() or [f"status {result.returncode}"])[-1]
        raise ListingsError(f"{folder.name} cannot be used ({last}); make it anew: rm -rf {folder.name}")
    found = json.loads(result.stdout)
    environment = Environment(python, found["python"], found["versions"], found["modules"])
    missing = [name for name in LIBRARIES if name not in environment.versions]
    if missing:
        raise ListingsError(f"{folder.name} lacks {', '.join(missing)}, so no listing was run: make test-lessons")
    return environment


def read_pins(requirements: Path = REQUIREMENTS) -> dict[str, str]:
    """Read the pinned versions: distribution → version."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def differences_from_pins(environment: Environment) -> list[str]:
    """Say which of the libraries are not the pinned ones; a local part such as ``+cpu`` does not count."""
    pins = read_pins()
    return [
        f"{name} {environment.versions[name]} instead of {pins[name]}"
        for name in LIBRARIES
        if environment.versions[name].partition("+")[0] != pins[name]
    ]


def environment_to_check(folder: Path, *, is_pinned: bool) -> Environment:
    """Read an environment with which something is to be stamped, or compared with what is.

    Raises:
        ListingsError: If it cannot be used, or must have the pinned versions and has others.
    """
    environment = read_environment(folder)
    wrong = differences_from_pins(environment) if is_pinned else []
    if wrong:
        raise ListingsError(f"{'; '.join(wrong)}: nothing was stamped; run: make test-lessons")
    return environment


def cuda_packages(report: dict[str, object]) -> list[str]:
    """Name the packages of pip's installation report that belong to the GPU build of torch.

    >>> cuda_packages({"install": [{"metadata": {"name": "torch"}}, {"metadata": {"name": "nvidia-cublas-cu12"}}]})
    ['nvidia-cublas-cu12']
    """
    names = [package["metadata"]["name"] for package in report["install"]]  # type: ignore[attr-defined]
    return [name for name in names if CUDA_PACKAGE.match(name)]


def choose_index(pip: list[str], torch: str) -> list[str]:
    """Choose where torch comes from, by asking pip what it would install; nothing is downloaded.

    Args:
        pip: The command line of pip's ``install``.
        torch: What is wanted, for instance ``torch==2.13.0``.

    Returns:
        What to add to that command line: nothing for the index that pip asks anyway.

    Raises:
        ListingsError: Every index that may be asked is out of reach or sends GPU libraries.
    """
    index = os.environ.get("FT_TORCH_INDEX")
    indexes = (
        {index: ["--index-url", index]} if index else {"pip's own index": [], CPU_INDEX: ["--index-url", CPU_INDEX]}
    )
    problems = []
    for name, arguments in indexes.items():
        try:
            plan = _run([*pip, *arguments, "--retries", "2", "--dry-run", "--report", "-", torch], f"{name} gave none")
        except ListingsError as problem:
            problems.append(str(problem))
            continue
        extra = cuda_packages(json.loads(plan))
        if not extra or os.environ.get("FT_TORCH_CUDA") == "1":
            return arguments
        problems.append(f"{name} would send {len(extra)} packages for NVIDIA GPUs with it, several GB")
    raise ListingsError(
        f"there is no {torch} for CPUs, so nothing was installed ({'; '.join(problems)}). Name an index that has one "
        "before the command, FT_TORCH_INDEX=ADDRESS, or take the packages for GPUs with FT_TORCH_CUDA=1."
    )


def install(folder: Path, *, newest: bool = False) -> None:
    """Make the environment.

    Args:
        folder: Where; what is there already is completed.
        newest: Take the newest release of every library instead of the pinned ones.

    Raises:
        ListingsError: If no index has torch without GPU libraries, or a step fails.
    """
    if not (folder / "bin" / "python").exists():
        _run([sys.executable, "-m", "venv", str(folder)], "could not make a virtual environment")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _provide_pip(pip)
    torch = "torch" if newest else f"torch=={read_pins()['torch']}"
    _run([*pip, *choose_index(pip, torch), torch], f"could not install {torch}")
    others = [name for name in LIBRARIES if name != "torch"]  # an upgrade might swap the CPU build for the other one
    rest = ["--upgrade", *others] if newest else ["-r", str(REQUIREMENTS)]
    _run([*pip, *rest], "could not install the libraries")


def _provide_pip(pip: list[str]) -> None:
    """Bring the pinned pip: those that come with Python download gigabytes to say what they would install."""
    [pin] = re.findall(r"(?m)^pip==\S+$", PIP_REQUIREMENTS.read_text(encoding="utf-8"))
    if f"pip {pin.removeprefix('pip==')} " not in _run([*pip[:3], "--version"], "pip does not start"):
        _run([*pip, pin], f"could not install {pin}")


def _run(command: list[str], problem: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        said = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
        last = (said or result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ListingsError(f"{problem}: {(cause_of(result.stderr, result.returncode) or last).rstrip('.')}")
    return result.stdout


def main() -> int:
    """Make the environment and say what is in it."""
    parser = argparse.ArgumentParser(description="Make the environment with torch and the Hugging Face libraries.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--newest", action="store_true", help="the newest releases instead of the pinned ones")
    options = parser.parse_args()
    try:
        install(options.folder, newest=options.newest)
        environment = read_environment(options.folder)
    except ListingsError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(", ".join(f"{name} {environment.versions[name]}" for name in LIBRARIES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
