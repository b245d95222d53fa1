"""Abbreviations are explained on every page, and a line that explains none is reported."""

from __future__ import annotations

from pathlib import Path

import markdown
import pytest

from widgets.site.sources import abbreviations
from widgets.site.sources.abbreviations import abbreviation_problems, read_abbreviations

TEXT = "*[KL]: Kullback-Leibler divergence\n*[RL] reinforcement learning\n\n*[KL]: kilolitre\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a file with one good line, one that explains nothing and one that explains the first once more."""
    path = tmp_path / "docs" / "includes" / "abbreviations.md"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_every_page_explains_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abbreviations, "read_abbreviations", lambda: {"KL": "a measure"})
    md = markdown.Markdown(extensions=["abbr", "widgets.site.markdown.lesson_syntax"])
    for _ in range(2):
        assert 'title="a measure"' in md.reset().convert("The KL term.")
    assert "<abbr" not in md.reset().convert("The SKL.")
    assert 'title="another"' in md.reset().convert("KL\n\n*[KL]: another")


def test_without_the_extension_for_abbreviations_pages_are_built_too() -> None:
    assert "<p>KL</p>" in markdown.markdown("KL", extensions=["widgets.site.markdown.lesson_syntax"])


def test_a_wrong_line_and_a_second_explanation_are_reported(file: Path) -> None:
    assert [str(problem) for problem in abbreviation_problems(file)] == [
        'docs/includes/abbreviations.md:2: "*[RL] reinforcement learning" is no abbreviation; '
        "write `*[WORD]: what it means`",
        'docs/includes/abbreviations.md:4: "KL" is explained already at line 1',
    ]


def test_the_file_of_the_course_is_read_whole() -> None:
    lines = abbreviations.FILE.read_text(encoding="utf-8").splitlines()
    assert len(read_abbreviations()) == len([line for line in lines if line.strip()])
    assert list(abbreviation_problems()) == []
