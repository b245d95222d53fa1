"""One file names the lessons and their order: what differs from it is refused, with the line and the remedy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from widgets.core.errors import BuildError
from widgets.site.sources import course
from widgets.site.sources.course import COURSE, GENERATORS, SCHEMA, course_problems, get_lesson, load_lessons
from widgets.site.sources.folders import DOCS


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Copy what the check reads: the course, the names of the pages, the generators' configuration."""
    docs = tmp_path / "docs"
    (docs / "lessons").mkdir(parents=True)
    for page in (DOCS / "lessons").glob("*.md"):
        (docs / "lessons" / page.name).touch()
    return {
        "path": Path(shutil.copy(COURSE, tmp_path)),
        "docs": docs,
        "generators": Path(shutil.copy(GENERATORS, tmp_path)),
    }


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_course_is_without_problems() -> None:
    assert list(course_problems()) == []
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_numbers_follow_from_the_order() -> None:
    assert [lesson.number for lesson in load_lessons().values()] == list(range(1, len(load_lessons()) + 1))
    assert get_lesson("sft").page == "lessons/sft.md"


def test_an_unknown_lesson_is_answered_with_the_nearest() -> None:
    with pytest.raises(BuildError, match=r'^unknown lesson "dop"; allowed: .*; did you mean "dpo"\?$'):
        get_lesson("dop")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minutes: 35", "minutes: long", "course.yml:17: `minutes` must be a whole number"),
        ("    minutes: 30\n", "", "course.yml:11: `minutes:` is missing"),
        ("summary: Freeze", "sumary: Freeze", 'did you mean "summary"?'),
        ("id: sft", "id: lora", 'course.yml:15: lesson "lora" stands here a second time'),
        ("id: qlora", "id: qlroa", 'course.yml:19: unknown lesson "qlroa"'),
        ("title: DPO", 'title: ""', "`title` is empty"),
        ("lessons:", "lessons: [", "not valid YAML"),
    ],
)
def test_a_mistake_in_the_course_is_reported_at_its_line(
    files: dict[str, Path], old: str, new: str, message: str
) -> None:
    change(files["path"], old, new)
    assert any(message in str(problem) for problem in course_problems(**files)), list(
        map(str, course_problems(**files))
    )


def test_a_page_that_the_course_does_not_list_is_named(files: dict[str, Path]) -> None:
    (files["docs"] / "lessons" / "grpo.md").touch()
    [problem] = course_problems(**files)
    assert str(problem) == "course.yml:6: docs/lessons/grpo.md is not listed; give it a place"


def test_a_new_lesson_moves_all_later_ones_with_one_command(files: dict[str, Path]) -> None:
    (files["docs"] / "lessons" / "grpo.md").touch()
    new = "  - id: grpo\n    title: GRPO\n    minutes: 30\n    summary: Rewards.\n  - id: dpo\n"
    change(files["path"], "  - id: dpo\n", new)
    [problem] = course_problems(**files)
    assert problem.file == "mkdocs.yml"
    assert files["generators"].read_text(encoding="utf-8").splitlines()[problem.line - 1] == "  - Lessons:"
    assert problem.message.endswith("are not those of course.yml; run: python -m widgets nav")
    before = files["generators"].read_text(encoding="utf-8")
    course.write_navigation(files["path"], files["generators"])
    assert list(course_problems(**files)) == []
    written = files["generators"].read_text(encoding="utf-8")
    assert "      - 6 GRPO: lessons/grpo.md\n      - 7 DPO: lessons/dpo.md\n" in written
    others = [line for line in written.splitlines() if "lessons/" not in line]
    assert others == [line for line in before.splitlines() if "lessons/" not in line], "the rest stays as it is"


def test_a_configuration_without_lessons_is_not_guessed_at(files: dict[str, Path]) -> None:
    change(files["generators"], "  - Lessons:\n", "  - Chapters:\n")
    assert [problem.message[:41] for problem in course_problems(**files)] == [
        "the navigation has no entry `- Lessons:`;"
    ]
    with pytest.raises(BuildError, match="has no entry"):
        course.write_navigation(files["path"], files["generators"])
