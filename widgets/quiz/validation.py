"""What a schema cannot check about a quiz.

The functions get data that the JSON Schema has already accepted and give findings: the path of the place in the
file and what is wrong there. The reader of the file turns a path into a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from widgets.quiz.findings import Finding, Path, open_backticks, repeated
from widgets.quiz.quiz import question_of

RESERVED = ("attempt", "score", "problems")
"""Names that the quiz widget gives to fields and parts of its own."""


def findings(quiz: Mapping[str, Any], file_name: str) -> Iterator[Finding]:
    """Find everything that is wrong with a quiz.

    Args:
        quiz: The file's data, valid by the schema.
        file_name: Name of the file without its ending.
    """
    if quiz["id"] != file_name:
        yield ("id",), f'id "{quiz["id"]}" must equal the file\'s name: "{file_name}"'
    questions = [question_of(quiz["id"], data) for data in quiz["questions"]]
    yield from repeated(("questions",), [question.id for question in questions], "id", "question")
    for position, question in enumerate(questions):
        path: Path = ("questions", position)
        if question.id in RESERVED:
            yield (*path, "id"), f'question id "{question.id}" is taken by the quiz itself; choose another'
        yield from repeated((*path, "wordings"), [one.prompt for one in question.wordings], "prompt", "prompt")
        yield from question.findings(path)
    yield from open_backticks((), quiz)
