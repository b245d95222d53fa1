"""What travels to the tab is what runs there: every module of the wheel can be reached from the bridge or a widget.

The imports are read, not run: some stand inside functions, for a run that no test of the wheel would begin.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from widgets.browser.bridge import IN_THE_TAB, NOT_IN_THE_TAB
from widgets.gallery.registry import MODULES
from widgets.site.assets.wheel import BRIDGE, PACKAGE, browser_files
from widgets.site.sources.folders import ROOT

ONLY_NATIVE = {"widgets.engine.build"}
"""Imported where kernels are compiled, which the tab never does."""


def module_name(path: Path) -> str:
    return ".".join(("widgets", *path.with_suffix("").parts)).removesuffix(".__init__")


SOURCES = {module_name(path.relative_to(PACKAGE)): path for path in PACKAGE.rglob("*.py")}


def imported_by(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(SOURCES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("widgets."):
            yield node.value


def reached() -> set[str]:
    found: set[str] = set()
    waiting = [module_name(Path(path)) for path in BRIDGE] + list(MODULES.values())
    while waiting:
        name = waiting.pop()
        if name in SOURCES and name not in found:
            found.add(name)
            waiting += [name.rpartition(".")[0], *(() if name in NOT_IN_THE_TAB else imported_by(name))]
    return found


def test_every_shipped_module_is_imported_by_the_bridge_or_by_a_widget() -> None:
    shipped = {module_name(path) for path in browser_files(PACKAGE) if path.suffix == ".py"}
    assert shipped - reached() == set(), "name these in NOT_IN_THE_TAB of the bridge, or move them out"
    assert shipped >= set(MODULES.values())


def test_what_stays_behind_exists_and_is_asked_for_by_nothing_that_travels() -> None:
    assert set(SOURCES) >= NOT_IN_THE_TAB
    shipped = {module_name(path) for path in browser_files(PACKAGE) if path.suffix == ".py"}
    asked = {name for module in shipped - {"widgets.browser.bridge"} for name in imported_by(module)}
    assert asked & NOT_IN_THE_TAB == ONLY_NATIVE
    assert not [name for name in shipped if name.startswith(("widgets.site", "widgets.cli"))]


def test_the_contracts_of_the_imports_name_the_packages_of_the_tab() -> None:
    """The one list stands in the bridge; a contract cannot read it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one for one in contracts if one["type"] == "layers" and "containers" not in one)
    in_the_tab = next(one for one in contracts if "widgets.site" in one.get("forbidden_modules", ()))
    packages = {f"widgets.{name}" for name in (*IN_THE_TAB, "browser")}
    assert set(in_the_tab["source_modules"]) == packages
    named = {name for layer in layers["layers"] for name in layer.split(" | ")}
    assert named == packages | {"widgets.site", "widgets.cli"}
    assert {"widgets.site", "widgets.cli"} <= set(in_the_tab["forbidden_modules"])
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {f"widgets.{name}" for name in folders} == named
