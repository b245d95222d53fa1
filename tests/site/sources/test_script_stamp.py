"""The sentence under the script builder says only what its report says of exactly the texts that are written now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from widgets.core.errors import BuildError
from widgets.gallery.script_builder.view import checked
from widgets.site.sources.content import load_content
from widgets.site.sources.script_sample import fingerprint
from widgets.site.sources.script_stamp import script_stamp

PASSED: dict[str, Any] = {
    "fingerprint": fingerprint(),
    "checked": "2026-11-03",
    "python": "3.11.7",
    "versions": {"torch": "2.13.0+cpu", "trl": "1.16.0"},
    "compiled": 11_088,
    "ran": 31,
    "launched": 2,
    "failed": [],
}


def stamp(folder: Path, **changes: Any) -> dict[str, str]:
    """Give the stamp for a report with changes."""
    path = folder / "scripts.json"
    path.write_text(json.dumps({**PASSED, **changes}), encoding="utf-8")
    return script_stamp(path)


def test_a_report_of_the_present_texts_gives_versions_numbers_and_the_day(tmp_path: Path) -> None:
    made = stamp(tmp_path)
    assert made["status"] == "passed"
    assert made["text"].startswith("31 of these scripts")
    assert "with trl 1.16.0, torch 2.13.0," in made["text"]
    assert "all 11,088 combinations" in made["text"]
    assert "checked 3 November 2026 on a CPU" in made["text"]


def test_texts_that_have_changed_since_lose_the_stamp(tmp_path: Path) -> None:
    made = stamp(tmp_path, fingerprint="0" * 20)
    assert made == {
        "status": "changed",
        "text": "The scripts have changed since they were last checked, on 3 November 2026.",
    }


def test_scripts_that_failed_are_counted(tmp_path: Path) -> None:
    made = stamp(tmp_path, failed=["dpo, lora: TypeError"])
    assert made["status"] == "failed"
    assert made["text"].startswith("1 check of these scripts failed on 3 November 2026")
    assert "passed" not in made["text"]


def test_without_a_report_nothing_is_claimed(tmp_path: Path) -> None:
    assert script_stamp(tmp_path / "none.json")["status"] == "unchecked"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"versions": 1}'])
def test_a_file_that_is_no_report_stops_the_build_and_says_how_to_make_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "scripts.json").write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match="make listings"):
        script_stamp(tmp_path / "scripts.json")


def test_the_widget_shows_the_stamp_of_the_kept_report() -> None:
    made = load_content("script-builder")["checked"]
    assert made == script_stamp()
    assert made["text"] in checked(made)
    assert checked(None) == ""
