"""``contract.md`` names every ``data-*`` attribute, and who writes and reads it; compared with the code."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from widgets.site.sources.folders import ROOT

CONTRACT = ROOT / "widgets" / "core" / "contract.md"
BROWSER = ROOT / "widgets" / "browser"
ROW = re.compile(r"^\| `(data-[\w-]+)` \| .+ \| ([\w, ]*) \| ([\w, ]*) \|$", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*$", re.DOTALL | re.MULTILINE)
NAME = r"(data-[a-z]+(?:-[a-z]+)*(?:-(?=\$))?)"
THEME = "data-md-"


def texts(*patterns: str, under: Iterable[str] = ("widgets/browser",)) -> str:
    """Join the sources that match, without the comments of scripts and styles."""
    found = []
    for folder in under:
        for pattern in patterns:
            for path in sorted((ROOT / folder).rglob(pattern)):
                text = path.read_text(encoding="utf-8")
                found.append(COMMENT.sub("", text) if path.suffix in (".js", ".css") else text)
    return "\n".join(found)


def attribute(name: str) -> str:
    """Turn a name in ``dataset`` or a keyword of Python into the attribute's."""
    return "data-" + re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name).replace("_", "-")


def unified(names: Iterable[str]) -> set[str]:
    """Leave the theme's out, and let ``data-sum-points`` stand for all sums."""
    return {re.sub(r"^data-sum-.*", "data-sum-NAME", name) for name in names if not name.startswith(THEME)}


def written_by_scripts() -> set[str]:
    script = texts("*.js")
    names = {attribute(name) for name in re.findall(r"\bdataset\.(\w+)\s*(?:\?\?)?=(?!=)", script)}
    return unified(names | set(re.findall(rf'(?:set|toggle)Attribute\(\s*"{NAME}"', script)))


def read_by_scripts() -> set[str]:
    script = texts("*.js")
    # What is only assigned, `x.dataset.read = …`, is written; `??=` reads as well.
    names = {attribute(name) for name in re.findall(r"\bdataset\.(\w+)\b(?!\s*=(?!=))", script)}
    for listed in re.findall(r"const \{([^}]*)\} = \w+\.dataset", script):
        names |= {attribute(re.split("[=:]", entry)[0].strip()) for entry in listed.split(",")}
    named = re.findall(rf"\[{NAME}", script) + re.findall(rf'(?:getAttribute\(|attributeFilter: \[)"{NAME}', script)
    # `data-sum-${name}` is put together first.
    return unified(names | set(named) | set(re.findall(r"`(data-[a-z-]+)\$", script)))


def read_by_styles() -> set[str]:
    return unified(re.findall(rf"\[{NAME}", texts("*.css")))


def written_by_python() -> set[str]:
    code = texts("*.py", under=("widgets/core", "widgets/gallery", "widgets/quiz", "widgets/site"))
    return unified(attribute(name) for name in re.findall(r"\bdata_([a-z_]+)=", code))


def written_by_authors() -> set[str]:
    pages = texts("*.md", "*.html", under=("docs", "overrides"))
    return unified(re.findall(rf"(?<=[ {{]){NAME}(?=[= >}}])", pages))


@pytest.fixture(scope="module")
def contract() -> str:
    return CONTRACT.read_text(encoding="utf-8")


def listed(contract: str, column: int, word: str) -> set[str]:
    """List the attributes whose row has a word in a column."""
    return {row[0] for row in ROW.findall(contract) if word in row[column].split(", ")}


def marks(contract: str) -> set[str]:
    """List what the page says that nobody honours."""
    return set(re.findall(r"`(data-[\w-]+)`", contract.partition("## Marks that nobody honours")[2]))


def test_the_page_names_what_scripts_read_and_nothing_else(contract: str) -> None:
    assert listed(contract, 2, "script") == read_by_scripts()


def test_the_page_names_what_styles_read_and_nothing_else(contract: str) -> None:
    assert listed(contract, 2, "style") == read_by_styles()


def test_the_page_names_what_scripts_write_and_nothing_else(contract: str) -> None:
    assert listed(contract, 1, "script") == written_by_scripts() - marks(contract)


def test_the_page_names_what_python_and_authors_write_and_nothing_else(contract: str) -> None:
    honoured = listed(contract, 1, "Python") | listed(contract, 1, "Markdown")
    by_others = written_by_python() | written_by_authors()
    assert honoured == by_others - marks(contract)
    assert marks(contract) <= by_others | written_by_scripts()
    assert listed(contract, 1, "Python") <= written_by_python()
    assert listed(contract, 1, "Markdown") <= written_by_authors()


def test_what_is_called_a_mark_is_honoured_by_nobody(contract: str) -> None:
    assert marks(contract).isdisjoint(read_by_scripts() | read_by_styles())
    assert marks(contract).isdisjoint(row[0] for row in ROW.findall(contract))
