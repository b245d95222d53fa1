"""Versions: what the extras of the package name is what is installed, and what the pages name is what is pinned."""

from __future__ import annotations

import re
import tomllib

import pytest

from widgets.site.figures import figure_text
from widgets.site.sources.folders import ROOT
from widgets.site.sources.pins import NEEDED_BY, libraries_of, read_pins

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


@pytest.mark.parametrize("name", ["site", "test", "torch"])
def test_an_extra_names_the_versions_that_are_installed(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    installed = {line.partition(";")[0].strip().lower() for line in lines if "==" in line}
    named = {item.partition(";")[0].strip().lower() for item in EXTRAS[name]}
    assert named
    assert {item for item in named if item.partition("==")[0] not in OLDER_PYTHON} <= installed


OLDER_PYTHON = ("pyodide-build", "pkginfo")
"""Have an older version on Python 3.11, in a line of its own."""


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
