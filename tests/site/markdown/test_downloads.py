"""The line in a lesson that leads to its code."""

from __future__ import annotations

import re
from pathlib import Path

import markdown
import pytest

from tests.site.test_workflow import PUBLISHING
from widgets.core.errors import BuildError
from widgets.site.markdown import downloads
from widgets.site.markdown.downloads import COLAB_BRANCH, colab_address, download_line, lessons_by_title
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.listings import lesson_paths

PAGE = "# LoRA: low-rank adaptation\n\n## The real thing\n\nText.\n"


def render(text: str, colab: str = "") -> str:
    return markdown.markdown(
        text,
        extensions=["toc", "widgets.site.markdown.downloads"],
        extension_configs={"toc": {"permalink": True}, "widgets.site.markdown.downloads": {"colab": colab}},
    )


def test_a_lesson_links_to_its_script_and_its_notebook_below_the_heading() -> None:
    line = (
        '<p class="ft-downloads">The code of this lesson: '
        '<a href="../assets/course/code/lora.py" download="lora.py">lora.py</a> · '
        '<a href="../assets/course/code/lora.ipynb" download="lora.ipynb">lora.ipynb</a></p>'
    )
    assert re.search(rf"</h2>\s*{re.escape(line)}\s*<p>Text", render(PAGE))


def test_colab_is_offered_only_when_a_repository_is_named() -> None:
    assert "colab" not in render(PAGE)
    address = "https://colab.research.google.com/github/some-body/my.course/blob/notebooks/lora.ipynb"
    assert f'<a href="{address}">Open in Colab</a>' in render(PAGE, "some-body/my.course")


@pytest.mark.parametrize("wrong", ["course", "https://github.com/a/b", "a/b/c", "a b/c", '"/x'])
def test_a_repository_that_is_none_stops_the_build(wrong: str) -> None:
    with pytest.raises(BuildError, match="must read owner/name; found"):
        colab_address(wrong, "lora")
    with pytest.raises(SystemExit, match="COLAB_REPOSITORY"):
        render(PAGE, wrong)


@pytest.mark.parametrize("text", ["# Another page\n\n## The real thing\n", "# LoRA: low-rank adaptation\n\n## Traps\n"])
def test_other_pages_have_no_such_line(text: str) -> None:
    assert "ft-downloads" not in render(text)


def test_every_lesson_with_code_is_known_by_its_title() -> None:
    assert set(lessons_by_title().values()) == {path.stem for path in lesson_paths()}
    assert len(lessons_by_title()) == len(list((DOCS / "lessons").glob("*.md")))


def test_two_lessons_of_one_title_are_reported(tmp_path: Path) -> None:
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.md").write_text("# Same\n\n```python\n```\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r'docs/lessons/b\.md: "Same" is the title of a\.md already'):
        lessons_by_title(tmp_path)


def test_the_line_is_made_of_relative_links_but_for_colab() -> None:
    assert re.findall(r'href="(\w+:[^"]*)"', download_line("lora")) == []
    assert len(re.findall(r'href="https:', download_line("lora", "a/b"))) == 1


def test_the_workflow_puts_the_notebooks_where_the_links_to_colab_lead() -> None:
    job = PUBLISHING["notebooks"]
    assert job["if"] == "vars.COLAB_REPOSITORY == github.repository"
    assert "test" in job["needs"]
    assert f"--initial-branch={COLAB_BRANCH}" in job["steps"][-1]["run"]
    making = [step.get("run", "") for step in PUBLISHING["test"]["steps"]]
    assert any("python -m widgets notebooks --out build/notebooks" in run for run in making)
    assert any("COLAB_REPOSITORY" in step.get("env", {}) for step in PUBLISHING["test"]["steps"])


def test_the_repository_comes_from_the_environment_in_both_generators() -> None:
    assert 'colab: !ENV [COLAB_REPOSITORY, ""]' in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert downloads.__name__ in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_the_built_lessons_link_to_files_that_are_there() -> None:
    site = ROOT / "site"
    assert (site / "index.html").is_file(), "the site is not built; run: make site"
    for path in lesson_paths():
        page = site / "lessons" / f"{path.stem}.html"
        links = re.findall(r'href="([^"]+)" download="', page.read_text(encoding="utf-8"))
        assert [Path(link).suffix for link in links] == [".py", ".ipynb"], page.name
        assert all((page.parent / link).is_file() for link in links), page.name
