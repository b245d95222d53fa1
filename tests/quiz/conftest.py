"""The quiz of the tests, and the comparison with golden files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples import QUIZ
from widgets.core.widget import Content

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare markup with a file in ``golden/``; ``UPDATE_GOLDEN=1`` writes the files instead."""

    def compare(name: str, html: str) -> None:
        path = GOLDEN / f"{name}.html"
        text = html.replace("><", ">\n<") + "\n"
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def content() -> Content:
    return QUIZ
