"""The search for browsers believes only what starts, and goes on where something does not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests import browsers as install


@pytest.fixture
def search_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a folder that is the whole search path, and let Playwright's own Chromium lack a system library."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("FT_CHROMIUM", raising=False)
    broken = put(tmp_path / "chrome", "echo 'error while loading shared libraries: libnss3.so' >&2; exit 127")

    class Running:
        class chromium:  # noqa: N801 (Playwright's name)
            executable_path = str(broken)

        def __enter__(self) -> Running:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("playwright.sync_api.sync_playwright", Running)
    # What the other tests of this process have found stays found.
    monkeypatch.setattr(install, "playwright_chromium", cache(install.playwright_chromium.__wrapped__))
    return folder


def put(path: Path, commands: str) -> Path:
    """Write a program."""
    path.write_text(f"#!/bin/sh\n{commands}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_chromium_that_cannot_start_is_none(search_path: Path) -> None:
    assert install.playwright_chromium() is None
    assert install.chromium_path() is None


def test_the_systems_chromium_takes_the_place_of_one_that_cannot_start(search_path: Path) -> None:
    put(search_path / "chromium", "echo Chromium 140")
    assert install.chromium_path() == str(search_path / "chromium")


def test_it_is_installed_where_a_download_brought_one_that_cannot_start(
    search_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def run(command: list[str], **_: object) -> None:
        tried.append(" ".join(command[-2:]))
        if "apt-get" in command and "install" in command:
            put(search_path / "chromium", "echo Chromium 140")

    put(search_path / "apt-get", "")
    monkeypatch.setattr(install.os, "geteuid", lambda: 0)
    monkeypatch.setattr(install, "run", run)
    install.install_chromium()
    assert tried[0] == "chromium chromium-headless-shell"
    assert tried[-3::2] == [f"--no-install-recommends {name}" for name in ("chromium", install.SHELL)]
    assert install.chromium_path() == str(search_path / "chromium")


def test_a_program_that_never_answers_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "MINUTES", 0.2)
    assert not install.answers(str(put(tmp_path / "chromium", "exec sleep 5")))
