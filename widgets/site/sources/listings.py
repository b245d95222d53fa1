"""Python listings of the pages: which there are, which program each one is, and what is known of its last check.

A listing is a ``python`` fence. Three kinds exist:

``run``       the tests run it exactly as the reader sees it (the usual case);
``parsed``    the fence says ``no_run="needs 8 GPUs"``: it is parsed, and its imports and calls are checked;
``included``  every line comes from the package's own source (``--8<--``): the package's tests cover it.

Two fences with the same ``title`` on one page are one program: the second one continues the first. A program may
load what an earlier one of its page has saved; it then needs that program. The report ``records/listings.json`` holds
the outcome of the last check, keyed by a hash of the program's text and of those it needs: so a text that was changed
cannot keep the outcome of the old one.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from markdown import Markdown

from widgets.core.errors import BuildError, not_allowed
from widgets.site.sources.folders import DOCS, RECORDS, ROOT
from widgets.site.sources.grammar import SNIPPET
from widgets.site.sources.pages import Fence, page_paths, read_page

REPORT = RECORDS / "listings.json"
OPTIONS = ("title", "hl_lines", "linenums", "no_run")
INCLUDED = "included"
"""Option that ``site/markdown/stamps.py`` adds to fences of the package's own lines; authors do not write it."""

OPTION = re.compile(r"""(?P<key>[A-Za-z]\w*)(?:=(?P<quote>["'])(?P<value>.*?)(?P=quote))?""")
SNIPPETS = {"check_paths": True, "dedent_subsections": True}
"""How snippets are expanded; the same stands in ``mkdocs.yml``."""
MISNAMED = re.compile(r"^(\{.*\bpython\b.*|py|py3|python3|pycon|pyi|Python)$")

Entry = Mapping[str, Any]
"""What the report says of one program: status, checked (date), versions, python, stand_ins, after (titles of the
programs whose results it loads), and page and title."""

Needed = Mapping[str, str]
"""Programs whose results another one loads: title → text, in the order of the page."""


@dataclass(frozen=True)
class Listing:
    """A Python fence of a page.

    Attributes:
        page: The page, relative to ``docs``.
        line: Line of the opening marks, counted from 1.
        title: The fence's title, or "".
        kind: ``run``, ``parsed`` or ``included``.
        reason: Why it is not run (``parsed``), or the file its lines come from (``included``).
        text: What the reader sees.
        program: What is run: ``text`` after the text of earlier fences with the same title.
        origins: For every line of ``program`` its line in the page.
        needed: The earlier programs of the page whose results it loads.
    """

    page: str
    line: int
    title: str
    kind: str
    reason: str
    text: str
    program: str
    origins: tuple[int, ...]
    needed: Needed = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """The program's key in the report."""
        return key_of(self.program, self.needed)

    @property
    def place(self) -> str:
        """Where it stands, for messages: ``docs/lessons/lora.md:190 (lora_peft.py)``."""
        return f"docs/{self.page}:{self.line}" + (f" ({self.title})" if self.title else "")

    @property
    def file_name(self) -> str:
        """Name under which the program is saved and run."""
        return Path(self.title).name if self.title.endswith(".py") else f"listing_{self.line}.py"

    def page_line(self, line: int) -> int:
        """Give the page's line for a line of the program, both counted from 1."""
        return self.origins[min(max(line, 1), len(self.origins)) - 1]


def key_of(program: str, needed: Needed | None = None) -> str:
    """Hash a program's text and those it needs; spaces at line ends and empty lines around them do not count.

    >>> key_of("print(1)") == key_of("print(1)  \\n\\n")
    True
    >>> key_of("print(1)") == key_of("print(1)", {"first.py": "x = 1"})
    False
    """
    texts = [
        "\n".join(line.rstrip() for line in text.strip("\n").splitlines()).strip()
        for text in (program, *(needed or {}).values())
    ]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]


def needed_by(program: str, earlier: Needed) -> dict[str, str]:
    """Find the earlier programs of a page whose results a program loads, and those that these load.

    A program loads what another one saves if it names the same folder and does not save to it itself.

    >>> earlier = {"train.py": 'trainer.save_model("adapter")', "other.py": 'trainer.save_model("other")'}
    >>> list(needed_by('load("adapter").save_pretrained("merged")', earlier))
    ['train.py']
    """
    wanted = _texts(program) - _saved(program)
    found = {}
    for title, text in reversed(list(earlier.items())):
        if _saved(text) & wanted:
            found[title] = text
            wanted |= _texts(text) - _saved(text)
    return dict(reversed(found.items()))


def _texts(program: str) -> set[str]:
    """Collect the texts in a program; one that does not parse, which its check will report, has none."""
    try:
        nodes = list(ast.walk(ast.parse(program)))
    except SyntaxError:
        return set()
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _saved(program: str) -> set[str]:
    """Name the folders to which a program saves: given as texts, or as names that hold a text."""
    if not _texts(program):
        return set()
    nodes = list(ast.walk(ast.parse(program)))
    names = {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    given = [k.value for call in calls for k in call.keywords if k.arg == "output_dir"]
    given += [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("save_model", "save_pretrained") and call.args
    ]
    values = [names.get(node.id, node) if isinstance(node, ast.Name) else node for node in given]
    return {node.value for node in values if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def parse_options(options: Mapping[str, str]) -> tuple[str, str]:
    """Read the options of a Python fence.

    Args:
        options: Name → value; a name without a value has itself as its value, as SuperFences hands it over.

    Returns:
        Kind and reason of the listing.

    Raises:
        BuildError: If an option is unknown or ``no_run`` gives no reason.
    """
    for name in options:
        if name not in (*OPTIONS, INCLUDED):
            raise BuildError(not_allowed("option of a python fence", name, OPTIONS))
    if INCLUDED in options:
        return "included", options[INCLUDED]
    if "no_run" not in options:
        return "run", ""
    reason = options["no_run"].strip()
    if reason in ("", "no_run"):
        raise BuildError('a python fence that is not run says why: no_run="needs 8 GPUs"')
    return "parsed", reason


def included_from(lines: list[str]) -> str:
    """Name the files that all of a fence's lines are included from; "" if it has lines of its own.

    >>> included_from(['--8<-- "widgets/catalog/lora_counts.py:scaling"'])
    'widgets/catalog/lora_counts.py'
    >>> included_from(["import torch"])
    ''
    """
    found = [SNIPPET.match(line) for line in lines if line.strip()]
    paths = dict.fromkeys(match["path"] for match in found if match)
    return ", ".join(paths) if found and all(found) else ""


@lru_cache(maxsize=1)
def _snippets() -> Any:
    """Make the very preprocessor that expands snippets on the site."""
    settings = {"base_path": [str(ROOT)], **SNIPPETS}
    md = Markdown(extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": settings})
    return md.preprocessors["snippet"]


def _expand(fence: Fence) -> tuple[list[str], list[int]]:
    """Expand a fence's snippets; give its lines, and for each its line in the page."""
    lines: list[str] = []
    origins: list[int] = []
    for number, line in enumerate(fence.text.splitlines(), fence.line + 1):
        expanded = _snippets().run([line])
        lines += expanded
        origins += [number] * len(expanded)
    return lines, origins


def page_listings(path: Path, docs: Path = DOCS) -> Iterator[Listing]:
    """Give the Python listings of one page, in their order.

    Raises:
        BuildError: With file and line, if a fence's language or options are wrong.
    """
    earlier: dict[str, tuple[str, list[int]]] = {}
    programs: dict[str, str] = {}
    page = path.relative_to(docs).as_posix()
    for fence in read_page(path).fences:
        where = f"docs/{page}:{fence.line}"
        if MISNAMED.match(fence.language):
            raise BuildError(f'{where}: write the language of a Python listing as "python", not "{fence.language}"')
        if fence.language != "python":
            continue
        header = fence.info.removeprefix("python")
        options = {match["key"]: match["value"] or match["key"] for match in OPTION.finditer(header)}
        included = included_from(fence.text.splitlines())
        try:
            kind, reason = parse_options({**options, INCLUDED: included} if included else options)
        except BuildError as error:
            raise BuildError(f"{where}: {error}") from error
        title = options.get("title", "")
        lines, origins = _expand(fence)
        text = program = "\n".join(lines)
        if title and kind == "run":
            if title in earlier:
                program = join_programs(earlier[title][0], text)
                origins = [*earlier[title][1], *origins]
            earlier[title] = program, origins
        others = {name: other for name, other in programs.items() if name != title}
        needed = needed_by(program, others) if kind == "run" else {}
        if title and kind == "run":
            programs[title] = program
        yield Listing(page, fence.line, title, kind, reason, text, program, tuple(origins), needed)


def join_programs(first: str, second: str) -> str:
    """Put the text of a continued listing after the one it continues."""
    return f"{first}\n{second}"


def lesson_paths(docs: Path = DOCS) -> list[Path]:
    """List the lessons that have code, in a fixed order."""
    lessons = sorted((docs / "lessons").glob("*.md"))
    return [path for path in lessons if any(fence.language == "python" for fence in read_page(path).fences)]


def find_listings(docs: Path = DOCS) -> list[Listing]:
    """Give every Python listing of the pages, page by page."""
    return [listing for path in page_paths(docs) for listing in page_listings(path, docs)]


def load_report(path: Path = REPORT) -> Mapping[str, Entry]:
    """Read the report of the last check: key of a program → its entry. No file means nothing was checked.

    Raises:
        BuildError: If the file is not a report.
    """
    return _report(path, path.stat().st_mtime_ns) if path.is_file() else {}


@lru_cache(maxsize=4)  # every listing asks for it
def _report(path: Path, changed: int) -> Mapping[str, Entry]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["listings"]
        return {str(key): dict(entry) for key, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BuildError(f"{path.name} is not a report of listings: {error}; make it anew: make listings") from error
