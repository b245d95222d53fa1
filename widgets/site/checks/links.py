"""Check the links of the sources: that the file is there, and in it the place behind the ``#``.

A place is a heading (named as the ``toc`` extension names it), a mark ``{ #name }``, an ``id`` in raw HTML, a widget,
or a source of a list. Only the built pages show every place, for instance those inside a widget; they are checked, too
(:mod:`widgets.site.checks.built_site`), but without the author's line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from markdown import Markdown

from widgets.core.errors import CourseError, not_allowed
from widgets.site.markdown.fences import fence_options, id_of
from widgets.site.sources.bibliography import load_bibliography
from widgets.site.sources.course import load_lessons
from widgets.site.sources.grammar import LESSON
from widgets.site.sources.pages import Page, prose, read_page

LINK = re.compile(r"\]\((?P<target>[^)\s]+)(?:\s+[\"'][^)]*)?\)")
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)")
RAW = re.compile(r"<[a-z][^>]*?\s(?:href|src)=(?P<quote>[\"'])(?P<target>.*?)(?P=quote)")
USE = re.compile(r"\[[^\[\]=@~][^\[\]]*\]\[(?P<name>[^\[\]=@~][^\[\]]*)\]")
DEFINITION = re.compile(r"^ {0,3}\[(?P<name>[^\[\]^=@~]+)\]:\s+<?(?P<target>[^\s>]+)")
HEADING = re.compile(r"^\s*(?P<marks>#{1,6}\s+\S.*)$")
UNDERLINE = re.compile(r"^\s*(=+|-+)\s*$")
MARK = re.compile(r"\{:?\s[^}]*?#(?P<name>[\w:.-]+)|\sid=[\"']?(?P<id>[\w:.-]+)")
SCHEME = re.compile(r"[a-z][a-z+.-]*:|//")


def link_problems(page: Page, docs: Path) -> Iterator[tuple[int, str]]:
    """Find the links of a page that lead nowhere, and the images without an alternative text, each with its line."""
    defined = {
        match["name"].lower(): (number, match["target"])
        for number, line in prose(page)
        if (match := DEFINITION.match(line))
    }
    for number, target in defined.values():
        yield from _target_problems(page, docs, number, target)
    for number, line in prose(page):
        for match in LESSON.finditer(line):
            if match["place"] and match["id"] in load_lessons():
                path = docs / load_lessons()[match["id"]].page
                yield from _place_problems(path, docs, number, match.group(), match["place"][1:])
        for match in IMAGE.finditer(line):
            if not match["alt"].strip():
                yield number, f"image {match['target']} has no alternative text; write ![what it shows](…)"
        for match in (*LINK.finditer(line), *RAW.finditer(line)):
            yield from _target_problems(page, docs, number, match["target"])
        for match in USE.finditer(line):
            if match["name"].lower() not in defined:
                names = list(defined) or ["none, since the page defines no reference"]
                yield number, not_allowed("reference", match["name"], names)


def _target_problems(page: Page, docs: Path, number: int, target: str) -> Iterator[tuple[int, str]]:
    file, _, place = target.partition("#")
    if SCHEME.match(target) or "assets/course/" in file:
        return
    if file.startswith("/"):
        yield number, f"link {file} must be relative, so that the site works under any address"
        return
    path = _source_of(page.path.parent / file) if file else page.path
    if path is None:
        files = [path.relative_to(docs).as_posix() for path in docs.rglob("*") if path.is_file()]
        name = Path(file).name
        names = {near: file for file in files for near in (Path(file).name, Path(file).with_suffix(".html").name)}
        near = get_close_matches(name, names, n=1)
        hint = f'; did you mean "{names[near[0]]}"?' if near else ""
        yield number, f'link to "{file}", which does not exist{hint}'
    elif place and path.suffix == ".md" and not place.startswith(("__", ":~:")):
        yield from _place_problems(path, docs if file else None, number, target, place)


def _place_problems(path: Path, docs: Path | None, number: int, target: str, place: str) -> Iterator[tuple[int, str]]:
    """Check a place of a page, which the message names if ``docs`` is given: then it is another page."""
    places, widgets = places_of(path)
    if place not in places and not place.startswith(tuple(f"{widget}-" for widget in widgets)):
        what = f"place in {path.relative_to(docs).as_posix()}" if docs else "place"
        yield number, f'link to "{target}": {not_allowed(what, f"#{place}", [f"#{one}" for one in places])}'


def _source_of(path: Path) -> Path | None:
    """Give the file that a link leads to; a link in raw HTML names the built page, ``x.html``, for ``x.md``."""
    candidates = (path, path.with_suffix(".md")) if path.suffix == ".html" else (path,)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def places_of(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the places of a page that links may name, in their order, and the ids of its widgets.

    Inside a widget every id begins with the widget's own.
    """
    return _places(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _places(path: Path, _changed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    page = read_page(path)
    places, widgets = _headings(page), []
    for _, line in page.lines:
        places += [match["name"] or match["id"] for match in MARK.finditer(line)]
    for fence in page.fences:
        if fence.language in ("widget", "quiz"):
            try:
                widgets.append(id_of(fence_options(fence.language, fence.text)))
            except CourseError:
                continue  # reported where it stands
        elif fence.language == "sources":
            keys = [line.partition(":")[0].strip() for line in fence.text.splitlines() if line.strip()]
            places += [f"source-{key}" for key in keys]
        elif fence.language == "bibliography":
            places += [f"source-{key}" for key in load_bibliography()]
    return tuple(dict.fromkeys([*places, *widgets])), tuple(widgets)


def _headings(page: Page) -> list[str]:
    """Name the headings of a page as the site's generators do."""
    lines = []
    before = ""
    for _, line in page.lines:
        heading = HEADING.match(line)
        if heading:
            lines.append(heading["marks"])
        elif UNDERLINE.match(line) and before.strip() and not HEADING.match(before):
            lines.append(f"## {before.strip()}")
        before = line
    try:
        return _slugs("\n\n".join(lines))
    except CourseError:  # a formula or a figure that is wrong, reported at its line
        return _slugs(re.sub(r"\$[^$]*\$|\[[=@~][^\]]*\]", "", "\n\n".join(lines)))


def _slugs(headings: str) -> list[str]:
    md = Markdown(extensions=["attr_list", "toc", "widgets.site.markdown.lesson_syntax"])
    md.convert(headings)
    found: list[str] = []
    waiting = list(getattr(md, "toc_tokens", ()))
    while waiting:
        token = waiting.pop(0)
        found.append(token["id"])
        waiting[:0] = token["children"]
    return found
