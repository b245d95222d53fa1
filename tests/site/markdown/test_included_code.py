"""The code that lessons and labs show is the package's own, marked where it runs; no mark is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from widgets.gallery.labs import closing
from widgets.gallery.labs.closing import source_section
from widgets.gallery.registry import MODULES
from widgets.site.checks.check import SNIPPET
from widgets.site.markdown.fences import parse_fence
from widgets.site.sources.folders import DOCS, ROOT
from widgets.site.sources.listings import SNIPPETS, page_listings
from widgets.site.sources.pages import Page, page_paths, read_page

LABS = sorted(name for name in MODULES if name.endswith("-lab"))
MARK = re.compile(r"# --8<-- \[(start|end):([\w-]+)\]$")
LONGEST = 30
"""Lines that a reader takes in at a glance; a longer function is shown in parts."""

Section = tuple[str, str]
Definition = ast.FunctionDef | ast.ClassDef


def marks(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        match = MARK.search(line)
        if match and line.lstrip().startswith("#"):
            yield match.group(1), match.group(2)


def marked() -> set[Section]:
    files = sorted((ROOT / "widgets").rglob("*.py"))
    return {(file.relative_to(ROOT).as_posix(), name) for file in files for _, name in marks(file)}


def included(page: Page) -> Iterator[Section]:
    for fence in page.fences:
        for line in fence.text.splitlines():
            match = SNIPPET.match(line)
            if match and match["section"]:
                yield match["path"], match["section"]


def shown_by_lab(name: str) -> set[Section]:
    """Ask a lab which lines it shows."""
    placed = parse_fence("widget", f"name: {name}")
    with patch.object(closing, "source_section", wraps=source_section) as shown:
        for part in placed.widget.parts(placed.content):
            if part.name == "source":
                part.render(None)  # type: ignore[arg-type]
    calls = [call.args for call in shown.call_args_list]
    return {(f"{package.replace('.', '/')}/{file}", section) for package, file, section in calls}


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_shows_lines_that_are_marked(lab: str) -> None:
    assert shown_by_lab(lab)
    assert shown_by_lab(lab) <= marked()


def test_every_marked_section_is_shown_on_a_page_or_in_a_lab() -> None:
    shown = {section for path in page_paths() for section in included(read_page(path))}
    shown = shown.union(*map(shown_by_lab, LABS))
    assert marked() - shown == set()


def test_every_section_begins_and_ends_once() -> None:
    for file in sorted({file for file, _ in marked()}):
        found = list(marks(ROOT / file))
        assert len(found) == len(set(found)), file
        assert {name for kind, name in found if kind == "start"} == {name for kind, name in found if kind == "end"}


@pytest.mark.parametrize("lab", LABS)
def test_the_lesson_of_a_lab_includes_lines_that_train_in_it(lab: str) -> None:
    lessons = [
        page
        for page in map(read_page, page_paths())
        if any(fence.language == "widget" and f"name: {lab}" in fence.text.splitlines() for fence in page.fences)
    ]
    assert lessons
    for page in lessons:
        files = {file for file, _ in included(page)}
        assert any(file.startswith(("widgets/engine/", "widgets/recipes/")) for file in files), page.path.name


@pytest.mark.parametrize("path", page_paths(), ids=lambda path: path.relative_to(DOCS).as_posix())
def test_included_lines_are_few_and_start_at_the_margin(path: Path) -> None:
    for file, section in included(read_page(path)):
        package, _, name = file.rpartition("/")
        assert len(source_section(package.replace("/", "."), name, section).splitlines()) <= LONGEST, (file, section)
    for listing in page_listings(path):
        if listing.kind == "included":
            assert "--8<--" not in listing.text
            assert min(len(line) - len(line.lstrip()) for line in listing.text.splitlines() if line) == 0, listing.place


def public_names(file: str, section: str) -> set[str]:
    """Name the public functions and classes of a file in which a section lies or which lie in it."""
    text = (ROOT / file).read_text(encoding="utf-8")
    first, last = (
        next(number for number, line in enumerate(text.splitlines(), 1) if f"[{kind}:{section}]" in line)
        for kind in ("start", "end")
    )
    top = [node for node in ast.parse(text).body if isinstance(node, Definition)]
    methods = [node for part in top if isinstance(part, ast.ClassDef) for node in part.body]
    return {
        node.name
        for node in [*top, *methods]
        if isinstance(node, Definition)
        and node.lineno <= last
        and (node.end_lineno or 0) >= first
        and not node.name.startswith("_")
    }


@pytest.mark.parametrize(
    ("file", "section"), sorted({found for path in page_paths() for found in included(read_page(path))})
)
def test_included_lines_stand_in_code_that_the_tests_use(file: str, section: str) -> None:
    package, _, module = file.removesuffix(".py").replace("/", ".").rpartition(".")
    uses = re.compile(rf"{re.escape(package)}\.{module}\b|from {re.escape(package)} import [^\n]*\b{module}\b")
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    using = "\n".join(text for text in tests if uses.search(text))
    assert using, f"no test imports {file}"
    ast.parse(source_section(package, f"{module}.py", section))
    unused = [name for name in sorted(public_names(file, section)) if not re.search(rf"\b{name}\b", using)]
    assert not unused, f"{file}:{section}: no test names {', '.join(unused)}"


def test_a_lab_shows_a_section_as_the_pages_do() -> None:
    outer = source_section("widgets.recipes", "sft.py", "sft")
    inner = source_section("widgets.recipes", "sft.py", "update")
    assert "--8<--" not in outer
    assert inner.startswith("def update() -> Tensor:\n    loss = cross_entropy(")
    [listing] = [found for found in page_listings(DOCS / "lessons" / "sft.md") if "def update" in found.text]
    assert listing.text == inner


def test_the_check_expands_snippets_as_the_site_does() -> None:
    options = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("pymdownx.snippets:\n")[2]
    written = re.match(r"(?:      .*\n)+", options)
    assert written is not None
    expected = [f"      {name}: {str(value).lower()}" for name, value in SNIPPETS.items()]
    assert written.group(0).splitlines() == ['      base_path: ["."]', *expected]
