"""Find where each figure of the running text comes from, and which have no source at all.

A *figure* is a number written in digits. Every one in a page's text is one of

``computed``  put in by the build from tested code: ``[=name]``;
``cited``     in a paragraph, list item or table with a citation ``[@key]``, or in a table or list whose introduction,
              a paragraph that ends with a colon, has one;
``chosen``    marked by the author, ``[~512]``, as a setting, an example or a definition of our own: nothing that could
              be true or false;
``bare``      none of these. The check refuses it.

Some digits claim nothing and are not counted: what stands in code, formulas, addresses, raw HTML and quotation
marks; the numbers of lists and steps; digits that belong to a name (:data:`NAMES`); years; the widths of number formats
(“4 bits”); and 0 and 1. A number after the name of a setting (:data:`SETTINGS`) is chosen without a mark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from widgets.site.pages import Page, prose

COMPUTED, CITED, CHOSEN, BARE = "computed", "cited", "chosen", "bare"
KINDS = (COMPUTED, CITED, CHOSEN, BARE)

CHOSEN_MARK = r"\[~((?:[^\[\]\n]|\[=[A-Za-z0-9-]+\])+)\]"
"""``[~512]``: its text is shown as it stands."""

_CHOSEN = re.compile(CHOSEN_MARK)
_COMPUTED = re.compile(r"\[=[A-Za-z0-9-]+\]")
_CITATION = re.compile(r"\[@[A-Za-z0-9-]+\]")
_NUMBER = re.compile(r"(?<![\w.,])[0-9](?:[0-9]|[.,·](?=[0-9]))*(?:e[-+]?[0-9]+)?")
_FORMULAS = (re.compile(r"(?<![\\$\w])\$(?![\s$])(?:\\.|[^$\\\n])+?(?<!\s)\$(?![\d$])"), re.compile(r"\bln [0-9.]+\b"))
_NOT_TEXT = (
    re.compile(r"^\s*<.*"),  # raw HTML
    re.compile(r"<!--.*?-->|<[a-z/][^>]*>"),
    re.compile(r"(?<=\])\([^)\s]*\)"),  # the address of a link
    re.compile(r"\{[^}]*\}"),  # attributes
    re.compile(r"“[^”]*”"),
    re.compile(r"\*\*[0-9]+\. |(?<=\[)[0-9]+ (?=[A-Z])"),  # the number of a step, or of a lesson in a link to it
)
NAMES = re.compile(
    r"""\b(?: (?:Llama|LLaMA|Python|torch|transformers|trl|peft|accelerate|SmolLM2|Dolly|CC\ BY-SA)\ [0-9][\w.]*
        | (?:[Ll]essons?|[Ss]teps?|[Ss]tages?|[Nn]otes?|[Pp]hase|[Ff]igure|[Ss]ection|[Ee]quation|error|port)\ [0-9]+
          (?:(?:,|\ and|\ to|,\ and)\ [0-9]+)*
        | (?:GPT|ZeRO|Llama)-[0-9][\w.]*
        | (?<!\$)[0-9]+(?:\.[0-9]+)?[BM](?!\ (?:tokens|parameters|words|rows|pairs|examples)\b)
        )\b""",
    re.VERBOSE,
)
"""Digits that belong to a name: of a model (“Llama 2”, “7B”), of a library, of a lesson, a step or a note."""

SETTINGS = re.compile(
    r"\b(?:(?:[Rr]anks?|r =|[Aa]lpha|KL|KL coefficient of|[Cc]oefficient|[Bb]atch of) )(?P<value>[0-9.]+)"
    r"(?:(?P<more>(?:,| and| or| to) [0-9]+)*)"
)
"""A number straight after the name of a setting is chosen: “rank 8”, “r = 16”, “alpha 64”, “KL 0.1”."""

_YEAR = re.compile(r"\b(?:18|19|20)[0-9]{2}\b(?![.,]?[0-9])")
_WIDTH = re.compile(r"\b(?:4|8|16|32)(?:(?:,| or| and| to) (?:4|8|16|32))?[- ](?=bits?\b)")
_COUNTING = re.compile(r"(?<![\w.,·])[01](?![\w·]|[.,][0-9])")
_LIST_MARK = re.compile(r"^\s*(?:[-*+]|[0-9]+\.)\s+")
_OPENING = re.compile(r"^\s*(?:!!!|\?\?\?\+?|===)\s")
_RULE = re.compile(r"^\s*\|[\s:|-]+\|\s*$")


@dataclass(frozen=True)
class Figure:
    """A figure of the text.

    Attributes:
        kind: One of :data:`KINDS`.
        text: As the source has it.
        line: Its line, counted from 1.
    """

    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class _Block:
    """A paragraph, a list item or a table: its lines, and whether it is a table or a list item."""

    lines: tuple[tuple[int, str], ...]
    is_listed: bool

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.lines)


def _blocks(page: Page) -> Iterator[_Block]:
    """Split the running text. A table is one block; each item of a list is one."""
    lines: list[tuple[int, str]] = []
    is_listed, last = False, 0
    for number, line in [*prose(page), (0, "")]:
        is_row = line.lstrip().startswith("|")
        starts = bool(_LIST_MARK.match(line) or _OPENING.match(line) or line.startswith("#"))
        in_table = bool(lines) and lines[-1][1].lstrip().startswith("|")
        if lines and (not line.strip() or number != last + 1 or starts or is_row != in_table):
            yield _Block(tuple(lines), is_listed)
            lines = []
        if line.strip() and not _RULE.match(line) and not line.lstrip().startswith("--8<--"):
            if not lines:
                is_listed = is_row or bool(_LIST_MARK.match(line))
            lines.append((number, line))
        last = number


def page_figures(page: Page) -> Iterator[Figure]:
    """Give the figures of a page, in their order."""
    introduced_by_source = False
    for block in _blocks(page):
        has_source = bool(_CITATION.search(block.text)) or (block.is_listed and introduced_by_source)
        if not block.is_listed:
            introduced_by_source = has_source and block.text.rstrip().endswith(":")
        for number, line in block.lines:
            for kind, text in _line_figures(line):
                yield Figure(CITED if kind == BARE and has_source else kind, text, number)


def _line_figures(line: str) -> Iterator[tuple[str, str]]:
    """Give the figures of one line; those without a mark of their own are bare as far as the line can tell."""
    for match in _CHOSEN.finditer(line):
        yield from ((CHOSEN, text) for text in _NUMBER.findall(_claims(match.group(1))))
    for match in _COMPUTED.finditer(line):
        yield COMPUTED, match.group(0)
    rest = _claims(_LIST_MARK.sub("", _CHOSEN.sub(" ", line)))
    for match in SETTINGS.finditer(rest):
        yield from ((CHOSEN, text) for text in _NUMBER.findall(match.group(0)))
    rest = _COUNTING.sub(" ", SETTINGS.sub(" ", rest))
    yield from ((BARE, match.group(0)) for match in _NUMBER.finditer(rest))


def _claims(text: str) -> str:
    """Blank out everything in a text whose digits claim nothing."""
    for pattern in (_COMPUTED, _CITATION, *_FORMULAS, *_NOT_TEXT, NAMES, _YEAR, _WIDTH):
        text = pattern.sub(" ", text)
    return text


def bare_problems(page: Page) -> Iterator[tuple[int, str]]:
    """Report each figure that has no source: line and message."""
    for figure in page_figures(page):
        if figure.kind == BARE:
            yield (
                figure.line,
                f'the figure "{figure.text}" has no source; compute it, [=name], cite a source in its paragraph, '
                f"[@key], or mark a setting or an example of your own, [~{figure.text}]",
            )


def count_figures(pages: Iterable[Page]) -> Counter[str]:
    """Count the figures of pages by kind."""
    return Counter(figure.kind for page in pages for figure in page_figures(page))


def shares(counts: Counter[str]) -> str:
    """Write the counts with their shares.

    >>> shares(Counter(computed=3, cited=1))
    '4 figures: 3 computed (75 %), 1 cited (25 %), 0 chosen (0 %), 0 bare (0 %)'
    """
    total = sum(counts.values())
    each = (f"{counts[kind]} {kind} ({100 * counts[kind] / max(total, 1):.0f} %)" for kind in KINDS)
    return f"{total} figures: {', '.join(each)}"
