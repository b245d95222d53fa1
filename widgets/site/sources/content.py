"""From the authors' YAML files to the content of widgets: ``quizzes/*.yml`` and the pairs of the human rater.

``load_content`` gives the content of one widget and raises when its file cannot be used;
``content_problems`` lists what is wrong in all of the files at once, for ``python -m widgets check``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widgets.core.errors import CourseError, QuizError, WidgetError, not_allowed
from widgets.gallery.human_rater import pairs
from widgets.quiz import validation
from widgets.site.sources.folders import ROOT, SCHEMAS
from widgets.site.sources.script_stamp import script_stamp
from widgets.site.sources.yaml_source import Finding, Problem, YamlSource, read_yaml, schema_findings


@dataclass(frozen=True)
class Kind:
    """A kind of content file.

    Attributes:
        what: What messages call such a file.
        folder: Where the files lie, relative to the repository's root.
        schema: Name of the JSON Schema.
        findings: (data, name of the file without ending) → what the schema cannot check.
        content: Data → the widget's content.
        error: What is raised when a file cannot be used.
    """

    what: str
    folder: str
    schema: str
    findings: Callable[[Mapping[str, Any], str], Iterator[Finding]]
    content: Callable[[Mapping[str, Any]], dict[str, Any]]
    error: type[CourseError]


def quiz_content(data: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a quiz file's data into the quiz widget's content."""
    return {"quiz": data["id"], "title": data["title"], "questions": data["questions"]}


KINDS = {
    "quiz": Kind("quiz", "quizzes", "quiz.schema.json", validation.findings, quiz_content, QuizError),
    "human-rater": Kind(
        "file of pairs",
        "widgets/gallery/human_rater",
        "human-rater.schema.json",
        pairs.findings,
        pairs.content_of,
        WidgetError,
    ),
}
DEFAULT_FILES = {"human-rater": "pairs"}

COMPUTED: dict[str, Callable[[], dict[str, Any]]] = {"script-builder": lambda: {"checked": script_stamp()}}
"""Widgets whose content the build works out, with what works it out."""


def load_content(widget_name: str, file: str | None = None, *, root: Path = ROOT) -> dict[str, Any]:
    """Load the content of a widget.

    Args:
        widget_name: The widget's name.
        file: Name of its content file without the ending; None for widgets that take no file.
        root: The repository's root.

    Returns:
        Content, JSON-like; empty for widgets without content.

    Raises:
        QuizError: If a quiz file does not exist or cannot be used; each line of the message is
            ``file:line: what is wrong``.
        WidgetError: The same for the pairs of the human rater.
    """
    if widget_name in COMPUTED:
        return COMPUTED[widget_name]()
    kind = KINDS.get(widget_name)
    if kind is None:
        return {}
    name = file or DEFAULT_FILES.get(widget_name, "")
    direct = root / kind.folder / f"{name}.yml"  # where nearly all of them lie: no need to list the folder
    paths = (
        [direct]
        if direct.stem == name and direct.is_file()
        else [path for path in _files(kind, root) if path.stem == name]
    )
    if not paths:
        names = sorted({path.stem for path in _files(kind, root)})
        raise kind.error(f"{not_allowed(kind.what, name, names)} (files in {kind.folder}/)")
    source, problems = _read(kind, paths[0], root)
    if source is None or problems:
        raise kind.error("\n".join(map(str, problems)))
    return kind.content(source.data)


def content_problems(root: Path = ROOT) -> list[Problem]:
    """List what is wrong in all content files, ordered by file and line."""
    problems: list[Problem] = []
    for kind in KINDS.values():
        first: dict[str, str] = {}
        for path in _files(kind, root):
            source, found = _read(kind, path, root)
            problems += found
            own_id = source.data.get("id") if source and isinstance(source.data, dict) else None
            if source is None or not isinstance(own_id, str):
                continue
            name = path.relative_to(root).as_posix()
            line = source.line_of(("id",))
            if own_id in first:
                problems.append(Problem(name, line, f'two files have the id "{own_id}"; the other is {first[own_id]}'))
            first.setdefault(own_id, f"{name}:{line}")
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.message))


def _files(kind: Kind, root: Path) -> list[Path]:
    return sorted(path for path in (root / kind.folder).rglob("*") if path.suffix in (".yml", ".yaml"))


def _read(kind: Kind, path: Path, root: Path) -> tuple[YamlSource | None, list[Problem]]:
    name = path.relative_to(root).as_posix()
    source = read_yaml(path, name)
    if isinstance(source, Problem):
        return None, [source]
    findings = list(schema_findings(source.data, SCHEMAS / kind.schema))
    if not findings:
        findings = list(kind.findings(source.data, path.stem))
    problems = [Problem(name, source.line_of(where), message) for where, message in findings]
    return source, sorted(problems, key=lambda problem: problem.line)
