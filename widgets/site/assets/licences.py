"""The licences of everything that the site serves and we did not write, as one text served beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from widgets.core.errors import BuildError
from widgets.site.sources.folders import ROOT

NODE_PACKAGES = ("pyodide", "plotly.js-basic-dist-min", "idiomorph")
THEME = "mkdocs-material"
ICONS = Path("templates", ".icons", "material", "LICENSE")
TEXTS = Path(__file__).with_name("licence_texts")
"""Texts that the packages themselves do not bring."""

TEXT_OF = {"pyodide": "MPL-2.0.txt"}
RULE = "\n" + "-" * 80 + "\n"


@dataclass(frozen=True)
class Licence:
    """A licence: of what, in which version ("" if it has none of its own), its name, its home page and its text."""

    what: str
    version: str
    name: str
    home: str
    text: str

    def __str__(self) -> str:
        """Write it as the served file has it."""
        return f"{f'{self.what} {self.version}'.strip()} — licence {self.name}\n{self.home}\n\n{self.text.strip()}\n"


def licences() -> str:
    """Collect the licences of what is bundled and served: one after another, parted by rules."""
    return RULE.join(map(str, [*_bundled(), _python(), *_theme()]))


def _bundled() -> Iterator[Licence]:
    """Give those of the npm packages.

    Raises:
        BuildError: If a package brings no text and none is kept here.
    """
    for name in NODE_PACKAGES:
        folder = ROOT / "node_modules" / name
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        found = [TEXTS / TEXT_OF[name]] if name in TEXT_OF else sorted(folder.glob("LICEN[CS]E*"))
        if not found:
            raise BuildError(f"node_modules/{name} brings no text of its licence; put one into {TEXTS.name}/")
        text = found[0].read_text(encoding="utf-8")
        yield Licence(name, package["version"], package["license"], package.get("homepage", ""), text)


def _python() -> Licence:
    """Give that of Python itself and its standard library, which Pyodide was made of."""
    lock = json.loads((ROOT / "node_modules" / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
    text = (TEXTS / "CPython.txt").read_text(encoding="utf-8")
    return Licence("CPython", lock["info"]["python"], "PSF-2.0", "https://www.python.org/", text)


def _theme() -> Iterator[Licence]:
    """Give those of the theme and its icons; what its scripts bundle is named inside them.

    Raises:
        BuildError: If the theme brings no text.
    """
    theme, package = distribution(THEME), find_spec("material")
    texts = [
        theme.locate_file(file) for file in theme.files or () if file.name == "LICENSE" and "dist-info" in str(file)
    ]
    if not texts or package is None or package.origin is None:
        raise BuildError(f"{THEME} brings no text of its licence")
    home = "https://squidfunk.github.io/mkdocs-material/"
    yield Licence(THEME, theme.version, "MIT", home, Path(str(texts[0])).read_text(encoding="utf-8"))
    icons = (Path(package.origin).parent / ICONS).read_text(encoding="utf-8")
    yield Licence("Material Design Icons", "", "Apache-2.0", "https://pictogrammers.com/library/mdi/", icons)
