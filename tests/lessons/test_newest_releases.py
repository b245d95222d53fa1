"""The job that tries the newest releases always leaves a report: what differs, or in one line why it cannot say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lessons import checking, report, script_checks, script_report
from tests.lessons.environment import LIBRARIES, Environment, ListingsError
from tests.lessons.warm import Job, Server
from widgets.site.sources.listings import find_listings

REASON = "ImportError: cannot import name 'gone' from 'transformers'"


@pytest.fixture
def broken(tmp_path: Path) -> Environment:
    """Give an environment in which every program ends with the error of a library that cannot be imported."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho Traceback >&2\necho "{REASON}" >&2\nexit 1\n', encoding="utf-8")
    python.chmod(0o755)
    return Environment(python, "3.13.1", dict.fromkeys(LIBRARIES, "99.0"), {})


@pytest.fixture
def difference(tmp_path: Path, broken: Environment, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file that both commands write; they find the broken environment."""
    path = tmp_path / "difference.md"
    for command in (report, script_report):
        monkeypatch.setattr(command, "environment_to_check", lambda _, is_pinned: broken)
    monkeypatch.setattr("sys.argv", ["report", "--environment", str(tmp_path), "--difference", str(path)])
    monkeypatch.setattr(checking, "WORK", tmp_path / "work")
    return path


def test_an_environment_that_is_not_there_is_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "difference.md"
    monkeypatch.setattr("sys.argv", ["report", "--environment", str(tmp_path / "none"), "--difference", str(path)])
    assert report.main() == 1
    assert script_report.main() == 1
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Listings with the newest releases, ")
    assert "\nNo listing could be checked: none is not there, so no listing was run" in text
    assert "\n- nothing could be checked: none is not there, so no listing was run" in text
    assert "none is not there" in capsys.readouterr().err


def test_a_hub_cache_that_cannot_be_built_is_the_report(difference: Path) -> None:
    assert report.main() == 1
    text = difference.read_text(encoding="utf-8")
    assert f"No listing could be checked: the hub cache could not be built: {REASON}\n" in text


def test_calls_that_cannot_be_compared_are_the_report(
    difference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [listing, *_] = [item for item in find_listings() if item.kind == "run"]
    monkeypatch.setattr(checking, "hub_home", lambda _: tmp_path / "hub")
    (tmp_path / "hub").mkdir()
    monkeypatch.setattr(report, "find_listings", lambda: [listing])
    monkeypatch.setattr(script_checks, "typical_programs", lambda: {"0": "import transformers"})
    assert report.main() == 1
    assert script_report.main() == 1
    text = difference.read_text(encoding="utf-8")
    assert f"No listing could be checked: the calls could not be checked: {REASON}\n" in text
    assert f"- nothing could be checked: the calls could not be checked: {REASON}\n" in text


def test_a_process_for_scripts_that_does_not_start_says_why(broken: Environment, tmp_path: Path) -> None:
    server = Server(broken.python, tmp_path / "hub")
    with pytest.raises(ListingsError, match=r"^no program could be run: ImportError: cannot import name 'gone'"):
        server.run(Job(str(tmp_path), "train.py"))
    server.close()
