"""The course's additions to Markdown, as one Python-Markdown extension for both generators.

``$formula$``   inline mathematics (:mod:`widgets.site.markdown.mathematics`);
``[@key]``      a citation, linked to the page's list of sources (:mod:`widgets.site.sources.bibliography`);
``[=name]``     a figure computed by tested code (:mod:`widgets.site.figures`);
``[lesson:id]`` the number of a lesson, linked (:mod:`widgets.site.markdown.lesson_links`);
``[~text]``     a number that is a setting or an example of our own (:mod:`widgets.site.checks.claims`).

It also writes the reading time under the title of a lesson, and explains abbreviations
(:mod:`widgets.site.sources.abbreviations`): of several explanations of the same one it keeps the first in a page's
running text, reachable by keyboard.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from widgets.core.errors import BuildError
from widgets.core.html import Html, element
from widgets.site.figures import figure_text
from widgets.site.markdown import mathematics
from widgets.site.markdown.lesson_links import lesson_link, page_of
from widgets.site.sources import abbreviations, bibliography
from widgets.site.sources.grammar import CHOSEN, CITATION, FIGURE, FORMULA, IN_ONE_BREATH, LESSON

WORDS_PER_MINUTE = 200
"""Reading speed behind the reading time, words a minute: near the 238 that adults read of non-fiction in silence
(Brysbaert 2019, doi:10.1016/j.jml.2019.104047), slowed down for formulas and code."""

LISTING = r'<div class="[^"]*\bhighlight\b'


def figure(name: str) -> Html:
    """Compute a figure and mark it as one.

    Raises:
        BuildError: If there is no figure of that name, or its computation fails.
    """
    return element("span", figure_text(name), class_="ft-figure", data_figure_name=name)


class _Inline(InlineProcessor):
    """Replace what a pattern finds by markup that a function makes of the match."""

    def __init__(self, pattern: re.Pattern[str], md: Markdown, make: Callable[[re.Match[str]], Html]) -> None:
        super().__init__(pattern.pattern, md)
        self.make = make

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, int, int]:  # type: ignore[override]  # noqa: N802
        """Return the markup for one match; an error stops the build."""
        try:
            return self.md.htmlStash.store(self.make(m)), m.start(0), m.end(0)
        except BuildError as error:
            raise SystemExit(f"Error in the text “{m.group(0)}”: {error}") from error


class _Chosen(InlineProcessor):
    """Show the text of a mark for what was chosen; further marks inside it are still read."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Any, int, int]:  # type: ignore[override]  # noqa: N802
        """Return a ``span`` with the text."""
        span = ElementTree.Element("span", {"class": "ft-chosen"})
        span.text = m.group(1)
        return span, m.start(0), m.end(0)


class _ReadingTime(Treeprocessor):
    """Write the reading time of a lesson (a page with a section "In one breath") under its title."""

    def run(self, root: ElementTree.Element) -> None:
        """Insert one paragraph after the first heading."""
        headings = [child for child in root if child.tag in ("h1", "h2")]
        if not any("".join(heading.itertext()).strip() == IN_ONE_BREATH for heading in headings):
            return
        title = next((child for child in root if child.tag == "h1"), None)
        if title is None:
            return
        words = len(" ".join(root.itertext()).split())
        note = ElementTree.Element("p", {"class": "ft-reading-time"})
        note.text = f"About {max(1, round(words / WORDS_PER_MINUTE))} minutes of reading"
        root.insert(list(root).index(title) + 1, note)


class _FirstAbbreviation(Treeprocessor):
    """Explain each abbreviation once a page, where it first stands in the running text, also for the keyboard.

    A note of a listing is no such place: the theme closes it as soon as the focus leaves its mark.
    """

    def run(self, root: ElementTree.Element) -> None:
        """Turn every later ``abbr`` of the same text into plain text."""
        seen: set[str] = set()
        in_notes = {part for notes in self.notes(root) for part in notes.iter()}
        for parent in list(root.iter()):
            in_heading = parent.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "a", "summary")
            for child in list(parent):
                if child.tag != "abbr":
                    continue
                text = child.text or ""
                if text not in seen and not in_heading and parent not in in_notes:
                    seen.add(text)
                    child.set("tabindex", "0")
                else:
                    _replace_by_text(parent, child)

    def notes(self, root: ElementTree.Element) -> Iterator[ElementTree.Element]:
        """Find the lists that stand right after a listing: the theme makes its notes of them."""
        for parent in root.iter():
            for before, child in pairwise(parent):
                if child.tag == "ol" and self.is_listing(before):
                    yield child

    def is_listing(self, block: ElementTree.Element) -> bool:
        """Say whether a block stands for a listing, whose markup Python-Markdown keeps aside."""
        placeholder = HTML_PLACEHOLDER_RE.fullmatch((block.text or "").strip())
        kept = self.md.htmlStash.rawHtmlBlocks[int(placeholder.group(1))] if placeholder else ""
        return re.match(LISTING, str(kept)) is not None


def _replace_by_text(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    position = list(parent).index(child)
    text = (child.text or "") + (child.tail or "")
    parent.remove(child)
    if position == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[position - 1]
        before.tail = (before.tail or "") + text


class LessonSyntax(Extension):
    """The extension; ``mkdocs.yml`` names this module."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the patterns. Formulas come before backslash escapes, citations before links."""
        md.block_level_elements += ["ft-widget"]
        md.ESCAPED_CHARS.append("$")
        md.inlinePatterns.register(_Inline(FORMULA, md, lambda m: mathematics.mathml(m["latex"])), "ft-formula", 186)
        md.inlinePatterns.register(_Inline(CITATION, md, lambda m: bibliography.citation(m["key"])), "ft-citation", 178)
        md.inlinePatterns.register(_Inline(FIGURE, md, lambda m: figure(m["name"])), "ft-figure", 177)
        md.inlinePatterns.register(_Inline(LESSON, md, lambda m: lesson_link(m, page_of(md))), "ft-lesson", 179)
        md.inlinePatterns.register(_Chosen(CHOSEN.pattern, md), "ft-chosen", 176)
        md.treeprocessors.register(_ReadingTime(md), "ft-reading-time", 6)
        abbreviations.explain_everywhere(md)
        md.treeprocessors.register(_FirstAbbreviation(md), "ft-abbreviation", 5)


def makeExtension(**options: Any) -> LessonSyntax:  # noqa: N802
    """Make the extension (Python-Markdown calls this)."""
    return LessonSyntax(**options)
