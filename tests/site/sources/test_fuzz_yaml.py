"""Whatever stands in a quiz file: it becomes a quiz that renders, or every problem has a line and words."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import HUGE, INJECTIONS, attack_in, fuzz, texts, values
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.registry import get_widget
from widgets.quiz import validation
from widgets.site.sources.content import SCHEMAS, quiz_content
from widgets.site.sources.folders import QUIZZES
from widgets.site.sources.yaml_source import Problem, read_yaml, schema_findings

SCHEMA = SCHEMAS / "quiz.schema.json"
GOOD: dict[str, Any] = yaml.safe_load((QUIZZES / "lora.yml").read_text(encoding="utf-8"))
TEXT = "id: a\ntitle: b\nquestions:\n  - id: c\n    kind: single\n"
QUIZ = get_widget("quiz")


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the paths of everything in a piece of data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


PLACES = [place for place in places(GOOD) if place]


def altered(place: tuple[str | int, ...], value: Any, how: str) -> Any:
    """Give the good quiz with one place replaced, removed, or doubled."""
    data = copy.deepcopy(GOOD)
    holder: Any = data
    for step in place[:-1]:
        holder = holder[step]
    if how == "removed":
        del holder[place[-1]]
    elif how == "doubled" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[int(place[-1])]))
    else:
        holder[place[-1]] = value
    return data


CHANGES = (
    st.sampled_from(PLACES),
    st.one_of(texts, values),
    st.sampled_from(["replaced", "replaced", "removed", "doubled"]),
)


@fuzz
@given(*CHANGES)
def test_a_quiz_that_is_accepted_renders_without_injected_markup(
    place: tuple[str | int, ...], value: Any, how: str
) -> None:
    data = altered(place, value, how)
    findings = list(schema_findings(data, SCHEMA)) or list(validation.findings(data, "lora"))
    for path, message in findings:
        assert isinstance(path, tuple)
        assert message.strip()
    if findings:
        return
    content = quiz_content(data)
    for state in ({}, {**default_state(QUIZ.fields_of(content)), "attempt": "1"}):
        parts = render_parts(QUIZ, view_of(QUIZ, "w", content, state))
        assert attack_in("".join(parts.values())) == ""


BROKEN = ("&a [*a]", "*b", "!!python/object:os.system x", "\t", "? :", "{")


@fuzz
@given(seed=st.integers(), inserted=st.one_of(texts, st.sampled_from(BROKEN)))
def test_any_text_in_a_yaml_file_is_read_or_has_a_line_and_words(
    seed: int, inserted: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    at = chance.randrange(len(TEXT))
    path = folder(tmp_path_factory) / "a.yml"
    # Lone surrogates cannot stand in a file at all; everything else can.
    path.write_bytes((TEXT[:at] + inserted + TEXT[at + chance.randrange(3) :]).encode("utf-8", "surrogatepass"))
    source = read_yaml(path, "a.yml")
    if isinstance(source, Problem):
        assert source.message
        assert 1 <= source.line <= TEXT.count("\n") + inserted.count("\n") + 2
    else:
        for where, message in schema_findings(source.data, SCHEMA):
            assert message
            assert source.line_of(where) >= 1


def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one folder for all the files of a run."""
    return tmp_path_factory.getbasetemp()


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 50_000, "{a: " * 50_000, *HUGE, *INJECTIONS])
def test_a_file_nested_without_end_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.yml"
    path.write_text(text, encoding="utf-8")
    source = read_yaml(path, "a.yml")
    assert isinstance(source, Problem) or list(schema_findings(source.data, SCHEMA))
