"""A lesson is named by its id: number and link come from the course, on every page and in both generators' way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from widgets.core.errors import BuildError
from widgets.site.assets.notebooks import notebook_text
from widgets.site.checks.check import check_page
from widgets.site.markdown.lesson_links import lesson_cards, lesson_link, page_of
from widgets.site.sources.course import load_lessons
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.grammar import LESSON, TYPED_LESSON
from widgets.site.sources.pages import read_page

NUMBER = load_lessons()["dpo"].number


def written(mark: str, page: str = "lessons/lora.md") -> str:
    match = LESSON.fullmatch(mark)
    assert match
    return lesson_link(match, page)


@pytest.mark.parametrize(
    ("mark", "page", "html"),
    [
        ("[lesson:dpo]", "lessons/lora.md", f'<a href="dpo.html">lesson {NUMBER}</a>'),
        ("[Lesson:dpo]", "index.md", f'<a href="lessons/dpo.html">Lesson {NUMBER}</a>'),
        ("[lesson:dpo#traps]", "about/offline.md", f'<a href="../lessons/dpo.html#traps">lesson {NUMBER}</a>'),
        ("[lesson:dpo title]", "index.md", f'<a href="lessons/dpo.html">{NUMBER} DPO</a>'),
        ("[lesson:dpo number]", "index.md", f"<span>{NUMBER}</span>"),
    ],
)
def test_a_mark_becomes_number_and_link(mark: str, page: str, html: str) -> None:
    assert written(mark, page) == html


def test_an_unknown_lesson_or_form_is_answered_with_the_nearest() -> None:
    with pytest.raises(BuildError, match=r'unknown lesson "dop".*did you mean "dpo"\?'):
        written("[lesson:dop]")
    with pytest.raises(BuildError, match=r'unknown form of a lesson\'s mark "titel".*did you mean "title"\?'):
        written("[lesson:dpo titel]")


def test_each_generator_tells_the_page() -> None:
    mkdocs, zensical = Markdown(), Markdown()
    assert page_of(mkdocs) == ""
    relative = Treeprocessor(mkdocs)
    relative.file = SimpleNamespace(src_uri="about/a.md")  # type: ignore[attr-defined]
    mkdocs.treeprocessors.register(relative, "relpath", 0)
    assert page_of(mkdocs) == "about/a.md"
    context = Preprocessor(zensical)
    context.page = SimpleNamespace(path="about/b.md")  # type: ignore[attr-defined]
    zensical.preprocessors.register(context, "rendering_context", 0)
    assert page_of(zensical) == "about/b.md"


def test_the_cards_follow_the_course() -> None:
    html = lesson_cards("index.md")
    assert re.findall(r'data-lesson="([^"]+)"', html) == list(load_lessons())
    assert re.findall(r'ft-card-number">(\d+)<', html) == [str(lesson.number) for lesson in load_lessons().values()]
    assert 'data-quiz="module"' in html


def test_notebooks_name_the_lesson_without_a_link() -> None:
    assert notebook_text("As [lesson:dpo] and [lesson:dpo number] say.") == f"As lesson {NUMBER} and {NUMBER} say."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("See [lesson:dop].", 'unknown lesson "dop"'),
        ("See [lesson:dpo titel].", "unknown form"),
        ("See [lesson:dpo#no-such-place].", "unknown place in lessons/dpo.md"),
        ("See lesson 6.", '"lesson 6" is wrong once a lesson is put before it; write its mark, [lesson:id]'),
    ],
)
def test_the_check_reports_it_at_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"# T\n\n{text}\n", encoding="utf-8")
    [problem] = check_page(read_page(path), DOCS)
    assert problem.line == 3
    assert message in problem.message


def shown_texts(source: str) -> Iterator[str]:
    """Give the texts of a program that are no documentation."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_widget_and_no_quiz_names_a_lesson_by_its_number() -> None:
    """They are rendered in the tab, too, where the course's file is not; they name a lesson by what it is about."""
    modules = [*(ROOT / "widgets" / "gallery").rglob("*.py"), *(ROOT / "widgets" / "quiz").rglob("*.py")]
    texts = {path: [*shown_texts(path.read_text(encoding="utf-8"))] for path in modules}
    texts |= {path: [path.read_text(encoding="utf-8")] for path in (ROOT / "quizzes").glob("*.yml")}
    found = {path.name: TYPED_LESSON.findall("\n".join(shown)) for path, shown in texts.items()}
    assert {name: typed for name, typed in found.items() if typed} == {}
