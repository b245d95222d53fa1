"""The grammar of a page: its marks, its fences and the sections of a lesson, each written down once.

The checks, the Markdown extensions of both generators and the downloads all read pages with what stands here.

``$formula$``   a formula inside a line;
``[@key]``      a citation;
``[=name]``     a figure computed by tested code;
``[~text]``     a number that is a setting or an example of our own; may hold figures;
``[lesson:id]`` number of a lesson, linked to it (:mod:`widgets.site.markdown.lesson_links`);
``--8<-- "…"``  lines of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FIGURE = re.compile(r"\[=(?P<name>[A-Za-z0-9-]+)\]")
CITATION = re.compile(r"\[@(?P<key>[A-Za-z0-9-]+)\]")
CHOSEN = re.compile(r"\[~(?P<text>(?:[^\[\]\n]|\[=[A-Za-z0-9-]+\])+)\]")
FORMULA = re.compile(r"(?<![\\$\w])\$(?![\s$])(?P<latex>(?:\\.|[^$\\\n])+?)(?<!\s)\$(?![\d$])")
LESSON = re.compile(r"\[(?P<word>[Ll]esson):(?P<id>[^\[\]\s#]*)(?P<place>#[^\[\]\s]*)?(?: (?P<form>[^\[\]]*))?\]")
TYPED_LESSON = re.compile(r"\b[Ll]essons? [0-9]+")
"""A lesson's number that would be wrong as soon as a lesson is put before it."""

SNIPPET = re.compile(r'^\s*-+8<-+\s+"(?P<path>[^":]+)(?::(?P<section>[^"]+))?"\s*$')
CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+\1")
HEADING = re.compile(r"(?P<marks>#{1,6})\s+(?P<text>\S.*?)(?: \{[^}]*\})?$")
LIST_MARK = re.compile(r"^\s*(?:[-*+]|[0-9]+\.)\s+")

IN_ONE_BREATH = "In one breath"
THE_REAL_THING = "The real thing"
SECTIONS = (
    IN_ONE_BREATH,
    "ELI5",
    "Picture",
    "Predict, then run",
    "The mathematics",
    THE_REAL_THING,
    "Traps",
    "Key takeaways",
    "Check yourself",
    "Sources",
)
"""The sections of every lesson, in their order."""

_OPENING = re.compile(r"^(?P<indent>\s*)(?P<marks>`{3,}|~{3,})\s*(?P<info>.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block among lines.

    Attributes:
        info: What stands behind the opening marks.
        indent: The spaces before them.
        first: Index of the line of the opening marks.
        last: Index of the line of the closing marks, or the number of lines if it is never closed.
    """

    info: str
    indent: str
    first: int
    last: int

    @property
    def language(self) -> str:
        """First word of the info string, or ""."""
        return (self.info.split() or [""])[0]


def fenced_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Find the fenced blocks, in their order; one that is never closed ends with the lines."""
    opened: tuple[int, re.Match[str]] | None = None
    for index, line in enumerate(lines):
        if opened is None:
            match = _OPENING.match(line)
            if match and "`" not in match["info"]:
                opened = index, match
        elif line.strip().startswith(opened[1]["marks"]) and not line.strip().strip(opened[1]["marks"][0]):
            yield Block(opened[1]["info"], opened[1]["indent"], opened[0], index)
            opened = None
    if opened is not None:
        yield Block(opened[1]["info"], opened[1]["indent"], opened[0], len(lines))


def outside_code(line: str, filler: str = " ") -> str:
    """Blank out the code spans of a line, so that only real text is looked at."""
    return CODE_SPAN.sub(lambda match: filler * len(match.group(0)), line)
