"""The abbreviations that every page explains: ``docs/includes/abbreviations.md``, one to a line, ``*[WORD]: meaning``.

They are given to Python-Markdown's ``abbr`` extension once for each page. Appended to every page's text, as is often
done, each of them would be searched for the start of every kind of block, on every page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from markdown import Markdown
from markdown.extensions.abbr import AbbrExtension

from widgets.site.sources.folders import DOCS
from widgets.site.sources.yaml_source import Problem

FILE = DOCS / "includes" / "abbreviations.md"
LINE = re.compile(r"\*\[(?P<word>[^\]\\]+)\]: (?P<meaning>\S.*)")


def read_abbreviations(path: Path = FILE) -> dict[str, str]:
    """Read the file: abbreviation → meaning. Other lines are left out; :func:`abbreviation_problems` reports them."""
    return dict(_abbreviations(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=4)  # every page asks for them
def _abbreviations(path: Path, changed: int) -> dict[str, str]:
    lines = map(LINE.fullmatch, path.read_text(encoding="utf-8").splitlines())
    return {match["word"].strip(): match["meaning"].strip() for match in lines if match}


def abbreviation_problems(path: Path = FILE) -> Iterator[Problem]:
    """Find the lines that explain nothing, and what is explained twice."""
    name = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    explained: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = LINE.fullmatch(line)
        if not line.strip():
            continue
        if not match:
            yield Problem(name, number, f'"{line}" is no abbreviation; write `*[WORD]: what it means`')
        elif match["word"] in explained:
            yield Problem(name, number, f'"{match["word"]}" is explained already at line {explained[match["word"]]}')
        else:
            explained[match["word"]] = number


def explain_everywhere(md: Markdown) -> None:
    """Let the ``abbr`` extension explain them on every page, if it is there; it must be registered before."""
    for extension in md.registeredExtensions:
        if isinstance(extension, AbbrExtension):
            extension.load_glossary(read_abbreviations())
            extension.reset()
