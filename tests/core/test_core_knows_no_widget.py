"""What a widget is, is said without naming one: nothing in the core leads to a module of another room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from widgets import core

SOURCES = sorted(Path(core.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_module_of_the_core_names_one_of_another_room(source: Path) -> None:
    rooms = re.findall(r"\bwidgets[./](\w+)", source.read_text(encoding="utf-8"))
    assert set(rooms) <= {"core"}
