"""The script and the notebook of each lesson hold its programs, and run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

from tests.lessons.environment import read_pins
from tests.lessons.whole_lessons import WholeLessons
from widgets.core.errors import BuildError
from widgets.site.assets.notebooks import (
    INSTALL,
    LessonCode,
    read_lesson,
    to_notebook,
    to_script,
    write_notebooks,
)
from widgets.site.sources.course import get_lesson
from widgets.site.sources.folders import DOCS
from widgets.site.sources.listings import lesson_paths, page_listings

LESSONS = {path.stem: read_lesson(path) for path in lesson_paths()}
PROGRAMS = {
    name: [part.code for part in lesson.parts if part.listing.kind == "run"] for name, lesson in LESSONS.items()
}
every_lesson = pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))


def code_cells(lesson: LessonCode) -> list[str]:
    return [cell.source for cell in nbformat.reads(to_notebook(lesson), 4).cells if cell.cell_type == "code"]


def without_comments(program: str) -> str:
    return ast.unparse(ast.parse(program))


@every_lesson
def test_both_files_hold_the_lesson_s_programs_in_their_order(lesson: LessonCode) -> None:
    programs = PROGRAMS[lesson.name]
    script, cells = to_script(lesson), code_cells(lesson)
    assert cells[-len(programs) :] == programs
    places = [script.index(program) for program in programs]
    assert places == sorted(places)
    body = ast.parse(script).body[1:]  # the first statement is the script's own docstring
    assert [ast.unparse(node) for node in body] == [
        ast.unparse(node) for program in programs for node in ast.parse(program).body
    ]


@every_lesson
def test_the_programs_are_those_of_the_page_but_for_the_marks_of_notes(lesson: LessonCode) -> None:
    page = [item.text for item in page_listings(DOCS / "lessons" / f"{lesson.name}.md") if item.kind == "run"]
    assert [without_comments(text) for text in page] == [without_comments(text) for text in PROGRAMS[lesson.name]]


@every_lesson
def test_the_notebook_is_valid_the_same_every_time_and_asks_no_other_site_for_anything(lesson: LessonCode) -> None:
    text = to_notebook(lesson)
    assert text == to_notebook(lesson)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert not re.search(r"!\[|<img|<script|<iframe|\[[=@~]", "".join(cell.source for cell in notebook.cells))


@every_lesson
def test_what_is_installed_is_pinned_to_what_the_tests_use(lesson: LessonCode) -> None:
    pins = read_pins()
    assert all(pins[name] == version for name, version in (item.split("==") for item in lesson.requirements))
    imported = {
        name.partition(".")[0]
        for program in PROGRAMS[lesson.name]
        for name in re.findall(r"^(?:from|import) ([\w.]+)", program, re.M)
    }
    assert imported & set(pins) <= {item.partition("==")[0] for item in lesson.requirements}
    installing = [
        cell for cell in nbformat.reads(to_notebook(lesson), 4).cells if INSTALL in cell.metadata.get("tags", [])
    ]
    assert len(installing) == bool(lesson.requirements)
    assert all(" ".join(lesson.requirements) in cell.source for cell in installing)
    assert " ".join(lesson.requirements) in to_script(lesson)


def test_the_text_around_a_program_comes_along(tmp_path: Path) -> None:
    lesson = read_lesson(DOCS / "lessons" / "lora.md")
    text = "\n".join(cell.source for cell in nbformat.reads(to_notebook(lesson), 4).cells)
    for expected in (
        "# LoRA: low-rank adaptation",
        "### PEFT alone",
        "No trainer, so that you see each step",
        "**lora_peft.py**",
        f"1. The mask of lesson {get_lesson('sft').number}:",
        "trainable params: 540,672",
        "Lines of the course's own package, widgets/catalog/lora_counts.py, quoted here and not run:",
    ):
        assert expected in text
    script = to_script(lesson)
    assert "# lora_peft.py" in script
    assert "# The real thing · PEFT alone" in script
    assert "# (1)\n" in script
    assert max(map(len, script.splitlines())) <= 130


def page_with(path: Path, *programs: str) -> LessonCode:
    fences = "\n\n".join(f"```python\n{program}\n```" for program in programs)
    path.write_text(f"# Made up\n\n## The real thing\n\nSome text.\n\n{fences}\n", encoding="utf-8")
    return read_lesson(path, path.parents[1])


def test_listings_that_are_no_program_together_name_the_lesson(page: Path) -> None:
    lesson = page_with(page, "x = 1", "from __future__ import annotations")
    with pytest.raises(BuildError, match=r"docs/lessons/made-up\.md: its listings are no program when put together"):
        to_script(lesson)


def test_a_program_that_reads_its_arguments_does_not_get_those_of_the_notebook_s_server(page: Path) -> None:
    assert "sys.argv[1:] = []" in code_cells(page_with(page, "import sys\n\nprint(sys.argv[1:])"))[0]


def test_a_listing_that_cannot_run_is_quoted(page: Path) -> None:
    page.write_text('# Made up\n\n```python no_run="needs 8 GPUs"\nrun()\n```\n', encoding="utf-8")
    lesson = read_lesson(page, page.parents[1])
    assert "Not run here, needs 8 GPUs:\n#\n#     run()" in to_script(lesson)
    assert code_cells(lesson) == []


def test_written_files_replace_the_old_ones(tmp_path: Path) -> None:
    old = tmp_path / "code" / "gone.py"
    old.parent.mkdir()
    old.touch()
    written = {path.name for path in write_notebooks(tmp_path / "code")}
    assert written == {path.name for path in (tmp_path / "code").iterdir()}
    assert written == {f"{name}{ending}" for name in LESSONS for ending in (".py", ".ipynb")}


@every_lesson
def test_the_script_of_a_lesson_with_one_program_is_that_program_which_other_tests_run(lesson: LessonCode) -> None:
    [first, *others] = PROGRAMS[lesson.name]
    if not others:
        own = ast.parse(to_script(lesson)).body[1:]
        assert [ast.dump(node) for node in own] == [ast.dump(node) for node in ast.parse(first).body]


@pytest.mark.lessons
@pytest.mark.parametrize("name", LESSONS)
def test_the_notebook_runs(name: str, whole_lessons: WholeLessons) -> None:
    outcome = whole_lessons.outcome(f"{name}.ipynb")
    if outcome.status != "passed":
        pytest.fail(f"docs/lessons/{name}.md, its notebook: {outcome.error}", pytrace=False)
