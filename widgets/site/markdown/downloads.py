"""The line in each lesson that leads to its code: script, notebook and, where a repository is named, Colab.

A Python-Markdown extension, so that both generators do the same. Neither tells an extension which page it renders, so
the lesson is known by its title. Colab opens notebooks from repositories on GitHub only; the option ``colab`` of the
extension names one, and :data:`COLAB_BRANCH` is where the publishing workflow puts them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from functools import lru_cache
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from widgets.core.errors import BuildError
from widgets.core.html import Html, element
from widgets.site.sources.folders import CODE, DOCS
from widgets.site.sources.grammar import THE_REAL_THING
from widgets.site.sources.listings import lesson_paths
from widgets.site.sources.pages import page_title

COLAB_BRANCH = "notebooks"
COLAB_VARIABLE = "COLAB_REPOSITORY"
REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


@lru_cache(maxsize=4)
def lessons_by_title(docs: Path = DOCS) -> dict[str, str]:
    """Give the lessons with code: title → name of the file without its ending.

    Raises:
        BuildError: If two lessons have the same title.
    """
    found: dict[str, str] = {}
    for path in lesson_paths(docs):
        title = page_title(path)
        if title in found:
            raise BuildError(f'docs/lessons/{path.name}: "{title}" is the title of {found[title]}.md already')
        found[title] = path.stem
    return found


def colab_address(repository: str, name: str) -> str:
    """Give the address under which Colab opens a lesson's notebook.

    Raises:
        BuildError: If the repository is not written as ``owner/name``.

    >>> colab_address("somebody/course", "lora")
    'https://colab.research.google.com/github/somebody/course/blob/notebooks/lora.ipynb'
    """
    if not REPOSITORY.fullmatch(repository):
        raise BuildError(f'the repository for Colab must read owner/name; found "{repository}" ({COLAB_VARIABLE})')
    return f"https://colab.research.google.com/github/{repository}/blob/{COLAB_BRANCH}/{name}.ipynb"


def download_line(name: str, colab: str = "") -> Html:
    """Write the line of links for a lesson.

    Args:
        name: The lesson's file without its ending.
        colab: The repository that holds the notebooks, ``owner/name``, or "".
    """
    folder = f"../{CODE.relative_to(DOCS).as_posix()}"
    script = element("a", f"{name}.py", href=f"{folder}/{name}.py", download=f"{name}.py")
    notebook = element("a", f"{name}.ipynb", href=f"{folder}/{name}.ipynb", download=f"{name}.ipynb")
    opened = [" · ", element("a", "Open in Colab", href=colab_address(colab, name))] if colab else []
    return element("p", "The code of this lesson: ", script, " · ", notebook, *opened, class_="ft-downloads")


class _DownloadLine(Treeprocessor):
    """Put the line of links below the heading under which a lesson's programs stand."""

    def __init__(self, md: Markdown, colab: str) -> None:
        super().__init__(md)
        self.colab = colab

    def run(self, root: ElementTree.Element) -> None:
        """Insert one paragraph, if the page is a lesson with code."""
        title = next(("".join(child.itertext()).strip() for child in root if child.tag == "h1"), "")
        headings = (child for child in root if child.tag == "h2")
        section = next((one for one in headings if "".join(one.itertext()).strip() == THE_REAL_THING), None)
        if section is None:
            return
        try:
            name = lessons_by_title().get(title)
            if name is None:
                return
            line = ElementTree.Element("p")
            line.text = self.md.htmlStash.store(download_line(name, self.colab))
        except BuildError as error:
            raise SystemExit(f"Error: {error}") from error
        root.insert(list(root).index(section) + 1, line)


class Downloads(Extension):
    """The extension; ``mkdocs.yml`` names this module and may name a repository for Colab."""

    def __init__(self, **options: Any) -> None:
        self.config = {"colab": ["", "repository on GitHub that holds the notebooks, owner/name"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the processor, before the table of contents adds its links to the headings."""
        md.treeprocessors.register(_DownloadLine(md, str(self.getConfig("colab") or "")), "ft-downloads", 7)


def makeExtension(**options: Any) -> Downloads:  # noqa: N802
    """Make the extension (Python-Markdown calls this)."""
    return Downloads(**options)
