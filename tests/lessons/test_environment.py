"""The environment with torch: never gigabytes by accident, and what is missing is said in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lessons import environment
from tests.lessons.environment import Environment, ListingsError, install, read_environment
from tests.lessons.environment import cuda_packages as cuda

[PIP] = [line[5:] for line in environment.PIP_REQUIREMENTS.read_text().splitlines() if line.startswith("pip==")]


def plan(*names: str) -> str:
    return json.dumps({"install": [{"metadata": {"name": name}} for name in names]})


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Note the commands that would run, and answer pip's question with a plan that holds the GPU build."""
    noted: list[list[str]] = []
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()

    def run(command: list[str], problem: str) -> str:
        if "--version" in command:
            return f"pip {PIP} from somewhere"
        noted.append(command)
        return plan("torch", "nvidia-cublas-cu12", "triton") if "--dry-run" in command else ""

    monkeypatch.setattr(environment, "_run", run)
    monkeypatch.delenv("FT_TORCH_INDEX", raising=False)
    monkeypatch.delenv("FT_TORCH_CUDA", raising=False)
    return noted


def test_the_gpu_build_is_not_installed_by_accident(commands: list[list[str]], tmp_path: Path) -> None:
    with pytest.raises(ListingsError, match=r"2 packages for NVIDIA GPUs") as raised:
        install(tmp_path)
    for said in ("nothing was installed", "FT_TORCH_INDEX=ADDRESS", "FT_TORCH_CUDA=1"):
        assert said in str(raised.value)
    assert all("--dry-run" in command for command in commands)


def test_a_pip_that_downloads_in_order_to_answer_is_replaced_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    noted: list[str] = []

    def run(command: list[str], problem: str) -> str:
        noted.append(command[-1])
        return "pip 23.2.1 from somewhere" if command[-1] == "--version" else plan("torch")

    monkeypatch.setattr(environment, "_run", run)
    install(tmp_path)
    assert noted[:2] == ["--version", f"pip=={PIP}"]
    assert noted[2].startswith("torch==")


def test_the_newest_releases_leave_torch_as_it_came(
    commands: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "cuda_packages", lambda report: [])
    install(tmp_path, newest=True)
    assert commands[1][-1] == "torch"
    assert "--upgrade" in commands[2]
    assert "torch" not in commands[2]


def test_the_cpu_build_brings_no_gpu_packages() -> None:
    assert cuda(json.loads(plan("torch", "numpy", "sympy", "networkx"))) == []


def test_a_missing_environment_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ListingsError) as raised:
        read_environment(tmp_path / ".venv-torch")
    assert str(raised.value) == ".venv-torch is not there, so no listing was run; make it: make test-lessons"


def test_a_missing_library_is_said_in_one_line_and_nothing_is_stamped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.lessons import report

    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    versions = {name: "1.0" for name in environment.LIBRARIES if name != "trl"}
    answer = json.dumps({"python": "3.11.7", "versions": versions, "modules": {}})
    python.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    python.chmod(0o755)
    written: list[object] = []
    monkeypatch.setattr(report, "write_report", written.append)
    monkeypatch.setattr("sys.argv", ["report", "--environment", str(tmp_path)])
    assert report.main() == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "lacks trl, so no listing was run" in said[0]
    assert written == []


def test_other_versions_than_the_pinned_ones_are_not_stamped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.lessons import report

    versions = {**environment.read_pins(), "trl": "0.1"}
    monkeypatch.setattr(
        environment, "read_environment", lambda folder: Environment(Path("python"), "3.11.7", versions, {})
    )
    monkeypatch.setattr("sys.argv", ["report"])
    assert report.main() == 1
    assert "trl 0.1 instead of" in capsys.readouterr().err


def test_a_local_part_of_a_version_does_not_count() -> None:
    versions = environment.read_pins()
    same = Environment(Path("python"), "3.11.7", {**versions, "torch": f"{versions['torch']}+cpu"}, {})
    assert environment.differences_from_pins(same) == []
