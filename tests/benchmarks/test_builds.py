"""Generated lessons: the course's check finds nothing wrong with them, and Material alone sees none of its fences."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.builds import growth, lesson, without_fences, write_course, write_plain
from benchmarks.measuring import Measured
from tests.fork import run_widgets


def test_the_generated_lessons_pass_the_check_of_the_course(tmp_path: Path) -> None:
    write_course(tmp_path / "course", 12)
    done = run_widgets(tmp_path / "course", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "checked 15 pages and 12 quizzes: no problem" in done.stderr


def test_material_alone_gets_the_same_pages_without_the_courses_fences(tmp_path: Path) -> None:
    write_plain(tmp_path / "plain", 12)
    pages = sorted((tmp_path / "plain" / "docs" / "lessons").glob("*.md"))
    assert len(pages) == 12
    for page in pages:
        assert re.findall(r"^```\w+", page.read_text(encoding="utf-8"), re.MULTILINE) == ["```python"]


def test_nothing_but_the_fences_is_taken_out() -> None:
    text = lesson(7)
    left = without_fences(text).splitlines()
    assert [line for line in left if line.startswith("## ")] == [
        line for line in text.splitlines() if line.startswith("## ")
    ]
    assert "no_run" not in "\n".join(left)


def test_growth_compares_the_time_added_for_each_page_with_a_hundred_pages() -> None:
    added = {10: Measured((9.0,)), 100: Measured((4.0,)), 1000: Measured((5.0,))}
    assert growth(added)[-1].verdict() == "missed"
    assert growth({**added, 1000: Measured((4.4,))})[-1].verdict() == "reached"
    assert len(growth({10: Measured((9.0,))})) == 1
