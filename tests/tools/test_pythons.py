"""The oldest and the newest Python of a machine are found where Pythons lie, and what is missing is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import on_pythons, pyodide_build, pythons, virtual_environment


def python(path: Path, version: str, *, level: str = "final", made: str = "CPython", without_gil: int = 0) -> None:
    """Write a program that answers as a Python of this version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {level} {made} {without_gil} {version.replace('.', ' ')}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Give the environment variables of a machine without any Python yet."""
    (tmp_path / "bin").mkdir()
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


@pytest.fixture(autouse=True)
def only_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the places that are the same for every user of this machine."""
    monkeypatch.setattr(pythons, "PLACES", tuple(place for place in pythons.PLACES if place.startswith("{")))


def test_pyenv_the_search_path_and_the_tool_cache_are_looked_at(machine: dict[str, str], tmp_path: Path) -> None:
    python(tmp_path / ".pyenv/versions/3.13.0/bin/python", "3.13.0")
    python(tmp_path / "bin/python3.11", "3.11.2")
    python(tmp_path / "cache/Python/3.12.9/x64/bin/python", "3.12.9")
    python(tmp_path / ".local/share/uv/python/cpython-3.14.1/bin/python3", "3.14.1")
    found = pythons.find_pythons({**machine, "RUNNER_TOOL_CACHE": str(tmp_path / "cache")})
    assert list(found) == [(3, 11, 2), (3, 12, 9), (3, 13, 0), (3, 14, 1)]
    assert pythons.ends(found) == [(3, 11, 2), (3, 14, 1)]
    assert pythons.not_found(found) == []


def test_what_is_too_old_unfinished_or_another_python_does_not_count(machine: dict[str, str], tmp_path: Path) -> None:
    python(tmp_path / "bin/python3.10", "3.10.13")
    python(tmp_path / "bin/python3.11", "3.11.1")
    python(tmp_path / "bin/python3.14", "3.14.0", level="candidate")
    python(tmp_path / "bin/python3.13", "3.13.0", without_gil=1)
    python(tmp_path / "bin/python3", "3.12.0", made="PyPy")
    (tmp_path / "bin/python3.12").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert pythons.find_pythons(machine) == {}
    assert pythons.ends({}) == []
    assert [line.split(",")[0] for line in pythons.not_found({})] == ["Python 3.11.2", "Python 3.13"]


def test_a_virtual_environment_and_pyenvs_shims_are_not_pythons_of_the_machine(
    machine: dict[str, str], tmp_path: Path
) -> None:
    python(tmp_path / "course/.venv/bin/python3", "3.12.0")
    (tmp_path / "course/.venv/pyvenv.cfg").touch()
    python(tmp_path / ".pyenv/shims/python3.12", "3.12.0")
    path = f"{tmp_path}/course/.venv/bin:{tmp_path}/.pyenv/shims"
    assert pythons.find_pythons({**machine, "PATH": path}) == {}


def test_this_machine_has_the_python_that_runs_this() -> None:
    assert sys.version_info[:3] in pythons.find_pythons()


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note on which Pythons the course would be tried; the second of them fails."""
    noted: list[str] = []

    def try_on(version: pythons.Version, program: Path) -> int:
        noted.append(str(program))
        return len(noted) - 1

    monkeypatch.setattr(on_pythons, "try_on", try_on)
    return noted


def test_both_ends_are_tried_but_not_the_one_that_ran_everything_already(
    tried: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tuple(sys.version_info[:3])
    monkeypatch.setattr(
        on_pythons, "find_pythons", lambda: {(0, 0, 1): Path("a"), here: Path("b"), (9, 9, 9): Path("c")}
    )
    assert on_pythons.main() == 1
    assert tried == ["a", "c"]
    monkeypatch.setattr(on_pythons, "find_pythons", lambda: {here: Path("b")})
    tried.clear()
    assert on_pythons.main() == 0
    assert tried == []
    assert "every other test has run with it" in capsys.readouterr().out


def test_what_was_not_found_is_named(
    tried: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(on_pythons, "find_pythons", lambda: {(3, 12, 1): Path("b")})
    on_pythons.main()
    said = capsys.readouterr().out
    assert "not found on this machine, so not tried: Python 3.11.2, the oldest supported" in said
    assert "not found on this machine, so not tried: Python 3.13, the newest tried" in said


def test_a_command_that_fails_on_another_python_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python(tmp_path / "3.99.0/bin/python", "3.99.0")
    (tmp_path / "3.99.0/bin/python").write_text("#!/bin/sh\n[ $3 = npm ]\n", encoding="utf-8")
    monkeypatch.setattr(on_pythons, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(on_pythons, "provide", lambda *_: None)
    assert on_pythons.try_on((3, 99, 0), Path("python3.99")) == 1
    assert "Python 3.99.0: this failed: -m widgets check" in capsys.readouterr().out


def test_without_a_new_python_it_is_said_that_pyodide_build_did_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pyodide_build, "find_pythons", lambda: {(3, 11, 9): Path("python3.11")})
    assert pyodide_build.main() == 0
    assert "not run: pyodide-build needs Python 3.12 or newer" in capsys.readouterr().out


def test_an_environment_of_another_python_or_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    python(folder / "bin" / "python", "3.9.9")
    (folder / "left over").touch()
    virtual_environment.make(folder)
    assert virtual_environment.version_in(folder) == ".".join(map(str, sys.version_info[:3]))
    assert not (folder / "left over").exists()
    (folder / "kept").touch()
    virtual_environment.make(folder)
    assert (folder / "kept").exists()


def test_what_is_installed_already_is_not_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[list[str]] = []
    monkeypatch.setattr(virtual_environment.subprocess, "run", lambda command, **_: run.append(command))
    folder, requirements = tmp_path / "environment", tmp_path / "requirements" / "unit.txt"
    folder.mkdir()
    requirements.parent.mkdir()
    requirements.write_text("a==1\n", encoding="utf-8")
    for _ in range(2):
        virtual_environment.provide(folder, Path("python3.99"), requirements)
    assert [command[0] for command in run] == ["python3.99", str(folder / "bin" / "python")]
    requirements.write_text("a==2\n", encoding="utf-8")
    virtual_environment.provide(folder, Path("python3.99"), requirements)
    assert len(run) == 4


def test_a_failing_venv_stops_the_step() -> None:
    command = [sys.executable, "-m", "tools.virtual_environment", "/dev/null/environment"]
    done = subprocess.run(command, cwd=virtual_environment.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr
