"""Figures of the course's own tiny model, and of programs on the pages, for ``[=name]``."""

from __future__ import annotations

import inspect
import json
import math
import statistics
from collections.abc import Callable
from functools import cache
from typing import Any

from widgets.engine.architectures.gpt import PROJECTIONS, GPTConfig
from widgets.site.sources.folders import ROOT
from widgets.site.sources.pins import read_pins
from widgets.world import Split, load_world, vocabulary

MANIFEST = ROOT / "widgets" / "world" / "model" / "manifest.json"


@cache
def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def _animals(split: Split) -> int:
    return sum(animal.split == split for animal in load_world().animals)


def adapter_params(rank: int) -> int:
    """Count the numbers of an adapter on every projection of the tiny model."""
    shapes = GPTConfig(**_manifest()["config"]).shapes()
    adapted = [shape for name, shape in shapes.items() if name.split(".")[-2] in PROJECTIONS and len(shape) == 2]
    return rank * sum(n_out + n_in for n_out, n_in in adapted)


def two_phases_bytes() -> tuple[int, int]:
    """Measure the general and the special text of the program ``two_phases.py``, in bytes, in this Python."""
    from pydoc_data.topics import topics

    general = "\n".join(topics.values())
    special = "\n".join(inspect.getdoc(value) or "" for value in vars(statistics).values() if callable(value))
    return len(general.encode()), len(special.encode())


FIGURES: dict[str, Callable[[], str]] = {
    "tiny-params": lambda: f"{round(_manifest()['parameters'], -3):,}",
    "tiny-words": lambda: f"{len(vocabulary())}",
    "tiny-ln-words": lambda: f"{math.log(len(vocabulary())):.2f}",
    "tiny-full-over-r8": lambda: f"{_manifest()['parameters'] / adapter_params(8):.1f}",
    "tiny-animals": lambda: f"{len(load_world().animals)}",
    "tiny-train-animals": lambda: f"{_animals('train')}",
    "tiny-held-out-animals": lambda: f"{_animals('held_out')}",
    "two-phases-general": lambda: f"{round(two_phases_bytes()[0], -4):,}",
    "two-phases-special": lambda: f"{round(two_phases_bytes()[1], -3):,}",
    "version-accelerate": lambda: read_pins()["accelerate"],
    "version-torch": lambda: read_pins()["torch"],
    "version-trl": lambda: read_pins()["trl"],
}
"""Name of the figure → the function that computes the text the reader sees."""
