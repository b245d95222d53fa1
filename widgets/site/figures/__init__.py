"""Figures that lessons show with ``[=name]``: one module per lesson, each with a dictionary ``FIGURES``.

A figure is a function without arguments that returns the text the reader sees; it runs when the site is built.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache

from widgets.core.errors import BuildError, not_allowed

Figure = Callable[[], str]


def load_figures() -> dict[str, Figure]:
    """Merge the ``FIGURES`` of every module in this folder.

    Returns:
        Name of the figure → the function that computes its text, ordered by module and place in it.

    Raises:
        BuildError: A module has no ``FIGURES``, or two modules define the same name; the message names both files.
    """
    merged: dict[str, Figure] = {}
    origin: dict[str, str] = {}
    for module_name in sorted(entry.name for entry in pkgutil.iter_modules(__path__)):
        file = f"widgets/site/figures/{module_name}.py"
        module = importlib.import_module(f"{__name__}.{module_name}")
        figures = getattr(module, "FIGURES", None)
        if not isinstance(figures, dict):
            raise BuildError(f"{file}: no dictionary FIGURES found; write FIGURES = {{name: function}}")
        for name, figure in figures.items():
            if name in origin:
                raise BuildError(f'figure "{name}" is defined twice: in {origin[name]} and in {file}')
            merged[name] = figure
            origin[name] = file
    return merged


@lru_cache(maxsize=1)
def figures() -> dict[str, Figure]:
    """Load every figure once."""
    return load_figures()


@lru_cache(maxsize=1024)
def figure_text(name: str) -> str:
    """Compute a figure; give the text the reader sees.

    Raises:
        BuildError: If there is no figure of that name, or its computation fails.
    """
    if name not in figures():
        raise BuildError(not_allowed("figure", name, sorted(figures())))
    try:
        return figures()[name]()
    except Exception as error:
        raise BuildError(f"figure {name} could not be computed: {type(error).__name__}: {error}") from error
