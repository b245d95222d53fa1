"""What a configuration's docstring says is found, with the margin of the source or without (Python 3.13 and newer)."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from widgets.cli.train import DEFAULTS
from widgets.recipes.checks import attribute_texts

INDENTED = """Settings.

    Attributes:
        steps: How many.
        rate: The first line,
            and the second.
    """


@pytest.mark.parametrize("docstring", [INDENTED, inspect.cleandoc(INDENTED)], ids=["indented", "without its margin"])
def test_a_docstring_is_read_with_and_without_its_margin(docstring: str) -> None:
    described = type("Described", (), {"__doc__": docstring})
    assert attribute_texts(described) == {"steps": "How many.", "rate": "The first line, and the second."}


def test_a_class_without_a_docstring_describes_nothing() -> None:
    assert attribute_texts(type("Silent", (), {})) == {}


@pytest.mark.parametrize("recipe", DEFAULTS)
def test_every_setting_of_a_recipe_is_described(recipe: str) -> None:
    kind = type(DEFAULTS[recipe])
    assert set(attribute_texts(kind)) >= {field.name for field in dataclasses.fields(kind)}
