"""The stamp under each Python listing: what it was checked with, and when.

A SuperFences formatter (so that MkDocs and Zensical do the same) highlights the fence as usual and puts one
sentence below the code. The sentence is looked up by the hash of the text that is on the page: it says that a
program runs only if exactly this text ran. It stands inside the code's own ``div``, because the theme looks for a
listing's numbered notes right after it.

A fence of the package's own lines is marked before its snippets are expanded; afterwards nobody could tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from pymdownx.superfences import SuperFencesException, highlight_validator

from widgets.core.errors import BuildError
from widgets.core.html import Html, element
from widgets.site.sources.grammar import fenced_blocks
from widgets.site.sources.listings import (
    INCLUDED,
    Entry,
    included_from,
    join_programs,
    key_of,
    load_report,
    needed_by,
    parse_options,
)
from widgets.site.sources.wording import long_date, version_list

OWN_OPTIONS = ("no_run", INCLUDED)
BEFORE_SNIPPETS = 33
"""Priority of the preprocessor: snippets are expanded at 32, fences are formatted at 25."""


def stamp_text(kind: str, reason: str, title: str, key: str, report: Mapping[str, Entry]) -> tuple[str, str]:
    """Say what is known of a listing.

    Args:
        kind: ``run``, ``parsed`` or ``included``.
        reason: Why it is not run, or the file its lines come from.
        title: The listing's title, or "".
        key: Hash of its program.
        report: The report of the last check.

    Returns:
        Status (``passed``, ``failed``, ``changed``, ``unchecked`` or ``included``) and the sentence.
    """
    if kind == "included":
        return "included", f"Lines of {reason}, which the tests of the course run."
    why = f"Not run by our tests: {reason}. " if kind == "parsed" else ""
    entry = report.get(key)
    if entry is None or (entry["mode"] != kind):
        last = max((e["checked"] for e in report.values() if title and e["title"] == title), default=None)
        if last:
            return "changed", f"{why}Changed since it was last checked, on {long_date(last)}."
        return "unchecked", f"{why}Not checked yet."
    libraries, day = version_list(entry["versions"], entry["python"]), long_date(entry["checked"])
    if entry["status"] != "passed":
        return "failed", f"{why}Failed on {day} with {libraries}: {entry['error']}"
    if kind == "parsed":
        return "passed", f"{why}Its imports and calls fit {libraries} — checked {day}."
    stand_ins = ", with tiny random stand-ins for its models and data" if entry["stand_ins"] else ""
    after = f", after {' and '.join(entry['after'])}" if entry.get("after") else ""
    where = f" on a CPU{after}{stand_ins}" if entry["versions"] else ""
    return "passed", f"Runs with {libraries} — checked {day}{where}."


def stamp(kind: str, reason: str, title: str, key: str, report: Mapping[str, Entry]) -> Html:
    """Render the stamp of a listing; see :func:`stamp_text`."""
    status, text = stamp_text(kind, reason, title, key, report)
    return element("p", text, class_="ft-stamp", data_status=status, data_listing=key)


def python_options(
    language: str, inputs: Mapping[str, str], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Check the options of a Python fence (SuperFences calls this); a wrong one stops the build."""
    try:
        options["kind"], options["reason"] = parse_options(inputs)
    except BuildError as error:
        raise SuperFencesException(str(error)) from error
    shown = {name: value for name, value in inputs.items() if name not in OWN_OPTIONS}
    return bool(highlight_validator(language, shown, options, attrs, md))


def python_fence(source: str, language: str, _: str, options: dict[str, Any], md: Markdown, **rest: Any) -> str:
    """Format a Python fence: the highlighted code with its stamp (SuperFences calls this)."""
    kind, reason, title = options.pop("kind"), options.pop("reason"), options.get("title", "")
    programs = md.ft_programs  # type: ignore[attr-defined]
    program = join_programs(programs[title], source) if title in programs and kind == "run" else source
    needed = needed_by(program, {name: text for name, text in programs.items() if name != title})
    if title and kind == "run":
        programs[title] = program
    try:
        note = stamp(kind, reason, title, key_of(program, needed if kind == "run" else {}), load_report())
    except (BuildError, KeyError, ValueError) as error:
        raise SuperFencesException(f"the stamp of a listing: {error!r}") from error
    highlighted = md.preprocessors["fenced_code_block"].highlight(  # type: ignore[attr-defined]
        src=source, language=language, options=options, md=md, **rest
    )
    inside, closing, after = highlighted.rstrip().rpartition("</div>")
    if after or not inside:
        raise SuperFencesException(f"expected highlighted code in a <div>; found {highlighted[:60]!r}")
    return f"{inside}{note}{closing}"


class _MarkIncluded(Preprocessor):
    """Mark the Python fences whose lines all come from the package, while that can still be seen."""

    def run(self, lines: list[str]) -> list[str]:
        """Add an option to the first line of such fences, and forget the programs of an earlier page."""
        self.md.ft_programs = {}  # type: ignore[attr-defined]
        marked = list(lines)
        for block in fenced_blocks(lines):
            path = included_from(lines[block.first + 1 : block.last])
            if block.language == "python" and block.last < len(lines) and path:
                marked[block.first] += f' {INCLUDED}="{path}"'
        return marked


class Stamps(Extension):
    """The extension that goes with :func:`python_fence`; ``mkdocs.yml`` names this module."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the preprocessor."""
        md.preprocessors.register(_MarkIncluded(md), "ft-included-listings", BEFORE_SNIPPETS)


def makeExtension(**options: Any) -> Stamps:  # noqa: N802
    """Make the extension (Python-Markdown calls this)."""
    return Stamps(**options)
