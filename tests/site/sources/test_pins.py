"""Versions: what the extras of the package name is what is installed, and what the pages name is what is pinned."""

from __future__ import annotations

import re
import tomllib

import pytest

from widgets.site.figures import figure_text
from widgets.site.sources.folders import ROOT
from widgets.site.sources.pins import NEEDED_BY, libraries_of, read_pins

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


def pinned(name: str) -> set[str]:
    """Read the pins of a file of requirements and of those that it is on top of, without their spaces."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    below = {pin for line in lines if line.startswith("-r ") for pin in pinned(line[3:].removesuffix(".txt"))}
    return below | {_plain(line) for line in lines if "==" in line and not line.startswith("#")}


def _plain(requirement: str) -> str:
    return requirement.lower().replace(" ", "").replace("'", '"')


@pytest.mark.parametrize("name", ["site", "test", "pyodide-build", "torch"])
def test_an_extra_names_the_versions_that_are_installed(name: str) -> None:
    named = {_plain(item) for item in EXTRAS[name]}
    assert named
    assert named <= pinned(name)


@pytest.mark.parametrize("name", ["site", "unit", "test", "pyodide-build", "torch", "node"])
def test_every_requirement_is_one_exact_version(name: str) -> None:
    for pin in pinned(name):
        assert re.fullmatch(r"[\w.-]+==[\w.+]+(;python_full_version[<>]=?\"[\d.]+\")?", pin), pin


def test_every_place_states_the_same_oldest_python() -> None:
    stated = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert stated
    for name in ("README.md", "docs/about/contributing.md"):
        assert f"Python {stated[1]} or newer" in " ".join((ROOT / name).read_text(encoding="utf-8").split()), name
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"OLDEST_PYTHON := {stated[1]}\n" in makefile
    workflow = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
    assert f'"{stated[1]}"' in workflow


def test_the_extra_for_torch_has_everything_that_its_environment_was_made_with() -> None:
    lines = (ROOT / "requirements" / "torch.txt").read_text(encoding="utf-8").splitlines()
    [made] = [line.partition("pip install ")[2].split() for line in lines if "pip install" in line]
    assert [item.partition("==")[0] for item in EXTRAS["torch"]] == made


def test_pages_name_the_pinned_versions() -> None:
    for library in ("accelerate", "torch", "trl"):
        assert figure_text(f"version-{library}") == read_pins()[library]
    for page in sorted((ROOT / "docs" / "lessons").glob("*.md")):
        typed = re.findall(rf"\b(?:{'|'.join(LIBRARIES)}) \d+\.\d+", page.read_text(encoding="utf-8"), re.I)
        assert not typed, f"{page.name}: {typed}; write [=version-…]"


LIBRARIES = ("trl", "peft", "transformers", "torch", "datasets", "accelerate", "bitsandbytes")


def test_a_library_brings_what_it_loads_and_others_do_not_count() -> None:
    assert libraries_of("import trl") == {"trl", *NEEDED_BY["trl"]}
    assert "bitsandbytes" in libraries_of("from transformers import BitsAndBytesConfig")
    assert "bitsandbytes" not in libraries_of("from transformers import AutoTokenizer")
    assert libraries_of("import json, widgets.core") == set()
