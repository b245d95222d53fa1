"""The parts with which every lab ends: ask the model, see the Python, take the run along as a script."""

from __future__ import annotations

from collections.abc import Callable

from widgets.core.html import Html, join
from widgets.core.widget import Part, View
from widgets.gallery.labs.code import script, shown_source


def closing_parts(
    box: Callable[[View], Html],
    source: tuple[str, str, str],
    script_name: str,
    settings: tuple[str, ...],
    script_text: Callable[[View], str],
) -> tuple[Part, ...]:
    """Give the parts.

    Args:
        box: Builds the box for the reader's question.
        source: Package, file and section of the lines that run.
        script_name: File name of the script.
        settings: The fields on which the script depends.
        script_text: Writes the script.
    """
    return (
        Part("ask", (), box),
        Part("reply", (), lambda view: join(), announce=True),
        Part("source", (), lambda view: shown_source(*source)),
        Part("script", settings, lambda view: script(view.id, script_name, script_text(view))),
    )
