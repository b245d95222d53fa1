"""The libraries of the lessons' programs: their pinned versions, and which of them a program loads."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from widgets.site.sources.folders import ROOT

REQUIREMENTS = ROOT / "requirements" / "torch.txt"

NEEDED_BY: Mapping[str, tuple[str, ...]] = {
    "trl": ("torch", "transformers", "datasets", "accelerate"),
    "peft": ("torch", "transformers", "accelerate"),
    "transformers": ("torch", "accelerate"),
    "BitsAndBytesConfig": ("bitsandbytes",),
}
"""What a program's imports load that it does not name."""


@lru_cache(maxsize=1)
def read_pins() -> dict[str, str]:
    """Read the pinned versions: library → version."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def libraries_of(program: str) -> set[str]:
    """Name the pinned libraries that a program imports, or that these load.

    >>> sorted(libraries_of("import math, torch"))
    ['torch']
    >>> sorted(libraries_of("from peft import LoraConfig"))
    ['accelerate', 'peft', 'torch', 'transformers']
    """
    used: set[str] = set()
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Import):
            used.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            used.update([node.module.partition(".")[0], *(alias.name for alias in node.names)])
    used.update(library for name in list(used) for library in NEEDED_BY.get(name, ()))
    return used & set(read_pins())
