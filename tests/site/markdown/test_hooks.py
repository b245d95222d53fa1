"""The hooks that make the build of a large course faster change nothing in its pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from pymdownx.superfences import SuperFencesException

from tests.fork import edit, make_fork
from widgets.core.html import Html
from widgets.site.markdown import ahead, fences, hooks, lesson_syntax

LORA = ("widget", "name: lora-rank\nrank: 16")
QUIZ = ("quiz", "file: lora")
MATH = ("math", r"\frac{\alpha}{r} B A")
WRONG = ("widget", "name: lora-rnak")


@pytest.fixture(autouse=True)
def end_of_build() -> Iterator[None]:
    """End each build, whatever came of it."""
    yield
    hooks.on_build_error()


@pytest.fixture
def with_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other processes render however few fences there are."""
    monkeypatch.setattr(hooks, "FEW", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def begin(*found: tuple[str, str]) -> None:
    """Begin the build of a page that has these fences."""
    text = "\n\n".join(f"```{language}\n{body}\n```" for language, body in found)
    hooks.on_files(SimpleNamespace(documentation_pages=lambda: [SimpleNamespace(content_string=text)]))


def written(*found: tuple[str, str]) -> str:
    """Give what the page that shows these fences consists of when it is written."""
    formats = {"math": fences.math_fence}
    return hooks.on_post_page(
        "\n".join(formats.get(language, fences.widget_fence)(text, language) for language, text in found)
    )


def whole(*found: tuple[str, str]) -> str:
    """Give the same, rendered without hooks."""
    hooks.on_post_build()
    return written(*found)


def test_a_page_gets_back_what_was_kept_of_each_widget() -> None:
    begin(LORA, QUIZ)
    assert not any(map(ahead.is_ordered, (LORA, QUIZ)))
    assert len(fences.widget_fence(*reversed(QUIZ))) < 500
    assert written(QUIZ, LORA, MATH, QUIZ) == whole(QUIZ, LORA, MATH, QUIZ)


@pytest.mark.usefixtures("with_processes")
def test_what_other_processes_render_is_the_same() -> None:
    begin(LORA, QUIZ, MATH)
    assert all(map(ahead.is_ordered, (LORA, QUIZ, MATH)))
    assert written(LORA, QUIZ, MATH) == whole(LORA, QUIZ, MATH)
    assert not any(map(ahead.is_ordered, (LORA, QUIZ, MATH)))


def test_what_another_process_has_made_is_not_made_again() -> None:
    made: Future[dict[ahead.Piece, Html]] = Future()
    made.set_result({(ahead.FORMULA, "x"): Html("from there")})
    ahead.order([(ahead.FORMULA, "x"), (ahead.FORMULA, "y")], made)
    assert lesson_syntax.formula("x") == "from there"
    assert "<mi>y</mi>" in lesson_syntax.formula("y")
    assert "<mi>x</mi>" in lesson_syntax.formula("x"), "each is taken once"


def test_what_no_process_has_begun_is_made_on_the_spot() -> None:
    waiting: Future[dict[ahead.Piece, Html]] = Future()
    ahead.order([(ahead.FORMULA, "x")], waiting)
    assert "<mi>x</mi>" in lesson_syntax.formula("x")
    assert waiting.cancelled()


def test_fences_and_formulas_of_a_page_are_found_once_each() -> None:
    page = "Let $r$ be it, and $r$ again.\n\n```math\n\\alpha\n```\n\n```quiz\nfile: lora\n```\n"
    assert hooks.pieces_of(page) == [("math", "\\alpha"), QUIZ, (ahead.FORMULA, "r")]


@pytest.mark.usefixtures("with_processes")
def test_a_wrong_fence_is_refused_with_its_own_error() -> None:
    begin(WRONG)
    with pytest.raises(SuperFencesException, match=r'"lora-rnak".*lora-rank'):
        written(WRONG)


def test_the_next_build_of_a_live_preview_keeps_nothing_of_the_one_before() -> None:
    begin(LORA)
    written(LORA)
    hooks.on_post_build()
    assert fences.widget_fence(*reversed(LORA)) == fences.render_fence(*LORA)
    begin(QUIZ, LORA)
    assert written(QUIZ, LORA) == "\n".join(fences.render_fence(*fence) for fence in (QUIZ, LORA))


def test_the_site_is_the_same_without_hooks(tmp_path_factory: pytest.TempPathFactory) -> None:
    fork = make_fork(tmp_path_factory.mktemp("hooks") / "fork")
    built = {}
    for name in ("with", "without"):
        command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", name]  # what is checked around it is the same
        environment = {**os.environ, "PYTHONPATH": str(fork), "NO_MKDOCS_2_WARNING": "1"}
        done = subprocess.run(command, cwd=fork, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        pages = [*(fork / name).rglob("*.html"), fork / name / "search" / "search_index.json"]
        built[name] = {page.relative_to(fork / name): page.read_text(encoding="utf-8") for page in pages}
        if name == "with":
            edit(fork / "mkdocs.yml", "hooks:\n  - widgets/site/markdown/hooks.py\n", "")
    assert built["with"] == built["without"]
