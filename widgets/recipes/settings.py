"""Check the numbers that a recipe is set to."""

from __future__ import annotations

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
