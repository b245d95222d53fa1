"""Each lesson's code as a script and as a notebook, made from the lesson itself: ``python -m widgets notebooks``.

Both hold the lesson's programs in their order, with its headings, the text before each program and the notes after
it. What the package's own lines show is quoted and not run: the rest of the package is not there. Every build writes
the files beside the page's script, so that both generators copy them like any other file.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import v4

from widgets.core.errors import BuildError
from widgets.site.figures import figure_text
from widgets.site.sources import bibliography
from widgets.site.sources.course import lesson_text
from widgets.site.sources.folders import CODE, DOCS
from widgets.site.sources.grammar import CHOSEN, CITATION, FIGURE, HEADING, LESSON
from widgets.site.sources.listings import Listing, lesson_paths, page_listings
from widgets.site.sources.pages import page_title, read_page
from widgets.site.sources.pins import libraries_of, read_pins

COURSE = "Fine-Tuning LLMs"
INSTALL = "install"
"""Tag of the notebook's cell that installs the libraries."""

COMMENT_WIDTH = 98
LONGEST_TEXT = 2
"""How many paragraphs before a program go with it."""

_NOTE = re.compile(r"# \((\d+)\)!")
_LINK = re.compile(r"\[((?:[^\]\[]|\[[^\]]*\])*)\]\((?!https?:)[^)\s]*\)")
_ANY_LINK = re.compile(r"\[((?:[^\]\[]|\[[^\]]*\])*)\]\([^)\s]*\)")


@dataclass(frozen=True)
class Part:
    """One listing with what stands around it.

    Attributes:
        headings: Headings of the lesson that begin before it and after the listing before: level and text.
        paragraphs: Text before it, as Markdown for a notebook.
        listing: The listing.
        notes: The numbered notes below it.
    """

    headings: tuple[tuple[int, str], ...]
    paragraphs: tuple[str, ...]
    listing: Listing
    notes: tuple[str, ...]

    @property
    def code(self) -> str:
        """The listing's text, with the marks of its notes as ordinary comments."""
        return _NOTE.sub(r"# (\1)", self.listing.text).strip("\n")


@dataclass(frozen=True)
class LessonCode:
    """The code of one lesson: its title, the name of its files, its listings."""

    title: str
    name: str
    parts: tuple[Part, ...]

    @property
    def requirements(self) -> list[str]:
        """The libraries its programs need, pinned to what the tests run them with."""
        return pinned(part.listing.program for part in self.parts if part.listing.kind != "included")


def pinned(programs: Iterator[str]) -> list[str]:
    """Name the libraries that programs import or load, each with its pinned version.

    >>> [name.partition("==")[0] for name in pinned(iter(["import math, torch"]))]
    ['torch']
    """
    used = {library for program in programs for library in libraries_of(program)}
    return [f"{name}=={version}" for name, version in read_pins().items() if name in used]


def notebook_text(text: str) -> str:
    """Turn the course's Markdown into a notebook's: figures computed, citations linked, links within the site plain.

    >>> notebook_text("See [LoRA](lora.md#traps), [~512] tokens.")
    'See LoRA, 512 tokens.'
    """
    text = CHOSEN.sub(r"\g<text>", text)
    text = LESSON.sub(lambda match: lesson_text(match)[1], text)
    text = FIGURE.sub(lambda match: figure_text(match["name"]), text)
    text = CITATION.sub(lambda match: _cited(match["key"]), text)
    return _LINK.sub(r"\1", text)


def _cited(key: str) -> str:
    entry = bibliography.get_entry(key)
    return f"([{bibliography.names(entry)}, {bibliography.year(entry)}]({entry['URL']}))"


def read_lesson(path: Path, docs: Path = DOCS) -> LessonCode:
    """Collect the code of a lesson.

    Raises:
        BuildError: With file and line, if a fence, a figure or a citation is wrong.
    """
    source = path.read_text(encoding="utf-8").splitlines()
    page = read_page(path)
    outside = [""] * len(source)
    for number, line in page.lines:
        outside[number - 1] = line
    ends = {fence.line: fence.end for fence in page.fences}
    parts, begin = [], 0
    for listing in page_listings(path, docs):
        before = outside[begin : listing.line - 1]
        end = ends[listing.line]
        notes, begin = _notes(source, end) if _NOTE.search(listing.text) else ((), end)
        parts.append(Part(tuple(_headings(before)), tuple(_paragraphs(before)), listing, notes))
    return LessonCode(page_title(path), path.stem, tuple(parts))


def _headings(before: list[str]) -> Iterator[tuple[int, str]]:
    """Keep, of the headings between two listings, the last of each level that is still open."""
    open_headings: dict[int, str] = {}
    for line in before:
        match = HEADING.match(line)
        if match and len(match["marks"]) > 1:
            level = len(match["marks"])
            open_headings = {known: text for known, text in open_headings.items() if known < level}
            open_headings[level] = notebook_text(match["text"])
    yield from open_headings.items()


def _paragraphs(before: list[str]) -> list[str]:
    """Give the last plain paragraphs before a listing, of its own section."""
    found: list[list[str]] = [[]]
    for line in before:
        if line.startswith("#"):
            found = [[]]
        elif not line.strip():
            found.append([])
        else:
            found[-1].append(line)
    plain = [lines for lines in found if lines and not re.match(r"[\s|<!?=>*-]|--8<--|\d+\.\s", lines[0])]
    return [notebook_text("\n".join(lines)) for lines in plain[-LONGEST_TEXT:]]


def _notes(source: list[str], begin: int) -> tuple[tuple[str, ...], int]:
    """Read the numbered notes that follow a listing; give them and the index of the line after them."""
    notes: list[str] = []
    index = begin
    while index < len(source):
        line = source[index]
        item = re.match(r"\d+\.\s+(.*)", line)
        if item:
            notes.append(item.group(1))
        elif line.startswith(" ") and notes:
            notes[-1] += f" {line.strip()}"
        elif line.strip():
            break
        index += 1
    return tuple(notebook_text(note) for note in notes), index


def to_script(lesson: LessonCode) -> str:
    """Write the code of a lesson as one Python file.

    Raises:
        BuildError: If it is not a program as a whole.
    """
    install = (
        f"\n\nInstall what it needs:\n\n    pip install {' '.join(lesson.requirements)}" if lesson.requirements else ""
    )
    blocks = [
        f'"""Code of the lesson “{lesson.title}” of the course {COURSE}.\n\n'
        "The lesson's programs stand here one after another, in its order. To run only one, keep its lines; some use\n"
        f'what an earlier one has saved.{install}\n"""'
    ]
    for part in lesson.parts:
        heading = " · ".join(text for _, text in part.headings)
        if heading:
            blocks.append(f"# {'-' * (COMMENT_WIDTH - 2)}\n{_comment(heading)}\n# {'-' * (COMMENT_WIDTH - 2)}")
        blocks += [_comment(text) for text in part.paragraphs]
        if part.listing.kind == "run":
            name = f"# {part.listing.title}\n\n" if part.listing.title else ""
            blocks.append(f"{name}{part.code}")
        else:
            quoted = "\n".join(f"#     {line}".rstrip() for line in part.code.splitlines())
            blocks.append(f"{_comment(_why_quoted(part.listing))}\n#\n{quoted}")
        blocks += [_comment(f"({number}) {note}") for number, note in enumerate(part.notes, 1)]
    script = "\n\n".join(blocks) + "\n"
    try:
        compile(script, f"{lesson.name}.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BuildError(
            f"docs/lessons/{lesson.name}.md: its listings are no program when put together: {error.msg}, "
            f"in {(error.text or '').strip()!r}"
        ) from error
    return script


def _comment(text: str) -> str:
    """Write Markdown as a comment, links as their text."""
    plain = " ".join(_ANY_LINK.sub(r"\1", text).replace("\\$", "$").split())
    return textwrap.fill(plain, COMMENT_WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False)


def _why_quoted(listing: Listing) -> str:
    if listing.kind == "included":
        return f"Lines of the course's own package, {listing.reason}, quoted here and not run:"
    return f"Not run here, {listing.reason}:"


def to_notebook(lesson: LessonCode) -> str:
    """Write the code of a lesson as a notebook (nbformat 4.5), always to the same text."""
    cells = [v4.new_markdown_cell(f"# {lesson.title}\n\nThe code of this lesson of the course *{COURSE}*.")]
    if lesson.requirements:
        install = v4.new_code_cell(f"%pip install --quiet {' '.join(lesson.requirements)}")
        install.metadata["tags"] = [INSTALL]
        cells += [v4.new_markdown_cell("The versions that the course was checked with:"), install]
    if any("sys.argv" in part.listing.text for part in lesson.parts if part.listing.kind == "run"):
        cells.append(
            v4.new_code_cell("import sys\n\nsys.argv[1:] = []  # what stands there belongs to the notebook's server")
        )
    for part in lesson.parts:
        text = [f"{'#' * level} {heading}" for level, heading in part.headings] + list(part.paragraphs)
        if part.listing.kind == "run":
            if part.listing.title:
                text.append(f"**{part.listing.title}**")
            cells += [v4.new_markdown_cell("\n\n".join(text))] if text else []
            cells.append(v4.new_code_cell(part.code))
        else:
            quoted = f"{_why_quoted(part.listing)}\n\n```python\n{part.code}\n```"
            cells.append(v4.new_markdown_cell("\n\n".join([*text, quoted])))
        if part.notes:
            cells.append(v4.new_markdown_cell("\n".join(f"{n}. {note}" for n, note in enumerate(part.notes, 1))))
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"  # the library draws ids at random; a build gives the same bytes every time
    notebook = v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": lesson.title,
        }
    )
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def write_notebooks(out: Path = CODE, docs: Path = DOCS) -> list[Path]:
    """Write script and notebook of every lesson with code into a folder, which is replaced.

    Returns:
        The files.

    Raises:
        BuildError: If a lesson's listings, figures or citations are wrong.
    """
    files: dict[str, str] = {}
    for path in lesson_paths(docs):
        lesson = read_lesson(path, docs)
        files |= {f"{lesson.name}.py": to_script(lesson), f"{lesson.name}.ipynb": to_notebook(lesson)}
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in files]
