"""What a schema cannot check about a quiz.

The functions get data that the JSON Schema has already accepted and give findings: the path of the place in the
file and what is wrong there. The reader of the file turns a path into a line.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from widgets.quiz.numeric import bounds
from widgets.quiz.text import has_paired_backticks, number_text

Path = tuple[str | int, ...]
Finding = tuple[Path, str]
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
    yield from _repeated(("questions",), quiz["questions"], "id", "question")
    for position, question in enumerate(quiz["questions"]):
        path: Path = ("questions", position)
        if question["id"] in RESERVED:
            yield (*path, "id"), f'question id "{question["id"]}" is taken by the quiz itself; choose another'
        yield from _repeated((*path, "wordings"), question["wordings"], "prompt", "prompt")
        for number, wording in enumerate(question["wordings"]):
            check = _numeric if question["kind"] == "numeric" else _choices
            yield from check((*path, "wordings", number), wording, question["kind"])
    yield from _open_backticks((), quiz)


def _repeated(path: Path, items: Sequence[Mapping[str, Hashable]], key: str, what: str) -> Iterator[Finding]:
    first: dict[Hashable, int] = {}
    for position, item in enumerate(items):
        if first.setdefault(item[key], position) != position:
            yield (*path, position, key), f'{what} "{item[key]}" stands here a second time; each must be different'


def _choices(path: Path, wording: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    choices = wording["choices"]
    yield from _repeated((*path, "choices"), choices, "id", "choice id")
    yield from _repeated((*path, "choices"), choices, "text", "choice text")
    right = sum(1 for choice in choices if choice.get("correct", False))
    place = (*path, "choices")
    if kind == "single" and right != 1:
        yield place, f"a single-choice question needs exactly one choice with correct: true; found {right}"
    if kind == "multiple" and right == 0:
        yield place, "a multiple-choice question needs at least one choice with correct: true; found none"
    if kind == "multiple" and right == len(choices):
        yield place, "a multiple-choice question needs at least one wrong choice; found none"


def _numeric(path: Path, wording: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    answer = wording["answer"]
    for where, number in (
        ("answer", answer),
        *(("near_misses", miss["value"]) for miss in wording.get("near_misses", [])),
    ):
        if not math.isfinite(number):
            yield (*path, where), f"`{where}` must be a finite number; found {number}"
            return
    if "tolerance" in wording and "tolerance_percent" in wording:
        yield (*path, "tolerance_percent"), "give tolerance or tolerance_percent, not both"
        return
    low, high = bounds(answer, wording)
    if low == high and answer != int(answer):
        yield (
            (*path, "answer"),
            (
                f"answer {number_text(answer)} is no whole number, so readers cannot be expected to hit it exactly; "
                "give a tolerance above 0 or a tolerance_percent"
            ),
        )
    if answer != 0 and low <= 0 <= high:
        yield (
            (*path, "tolerance"),
            (
                f"tolerance {number_text(wording['tolerance'])} is as large as the answer {number_text(answer)}, "
                "so that 0 would count as right; give a smaller one"
            ),
        )
    misses = wording.get("near_misses", [])
    for position, miss in enumerate(misses):
        if low <= miss["value"] <= high:
            yield (
                (*path, "near_misses", position, "value"),
                (
                    f"near miss {number_text(miss['value'])} counts as right (from {number_text(low)} to "
                    f"{number_text(high)}); move it out of that range or make the tolerance smaller"
                ),
            )
    for (_, one), (position, other) in combinations(enumerate(misses), 2):
        other_low, other_high = bounds(other["value"], wording)
        if other_low <= one["value"] <= other_high:
            yield (
                (*path, "near_misses", position, "value"),
                (
                    f"near misses {number_text(one['value'])} and {number_text(other['value'])} lie within one "
                    "tolerance of each other; keep one of them"
                ),
            )


def _open_backticks(path: Path, value: object) -> Iterator[Finding]:
    if isinstance(value, str) and not has_paired_backticks(value):
        yield path, "a backtick (`) opens code here and none closes it"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _open_backticks((*path, key), entry)
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _open_backticks((*path, position), entry)
