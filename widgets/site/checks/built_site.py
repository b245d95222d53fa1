"""Check the built site as a reader would meet it: links, anchors, ids, alternative texts, nothing left unrendered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
LEFTOVERS = (
    (re.compile(r"^\s*(`{3,}|~{3,})", re.MULTILINE), "a raw code fence"),
    (re.compile(r"^\s*(!!!|\?\?\?\+?|===) ", re.MULTILINE), "a raw admonition or tab mark"),
    (re.compile(r"--8<--"), "a snippet mark"),
    (re.compile(r"\[=[\w-]+\]"), "a raw figure mark"),
    (re.compile(r"\[@[\w-]+\]"), "a raw citation mark"),
    (re.compile(r"\[[Ll]esson:[^\]]*\]"), "a raw mark of a lesson"),
    (re.compile(r"\[~[^\]]+\]"), "a raw mark for what was chosen"),
    (re.compile(r"(?<!\w)\$[^$\s][^$\n]*\\[a-z]+[^$\n]*\$"), "a raw formula"),
    (re.compile(r"\{:? ?[.#][\w-]+ ?\}"), "a raw attribute list"),
    (re.compile(r"\{\{.*?\}\}"), "a raw template mark"),
)
"""What no page may show. The marks are wider than the grammar has them: what is nearly one was meant as one."""

STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STYLE_ADDRESS = re.compile(
    r"""url\(\s*(?:(?P<quote>["'])(?P<quoted>.*?)(?P=quote)|(?P<url>[^\s"')]+))\s*\)|@import\s+["'](?P<imported>[^"']+)""",
    re.IGNORECASE,
)
SKIPPED_TEXT = frozenset({"script", "style", "code", "pre", "textarea", "template", "math", "svg"})


@dataclass
class _Reader(HTMLParser):
    """What the checks need of one page."""

    ids: Counter[str] = field(default_factory=Counter)
    links: list[tuple[str, str, str]] = field(default_factory=list)  # tag, attribute, address
    without_alt: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)  # attributes that would run a script
    widgets: list[list[int]] = field(default_factory=list)  # for each: number of elements inside
    texts: list[str] = field(default_factory=list)
    language: str = ""
    title: str = ""
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids[given["id"]] += 1
        for name in ("href", "src", "poster", "data"):
            if name in given and tag != "data":
                self.links.append((tag, name, given[name]))
        for name in ("srcset", "imagesrcset"):
            self.links += [(tag, name, part.split()[0]) for part in given.get(name, "").split(", ") if part.strip()]
        self.links += [(tag, "style", address) for address in style_addresses(given.get("style", ""))]
        if tag == "img" and "alt" not in given:
            self.without_alt.append(given.get("src", "?"))
        self.handlers += [f"{name} of <{tag}>" for name in given if name.startswith("on")]
        if tag == "html":
            self.language = given.get("lang", "")
        if tag == "ft-widget":
            self.widgets.append([0])
        elif "ft-widget" in self.stack:
            self.widgets[-1][0] += 1
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.stack:
            while self.stack.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] == "title" and "svg" not in self.stack:
            self.title += data
        if self.stack and self.stack[-1] == "style":
            self.links += [("style", "url", address) for address in style_addresses(data)]
        if not SKIPPED_TEXT.intersection(self.stack):
            self.texts.append(data)


def style_addresses(style: str) -> list[str]:
    """List what a style sheet loads: with ``url()``, and with ``@import``.

    >>> style_addresses('@import "a.css"; p { background: url(b.png) } q { fill: url(#pattern) } /* url(c) */')
    ['a.css', 'b.png']
    """
    style = STYLE_COMMENT.sub("", style)
    found = [match["url"] or match["quoted"] or match["imported"] for match in STYLE_ADDRESS.finditer(style)]
    return [address for address in found if not address.startswith("#")]


def read_html(path: Path) -> _Reader:
    """Read one built page."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader


def check_built_site(folder: Path, expected_widgets: Mapping[str, int] | None = None) -> list[str]:
    """Find what is wrong with a built site.

    Args:
        folder: The site.
        expected_widgets: Markdown page → number of widget fences on it, as the sources have them.

    Returns:
        One sentence for each problem, beginning with the page.
    """
    pages = {path: read_html(path) for path in sorted(folder.rglob("*.html"))}
    problems = []
    known: dict[tuple[Path, str], str | None] = {}
    for path, page in pages.items():
        name = path.relative_to(folder).as_posix()
        problems += [f"{name}: {problem}" for problem in _page_problems(path, page, folder, pages, known)]
    for path in sorted(folder.rglob("*.css")):
        name = path.relative_to(folder).as_posix()
        for address in style_addresses(path.read_text(encoding="utf-8")):
            problem = _link_problem(path, "style", "url", address, folder, pages)
            problems += [f"{name}: {problem}"] if problem else []
    for source, count in (expected_widgets or {}).items():
        built = folder / source.replace(".md", ".html")
        if built not in pages:
            problems.append(f"{source}: the page was not built")
        elif len(pages[built].widgets) != count:
            problems.append(f"{source}: {count} widget fence(s), but {len(pages[built].widgets)} <ft-widget>")
    return problems


def _page_problems(
    path: Path,
    page: _Reader,
    folder: Path,
    pages: Mapping[Path, _Reader],
    known: dict[tuple[Path, str], str | None],
) -> Iterator[str]:
    """Find what is wrong with one page.

    Args:
        path: The page's file.
        page: What was read of it.
        folder: The site.
        pages: Every page.
        known: What earlier pages of the same folder have found out about a link to another file; the navigation of
            a thousand pages holds a million links.
    """
    for identifier, count in page.ids.items():
        if count > 1:
            yield f'id "{identifier}" stands {count} times'
    for source in page.without_alt:
        yield f"image {source} has no alternative text"
    for handler in page.handlers:
        yield f"{handler} would run a script, which the page's security policy forbids"
    for inside in page.widgets:
        if inside[0] < 3:
            yield "a <ft-widget> is empty"
    if not page.language:
        yield "the page names no language"
    if not page.title.strip():
        yield "the page has no title"
    text = "\n".join(page.texts)
    for pattern, what in LEFTOVERS:
        match = pattern.search(text)
        if match:
            yield f"{what} was left in the text: {match.group(0).strip()[:60]!r}"
    for tag, attribute, address in page.links:
        key = path.parent, address
        if tag == "a" and key in known:
            problem = known[key]
        else:
            problem = _link_problem(path, tag, attribute, address, folder, pages)
            if tag == "a" and path.name != "404.html" and not address.startswith("#"):
                known[key] = problem
        if problem:
            yield problem


def _link_problem(
    path: Path, tag: str, attribute: str, address: str, folder: Path, pages: Mapping[Path, _Reader]
) -> str | None:
    """Say what is wrong with one address, if anything is."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https") or address.startswith("//"):
        if tag in ("a",) or (tag == "link" and attribute == "href"):
            # Links lead the reader elsewhere on a click; a <link> may only name the page's own address.
            own = tag == "a" or _is_own_address(path, address, folder)
            return None if own else f"<{tag}> asks another site for {address}"
        return f"<{tag}> loads {address} from another site"
    if parts.scheme in ("mailto", "data", "javascript", "blob"):
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.path.startswith("/"):
        # Only the error page has absolute addresses: it is shown under any path.
        return None if path.name == "404.html" else f"address {address} is absolute"
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return f"<{tag}> leads to {address}, which does not exist"
    if parts.fragment and target.suffix == ".html" and not parts.fragment.startswith("__"):
        known = pages[target].ids if target in pages else {}
        if unquote(parts.fragment) not in known and not parts.fragment.startswith(":~:"):
            return f"<{tag}> leads to {address}, but there is no such anchor"
    return None


def _is_own_address(path: Path, address: str, folder: Path) -> bool:
    """Tell whether an absolute address can be a page of this site (canonical, previous, next)."""
    own = path.relative_to(folder).as_posix()
    ending = urlsplit(address).path
    return ending.endswith((own, own.removesuffix("index.html"), ".html"))
