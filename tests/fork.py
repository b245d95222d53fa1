"""A copy of the course's sources, as somebody who forks it would have, to be altered and built by the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from widgets.site.sources.folders import ROOT

SOURCES = (
    "widgets",
    "docs",
    "quizzes",
    "overrides",
    "course.yml",
    "mkdocs.yml",
    "pyproject.toml",
    "Makefile",
    "requirements",
    "tools",
)
OTHERS = ("package.json", "package-lock.json")


def make_fork(folder: Path) -> Path:
    """Copy the sources, with the assets as they are built, into a folder that does not exist yet."""
    folder.mkdir(parents=True)
    for name in (*SOURCES, *OTHERS):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy2(source, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def run_widgets(fork: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m widgets`` on a fork, with its own code; give what it said and its exit status."""
    return subprocess.run(
        [sys.executable, "-m", "widgets", *arguments],
        cwd=fork,
        env={**os.environ, "PYTHONPATH": str(fork), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that must stand in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
