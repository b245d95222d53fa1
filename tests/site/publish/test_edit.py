"""The live preview of ``make edit`` serves the pages and shows a lesson or a quiz anew when it is saved."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.fork import edit, make_fork
from widgets.site.sources.folders import ROOT

KEPT = ("index.md", "lora.md", "abbreviations.md")
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a course of one lesson, which is built quickly."""
    folder = make_fork(tmp_path_factory.mktemp("edit") / "course")
    for path in (folder / "docs").rglob("*.md"):
        if path.name not in KEPT:
            path.unlink()
    settings = (folder / "mkdocs.yml").read_text(encoding="utf-8")
    (folder / "mkdocs.yml").write_text(re.sub(r"^nav:.*?(?=^\S)", "", settings, flags=re.M | re.S), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(fork: Path) -> Iterator[str]:
    """Start the preview as the Makefile does."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    assert " ".join(command[1:5]) in (ROOT / "Makefile").read_text(encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(fork)}
    with (fork / "log").open("w") as log, subprocess.Popen(command, cwd=fork, env=environment, stderr=log) as preview:
        yield f"http://127.0.0.1:{port}/"
        preview.terminate()


def wait_for(address: str, text: str, fork: Path) -> None:
    """Ask for the lesson until it shows a text."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with urlopen(f"{address}lessons/lora.html", timeout=10) as answer:
                if text in answer.read().decode():
                    return
        except (URLError, TimeoutError):
            pass
        time.sleep(0.3)
    pytest.fail(f"{text!r} was not shown:\n{(fork / 'log').read_text(encoding='utf-8')}")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("quizzes/lora.yml", 'title: "', 'title: "Saved anew: '),
        ("docs/lessons/lora.md", "## In one breath", "This was saved, too.\n\n## In one breath"),
    ],
    ids=["a quiz", "a lesson"],
)
def test_what_is_saved_is_shown(fork: Path, address: str, file: str, old: str, new: str) -> None:
    wait_for(address, "ft-widget", fork)
    edit(fork / file, old, new)
    wait_for(address, new.partition("\n")[0].removeprefix('title: "'), fork)
