"""The course as ``course.yml`` has it: its lessons in their order, from which their numbers and the navigation follow.

Both generators read the navigation from ``mkdocs.yml``. :func:`course_problems` refuses one that differs from the
course, and :func:`write_navigation` (``python -m widgets nav``) writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from widgets.core.errors import BuildError, not_allowed
from widgets.site.sources.folders import DOCS, ROOT, SCHEMAS
from widgets.site.sources.yaml_source import Problem, YamlSource, read_yaml, schema_findings

COURSE = ROOT / "course.yml"
GENERATORS = ROOT / "mkdocs.yml"
SCHEMA = SCHEMAS / "course.schema.json"
WRITE = "python -m widgets nav"
FORMS = ("title", "number")
"""What a mark can ask for beside a lesson's id."""

NAVIGATION = re.compile(r"(?<=^  - Lessons:\n)(?:^ {6}- .*\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    """A lesson of the course.

    Attributes:
        id: Its name in addresses and marks.
        number: Its place in the course, from 1.
        title: What navigation and cards call it.
        minutes: How long it takes.
        summary: One sentence.
        quiz: The quiz whose points its card shows; "" for the lesson's own.
    """

    id: str
    number: int
    title: str
    minutes: int
    summary: str
    quiz: str = ""

    @property
    def page(self) -> str:
        """Its page, relative to ``docs``."""
        return f"lessons/{self.id}.md"


def load_lessons(path: Path = COURSE) -> dict[str, Lesson]:
    """Read the lessons in their order: id → lesson.

    Raises:
        BuildError: If the file cannot be used; each line of the message is ``file:line: what is wrong``.
    """
    return _lessons(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)  # every mark asks for them
def _lessons(path: Path, _changed: int) -> dict[str, Lesson]:
    source, problems = _read(path)
    if source is None or problems:
        raise BuildError("\n".join(map(str, problems)))
    return {one["id"]: Lesson(number=place, **one) for place, one in enumerate(source.data["lessons"], 1)}


def get_lesson(lesson_id: str) -> Lesson:
    """Return a lesson.

    Raises:
        BuildError: If there is none of that id.
    """
    lessons = load_lessons()
    if lesson_id not in lessons:
        raise BuildError(not_allowed("lesson", lesson_id, lessons))
    return lessons[lesson_id]


def lesson_text(mark: re.Match[str]) -> tuple[Lesson, str]:
    """Give the lesson that a mark names, and the text that stands for it.

    Args:
        mark: A match of :data:`widgets.site.sources.grammar.LESSON`.

    Raises:
        BuildError: If there is no such lesson or no such form.
    """
    lesson, form = get_lesson(mark["id"]), mark["form"]
    if form not in (None, *FORMS):
        raise BuildError(not_allowed("form of a lesson's mark", form, FORMS))
    texts = {None: f"{mark['word']} {lesson.number}", "title": f"{lesson.number} {lesson.title}"}
    return lesson, texts.get(form, str(lesson.number))


def _read(path: Path) -> tuple[YamlSource | None, list[Problem]]:
    source = read_yaml(path, path.name)
    if isinstance(source, Problem):
        return None, [source]
    problems = [Problem(path.name, source.line_of(at), said) for at, said in schema_findings(source.data, SCHEMA)]
    if not problems:
        ids = [lesson["id"] for lesson in source.data["lessons"]]
        for place, name in enumerate(ids):
            if name in ids[:place]:
                line = source.line_of(("lessons", place, "id"))
                problems.append(Problem(path.name, line, f'lesson "{name}" stands here a second time'))
    return source, problems


def course_problems(path: Path = COURSE, docs: Path = DOCS, generators: Path = GENERATORS) -> Iterator[Problem]:
    """Find what is wrong with the course: in its file, between it and the lessons' pages, and in the navigation."""
    source, problems = _read(path)
    yield from problems
    if source is None or problems:
        return
    pages = {page.stem for page in (docs / "lessons").glob("*.md")}
    ids = [lesson["id"] for lesson in source.data["lessons"]]
    for place, name in enumerate(ids):
        if name not in pages:
            yield Problem(
                path.name, source.line_of(("lessons", place, "id")), not_allowed("lesson", name, sorted(pages))
            )
    for name in sorted(pages - set(ids)):
        yield Problem(path.name, source.line_of(("lessons",)), f"docs/lessons/{name}.md is not listed; give it a place")
    written = generators.read_text(encoding="utf-8")
    found = NAVIGATION.search(written)
    if not found:
        yield Problem(generators.name, 1, "the navigation has no entry `- Lessons:`; add one, then run: " + WRITE)
    elif found.group() != navigation(path):
        line = written.count("\n", 0, found.start())
        yield Problem(
            generators.name, line, f"the lessons of the navigation are not those of {path.name}; run: {WRITE}"
        )


def navigation(path: Path = COURSE) -> str:
    """Write the lessons as entries of the navigation in ``mkdocs.yml``."""
    lessons = load_lessons(path).values()
    return "".join(f"      - {lesson.number} {lesson.title}: {lesson.page}\n" for lesson in lessons)


def write_navigation(path: Path = COURSE, generators: Path = GENERATORS) -> None:
    """Put the lessons into the navigation of ``mkdocs.yml``; nothing else there changes.

    Raises:
        BuildError: If the course cannot be read, or the navigation has no entry for lessons.
    """
    entries = navigation(path)
    written, count = NAVIGATION.subn(lambda _: entries, generators.read_text(encoding="utf-8"), count=1)
    if not count:
        raise BuildError(f"{generators.name}: the navigation has no entry `- Lessons:`")
    generators.write_text(written, encoding="utf-8")
