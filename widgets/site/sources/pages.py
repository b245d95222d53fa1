"""Read a page's Markdown: fences, and the text outside them, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from widgets.site.sources.folders import DOCS
from widgets.site.sources.grammar import fenced_blocks, outside_code

SETTINGS = re.compile(r"---\n.*?\n---\n", re.DOTALL)
NOT_PAGES = ("includes",)


@dataclass(frozen=True)
class Fence:
    """A fenced block.

    Attributes:
        language: First word of the info string, or "".
        text: The body, its common indentation removed.
        line: Line of the opening marks, counted from 1.
        end: Line of the closing marks; that after the last one if it is never closed.
        info: What stands behind the opening marks.
    """

    language: str
    text: str
    line: int
    end: int = 0
    info: str = ""


@dataclass(frozen=True)
class Page:
    """A Markdown page: its path, its fences, and its other lines with their numbers."""

    path: Path
    fences: tuple[Fence, ...]
    lines: tuple[tuple[int, str], ...]


def page_paths(docs: Path = DOCS) -> list[Path]:
    """List the Markdown files that become pages, in a fixed order."""
    return sorted(path for path in docs.rglob("*.md") if path.relative_to(docs).parts[0] not in NOT_PAGES)


def read_page(path: Path) -> Page:
    """Split a page into fences and other lines, without the settings before its text (between two lines ``---``).

    A fence that is never closed ends with the page. A page is parsed once as long as its file does not change.
    """
    state = path.stat()
    return _parsed(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _parsed(path: Path, _changed: int, _size: int) -> Page:
    written = path.read_text(encoding="utf-8")
    settings = SETTINGS.match(written)
    first = settings.group().count("\n") if settings else 0
    source = written.splitlines()[first:]
    fences: list[Fence] = []
    lines: list[tuple[int, str]] = []
    begin = 0
    for block in fenced_blocks(source):
        lines += enumerate(source[begin : block.first], first + begin + 1)
        body = [line.removeprefix(block.indent) for line in source[block.first + 1 : block.last]]
        fences.append(
            Fence(block.language, "\n".join(body), first + block.first + 1, first + block.last + 1, block.info)
        )
        begin = block.last + 1
    lines += enumerate(source[begin:], first + begin + 1)
    return Page(path, tuple(fences), tuple(lines))


def prose(page: Page, filler: str = " ") -> Iterator[tuple[int, str]]:
    """Give the lines outside fences with code spans blanked out, so that only real text is looked at."""
    return ((number, outside_code(line, filler)) for number, line in page.lines)


def page_title(path: Path) -> str:
    """Give a page's title: its first heading of level 1, or "" if it has none."""
    return next((line[2:].strip() for _, line in read_page(path).lines if line.startswith("# ")), "")
