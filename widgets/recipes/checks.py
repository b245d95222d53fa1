"""The numbers that a recipe is set to: checked, and described from the docstring of its configuration."""

from __future__ import annotations

import inspect
import re
from math import isfinite

from widgets.core.errors import EngineError


def require(name: str, value: float, low: float, high: float, *, above: bool = False) -> None:
    """Raise unless a setting lies in its range.

    Args:
        name: The setting's name.
        value: What it is set to.
        low: The smallest value; allowed itself unless `above`.
        high: The largest value.
        above: Whether the value must be larger than `low`.

    Raises:
        EngineError: The value is outside, or not a number.

    >>> require("steps", 0, 1, 10)
    Traceback (most recent call last):
    widgets.core.errors.EngineError: steps is 0; allowed: from 1 to 10
    """
    is_inside = isfinite(value) and (low < value if above else low <= value) and value <= high
    if not is_inside:
        start = f"above {low:g}" if above else f"from {low:g}"
        raise EngineError(f"{name} is {value:g}; allowed: {start} to {high:g}")


def require_run(steps: int, batch_size: int, learning_rate: float, max_norm: float) -> None:
    """Raise unless the settings that every run has lie in their ranges.

    Args:
        steps: How many updates.
        batch_size: Rows or pairs a step.
        learning_rate: Step size at its largest.
        max_norm: Largest norm of the gradient; 0 for no clipping.

    Raises:
        EngineError: One does not.
    """
    require("steps", steps, 1, 100_000)
    require("batch_size", batch_size, 1, 1024)
    require("learning_rate", learning_rate, 0, 10, above=True)
    require("max_norm", max_norm, 0, 1e6)


def attribute_texts(config_class: type) -> dict[str, str]:
    """Return what the docstring of a class says about each of its attributes.

    >>> from widgets.recipes.dpo import DPOConfig
    >>> attribute_texts(DPOConfig)["beta"]
    'How strongly a preference outweighs staying near the reference.'
    """
    docstring = inspect.cleandoc(config_class.__doc__ or "")  # before Python 3.13 it has the margin of the source
    listed = docstring.partition("Attributes:\n")[2]
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", listed, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}
