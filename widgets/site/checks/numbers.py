"""Find where each figure of the running text comes from, and which have no source at all.

A *figure* is a number written in digits. Every one in a page's text is one of

``computed``  put in by the build from tested code: ``[=name]``;
``cited``     in a sentence with a citation ``[@key]``; in a table's row with one; or in a table or list whose
              introduction, a sentence that ends with a colon, has one;
``chosen``    marked by the author, ``[~512]``, as a setting, an example or a definition of our own: nothing that could
              be true or false. A number after the name of a setting is chosen without a mark;
``bare``      none of these, or typed as the result of a formula. The check refuses it.

Which digits claim nothing and are not counted is told in :mod:`widgets.site.checks.claims`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from widgets.site.checks.claims import chosen_numbers, other_numbers, typed_results
from widgets.site.sources.grammar import CITATION, FIGURE, LIST_MARK
from widgets.site.sources.pages import Page, prose

COMPUTED, CITED, CHOSEN, BARE = "computed", "cited", "chosen", "bare"
KINDS = (COMPUTED, CITED, CHOSEN, BARE)

_OPENING = re.compile(r"^\s*(?:!!!|\?\?\?\+?|===|#)\s?")
_RULE = re.compile(r"^\s*\|[\s:|-]+\|\s*$")
_SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bet al)(?<!\bvs)[.!?][”’\"')*_\]]*(?=\s)(?!\s+[a-z])")
"""A full stop, question or exclamation mark before a space, unless a small letter follows."""


@dataclass(frozen=True)
class Figure:
    """A figure of the text.

    Attributes:
        kind: One of :data:`KINDS`.
        text: As the source has it.
        line: Its line, counted from 1.
        why: For a bare one, what is wrong: ``"alone"``, ``"elsewhere"`` (its paragraph or table has a citation, in
            another sentence or row), or ``"formula"``; else "".
    """

    kind: str
    text: str
    line: int
    why: str = ""


@dataclass(frozen=True)
class _Block:
    """A paragraph, a list item or a table, as lines; ``whole`` has every code span filled, for finding sentences."""

    lines: tuple[tuple[int, str], ...]
    whole: str
    is_table: bool
    is_item: bool

    def units(self) -> list[tuple[int, int]]:
        """Split into what one citation covers, sentences or rows: start and end in ``whole``."""
        ends = [match.end() for match in (re.finditer("\n", self.whole) if self.is_table else self._sentence_ends())]
        return list(pairwise([0, *ends, len(self.whole)]))

    def _sentence_ends(self) -> Iterator[re.Match[str]]:
        return _SENTENCE_END.finditer(LIST_MARK.sub(lambda mark: " " * len(mark.group()), self.whole))


def _blocks(page: Page) -> Iterator[_Block]:
    """Split the running text. A table is one block; each item of a list, each heading and each title is one."""
    lines: list[tuple[int, str]] = []
    filled: list[str] = []
    is_table = is_item = is_title = False
    last = 0
    for (number, line), (_, code_filled) in zip([*prose(page), (0, "")], [*prose(page, "x"), (0, "")], strict=True):
        is_row = line.lstrip().startswith("|")
        opens = bool(_OPENING.match(line))
        starts = bool(LIST_MARK.match(line)) or opens or is_title
        if lines and (not line.strip() or number != last + 1 or starts or is_row != is_table):
            yield _Block(tuple(lines), "\n".join(filled), is_table, is_item)
            lines, filled = [], []
        if line.strip() and not _RULE.match(line) and not line.lstrip().startswith("--8<--"):
            if not lines:
                is_table, is_item, is_title = is_row, bool(LIST_MARK.match(line)), opens
            lines.append((number, line))
            filled.append(code_filled)
        last = number


def page_figures(page: Page) -> Iterator[Figure]:
    """Give the figures of a page, in their order."""
    figures = [*_text_figures(page), *_formula_figures(page)]
    return iter(sorted(figures, key=lambda figure: figure.line))


def _text_figures(page: Page) -> Iterator[Figure]:
    is_introduced = False
    for block in _blocks(page):
        units = block.units()
        cited = [unit for unit in units if CITATION.search(block.whole, *unit)]
        is_listed = block.is_table or block.is_item
        covers_all = is_listed and is_introduced
        if not is_listed:
            is_introduced = bool(cited) and cited[-1] == units[-1] and block.whole.rstrip().endswith(":")
        start = 0
        for number, line in block.lines:
            yield from (Figure(CHOSEN, text, number) for _, text in chosen_numbers(line))
            yield from (Figure(COMPUTED, mark.group(), number) for mark in FIGURE.finditer(line))
            for place, text in other_numbers(line):
                if covers_all or any(first <= start + place < end for first, end in cited):
                    yield Figure(CITED, text, number)
                else:
                    yield Figure(BARE, text, number, "elsewhere" if cited else "alone")
            start += len(line) + 1


def _formula_figures(page: Page) -> Iterator[Figure]:
    """Give the results that are typed into formulas."""
    for number, line in prose(page):
        yield from (Figure(BARE, result, number, "formula") for _, result in typed_results(line))
    for fence in page.fences:
        if fence.language == "math":
            for place, result in typed_results(fence.text, is_formula=True):
                yield Figure(BARE, result, fence.line + 1 + fence.text.count("\n", 0, place), "formula")


def bare_problems(page: Page) -> Iterator[tuple[int, str]]:
    """Report each figure that has no source: line and message."""
    for figure in page_figures(page):
        if figure.kind == BARE:
            yield figure.line, _message(figure)


def _message(figure: Figure) -> str:
    if figure.why == "formula":
        return (
            f'the result "{figure.text}" is typed into a formula; end the formula with its sign, and let the result be '
            "computed, $32 / 64 =$ [=name]"
        )
    found = "the citation nearby covers only its own sentence, or its row of the table; " * (figure.why == "elsewhere")
    return (
        f'the figure "{figure.text}" has no source; {found}compute it, [=name], cite a source in its sentence or row, '
        f"[@key], or mark a setting or an example of your own, [~{figure.text}]"
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
