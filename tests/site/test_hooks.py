"""The hooks that make the build of a large course faster change nothing in its pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pymdownx.superfences import SuperFencesException

from tests.fork import edit, make_fork, run_widgets
from widgets.site import fences, hooks

LORA = ("widget", "name: lora-rank\nrank: 16")
QUIZ = ("quiz", "file: lora")
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
    return hooks.on_post_page("\n".join(fences.widget_fence(text, language) for language, text in found))


def test_a_page_gets_back_what_was_kept_of_each_widget() -> None:
    begin(LORA, QUIZ)
    assert not fences.rendered_ahead
    assert len(fences.widget_fence(*reversed(QUIZ))) < 500
    assert written(QUIZ, LORA, QUIZ) == "\n".join(fences.render_fence(*fence) for fence in (QUIZ, LORA, QUIZ))


@pytest.mark.usefixtures("with_processes")
def test_what_other_processes_render_is_the_same() -> None:
    begin(LORA, QUIZ)
    assert set(fences.rendered_ahead) == {LORA, QUIZ}
    assert written(LORA, QUIZ) == "\n".join(fences.render_fence(*fence) for fence in (LORA, QUIZ))
    assert not fences.rendered_ahead


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
        done = run_widgets(fork, "build", "--out", name)
        assert done.returncode == 0, done.stderr
        pages = [*(fork / name).rglob("*.html"), fork / name / "search" / "search_index.json"]
        built[name] = {page.relative_to(fork / name): page.read_text(encoding="utf-8") for page in pages}
        if name == "with":
            edit(fork / "mkdocs.yml", "hooks:\n  - widgets/site/hooks.py\n", "")
    assert built["with"] == built["without"]
