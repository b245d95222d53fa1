"""Read a lesson's Markdown as far as the checks need it: fences, and the text outside them, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from widgets.site.sources.folders import DOCS

OPENING = re.compile(r"^(?P<indent>\s*)(?P<marks>`{3,}|~{3,})\s*(?P<info>.*)$")
SETTINGS = re.compile(r"---\n.*?\n---\n", re.DOTALL)
NOT_PAGES = ("includes",)


@dataclass(frozen=True)
class Fence:
    """A fenced block.

    Attributes:
        language: First word of the info string, or "".
        text: The body, its common indentation removed.
        line: Line of the opening marks, counted from 1.
    """

    language: str
    text: str
    line: int


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

    A fence that is never closed ends with the page.
    """
    fences: list[Fence] = []
    lines: list[tuple[int, str]] = []
    opened: tuple[int, str, str, str] | None = None  # line, indent, marks, language
    body: list[str] = []
    written = path.read_text(encoding="utf-8")
    settings = SETTINGS.match(written)
    first = settings.group().count("\n") if settings else 0
    for number, line in enumerate(written.splitlines(), 1):
        if number <= first:
            continue
        if opened is None:
            match = OPENING.match(line)
            if match and "`" not in match["info"]:
                opened = (number, match["indent"], match["marks"], (match["info"].split() or [""])[0])
                body = []
            else:
                lines.append((number, line))
        elif line.strip().startswith(opened[2]) and not line.strip().strip(opened[2][0]):
            fences.append(Fence(opened[3], "\n".join(body), opened[0]))
            opened = None
        else:
            body.append(line.removeprefix(opened[1]))
    if opened is not None:
        fences.append(Fence(opened[3], "\n".join(body), opened[0]))
    return Page(path, tuple(fences), tuple(lines))


def prose(page: Page, filler: str = " ") -> Iterator[tuple[int, str]]:
    """Give the lines outside fences with code spans blanked out, so that only real text is looked at."""
    for number, line in page.lines:
        yield number, re.sub(r"(`+)(?:(?!\1).)+\1", lambda match: filler * len(match.group(0)), line)
