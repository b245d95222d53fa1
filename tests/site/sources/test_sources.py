"""Every mistake in an author's YAML is reported with file, line, what was found and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from widgets.core.errors import QuizError, WidgetError
from widgets.site.sources.content import SCHEMAS, content_problems, load_content
from widgets.site.sources.folders import DOCS, QUIZZES, RECORDS, ROOT

QUIZ = """\
id: lora
title: "Check yourself"
questions:
  - id: why
    kind: single
    wordings:
      - prompt: "Why?"
        choices:
          - id: one
            text: "One"
            correct: true
            why: "Yes."
          - id: two
            text: "Two"
            why: "No."
          - id: three
            text: "Three"
            why: "No."
  - id: count
    kind: numeric
    wordings:
      - prompt: "How many?"
        answer: 8
        why: "So."
"""
PAIRS = """\
pairs:
  - id: p01
    prompt: Hello?
    a: One.
    b: Two.
  - id: p02
    prompt: Bye?
    a: One.
    b: Two.
"""


def with_quiz(root: Path, text: str, name: str = "lora.yml") -> list[str]:
    folder = root / "quizzes"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return [str(problem) for problem in content_problems(root)]


def test_a_good_quiz_has_no_problem(tmp_path: Path) -> None:
    assert with_quiz(tmp_path, QUIZ) == []
    content = load_content("quiz", "lora", root=tmp_path)
    assert content["quiz"] == "lora"
    assert [question["id"] for question in content["questions"]] == ["why", "count"]


MISTAKES = {
    "misspelt entry": ("    kind: single", "    kinds: single", [
        "5: unknown entry \"kinds\"; allowed: id, kind, wordings; did you mean \"kind\"?",
        "4: `kind:` is missing; needed: id, kind, wordings",
    ]),
    "unknown kind": ("kind: single", "kind: singel", [
        "5: unknown kind \"singel\"; allowed: single, multiple, numeric; did you mean \"single\"?"
    ]),
    "no right answer": ("correct: true", "correct: false", [
        "8: a single-choice question needs exactly one choice with correct: true; found 0"
    ]),
    "two right answers": ('text: "Two"', 'text: "Two"\n            correct: true', [
        "8: a single-choice question needs exactly one choice with correct: true; found 2"
    ]),
    "nothing wrong to choose": ('why: "No."', 'why: "No."\n            correct: true', [
        "8: a single-choice question needs exactly one choice with correct: true; found 3"
    ]),
    "question id twice": ("id: count", "id: why", ['19: question "why" stands here a second time']),
    "reserved question id": ("id: count", "id: attempt", ['19: question id "attempt" is taken by the quiz itself']),
    "choice id twice": ("id: two", "id: one", ['13: choice id "one" stands here a second time']),
    "choice text twice": ('"Two"', '"One"', ['14: choice text "One" stands here a second time']),
    "number where text is meant": ('text: "Two"', "text: 2", ["14: `text` must be text (in quotes", 'found 2']),
    "yes where text is meant": ('text: "Two"', "text: yes", ["14: `text` must be text", "found true"]),
    "text where a number is meant": ("answer: 8", 'answer: "8"', ["23: `answer` must be a number", 'found "8"']),
    "empty text": ('why: "So."', 'why: " "', ["24: `why` is empty"]),
    "missing explanation": ('        why: "So."\n', "", ["22: `why:` is missing; needed: prompt, answer, why"]),
    "upper-case id": ("id: why", "id: Why", ['4: `id`: found "Why"; allowed: ', "lower-case"]),
    "id unlike the file": ("id: lora", "id: qlora", ['1: id "qlora" must equal the file\'s name: "lora"']),
    "too few choices": ('          - id: three\n            text: "Three"\n            why: "No."\n', "", [
        "8: `choices` must have at least 3 entries; found 2"
    ]),
    "fraction without tolerance": ("answer: 8", "answer: 8.5", ["23: answer 8.5 is no whole number", "tolerance"]),
    "tolerance that lets 0 in": ("answer: 8", "answer: 8\n        tolerance: 8", ["24: tolerance 8 is as large as"]),
    "two tolerances": ("answer: 8", "answer: 8\n        tolerance: 1\n        tolerance_percent: 1", [
        "25: give tolerance or tolerance_percent, not both"
    ]),
    "negative tolerance": ("answer: 8", "answer: 8\n        tolerance: -1", ["24: `tolerance` must be at least 0"]),
    "near miss that is right": ("answer: 8", "answer: 8\n        near_misses: [{value: 8, why: x}]", [
        "24: near miss 8 counts as right (from 8 to 8)"
    ]),
    "near miss twice": ("answer: 8", "answer: 8\n        near_misses:\n          - {value: 9, why: x}\n"
                        "          - {value: 9, why: y}", ["26: near misses 9 and 9 lie within one tolerance"]),
    "open backtick": ('"Why?"', '"Why `W?"', ["7: a backtick (`) opens code here and none closes it"]),
    "key twice": ("    kind: single", "    kind: single\n    kind: single", [
        '6: "kind" is given twice; the first one stands in line 5'
    ]),
    "colon in plain text": ('"Why?"', "Why: so?", ["7: not valid YAML: mapping values are not allowed here", "quotes"]),
    "tab": ("    kind: single", "\tkind: single", ["5: not valid YAML", "spaces"]),
    "open quote": ('"Why?"', '"Why?', [": not valid YAML"]),
    "control character": ("Why?", "Why\x01?", ["7: not valid YAML: the character U+0001 is not allowed"]),
    "not a number": ("answer: 8", "answer: .nan", ["23: `answer` must be a finite number; found nan"]),
    "infinite answer": ("answer: 8", "answer: .inf", ["23: `answer` must be at most 9000000000000000.0; found inf"]),
    "entry that holds itself": ("questions:", "questions: &q\n  - *q", ["1: not valid YAML: an entry holds itself"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, name: str) -> None:
    old, new, expected = MISTAKES[name]
    assert old in QUIZ
    text = "\n".join(with_quiz(tmp_path, QUIZ.replace(old, new)))
    for part in expected:
        assert part in text
    assert all(line.startswith("quizzes/lora.yml:") for line in text.splitlines())
    with pytest.raises(QuizError, match=r"quizzes/lora\.yml:\d+: "):
        load_content("quiz", "lora", root=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: the file is empty"),
        ("- a\n- b\n", "1: this entry must be `name: value` lines; found a list"),
        ("hello", '1: this entry must be `name: value` lines; found "hello"'),
        ("id: lora\n---\nid: lora\n", "2: not valid YAML"),
    ],
)
def test_a_file_of_another_shape_is_explained(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(with_quiz(tmp_path, text))


def test_a_file_that_is_no_text_is_explained(tmp_path: Path) -> None:
    (tmp_path / "quizzes").mkdir()
    (tmp_path / "quizzes" / "lora.yml").write_bytes(b"id: \xff\xfe")
    assert "not UTF-8" in str(content_problems(tmp_path)[0])


@pytest.mark.parametrize("kind", ["single", "multiple"])
def test_a_question_needs_right_and_wrong_choices(tmp_path: Path, kind: str) -> None:
    all_right = QUIZ.replace("kind: single", f"kind: {kind}").replace('"No."', '"No."\n            correct: true')
    none_right = QUIZ.replace("kind: single", f"kind: {kind}").replace("correct: true", "correct: false")
    assert len(with_quiz(tmp_path, all_right)) == 1
    assert len(with_quiz(tmp_path, none_right)) == 1


def test_two_quizzes_with_the_same_id_name_each_other(tmp_path: Path) -> None:
    with_quiz(tmp_path, QUIZ)
    problems = with_quiz(tmp_path, QUIZ, "lora.yaml")
    assert problems == ['quizzes/lora.yml:1: two files have the id "lora"; the other is quizzes/lora.yaml:1']


def test_a_quiz_that_does_not_exist_names_the_nearest(tmp_path: Path) -> None:
    with_quiz(tmp_path, QUIZ)
    with pytest.raises(QuizError, match='unknown quiz "lroa"; allowed: lora; did you mean "lora"'):
        load_content("quiz", "lroa", root=tmp_path)


def test_a_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(QUIZ, encoding="utf-8")
    with_quiz(tmp_path, QUIZ)
    with pytest.raises(QuizError, match="unknown quiz"):
        load_content("quiz", "../secret", root=tmp_path)


def with_pairs(root: Path, text: str) -> list[str]:
    folder = root / "widgets" / "gallery" / "human_rater"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pairs.yml").write_text(text, encoding="utf-8")
    return [str(problem) for problem in content_problems(root)]


def test_good_pairs_have_no_problem(tmp_path: Path) -> None:
    assert with_pairs(tmp_path, PAIRS) == []
    assert load_content("human-rater", root=tmp_path)["pairs"][1]["id"] == "p02"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: p02", "id: p01", '6: id "p01" stands here a second time'),
        ("Bye?", "Hello?", '7: prompt "Hello?" stands here a second time'),
        ("    b: Two.\n  - id: p02", "    b: One.\n  - id: p02", "5: both answers are the same"),
        ("id: p02", "id: pair2", '6: `id`: found "pair2"; allowed: a p and two digits'),
        ("    b: Two.\n  - id: p02", "    c: Two.\n  - id: p02", '5: unknown entry "c"'),
    ],
)
def test_a_mistake_in_the_pairs_is_reported_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    problems = with_pairs(tmp_path, PAIRS.replace(old, new))
    assert any(problem.startswith("widgets/gallery/human_rater/pairs.yml:") and said in problem for problem in problems)
    with pytest.raises(WidgetError):
        load_content("human-rater", root=tmp_path)


def test_widgets_without_files_have_no_content() -> None:
    assert load_content("lora-rank") == {}


@pytest.mark.parametrize("name", ["quiz.schema.json", "human-rater.schema.json"])
def test_published_schemas_are_valid_schemas(name: str) -> None:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["title"]


def test_the_course_itself_has_no_problem() -> None:
    assert [str(problem) for problem in content_problems()] == []


def test_every_quiz_tells_editors_where_its_schema_is() -> None:
    for path in sorted(QUIZZES.glob("*.yml")):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert first == "# yaml-language-server: $schema=../docs/schemas/quiz.schema.json", path.name


def test_content_survives_the_way_through_json() -> None:
    for path in [*sorted(QUIZZES.glob("*.yml")), ROOT / "widgets/gallery/human_rater/pairs.yml"]:
        widget = "human-rater" if path.stem == "pairs" else "quiz"
        content = load_content(widget, path.stem)
        assert json.loads(json.dumps(content, allow_nan=False)) == content
        assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_outcomes_of_checks_lie_outside_what_is_published() -> None:
    assert not RECORDS.is_relative_to(DOCS)
    assert {path.name for path in RECORDS.iterdir()} == {"listings.json", "scripts.json"}
    assert not [*DOCS.rglob("listings.json"), *DOCS.rglob("scripts.json")]
