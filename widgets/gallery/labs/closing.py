"""The parts with which every lab ends: ask the model, see the Python, take the run along as a script."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from textwrap import dedent

from widgets.core.html import Html, element, join
from widgets.core.widget import Part, View


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


def source_section(package: str, file: str, section: str) -> str:
    """Give the lines of a source file between its marks ``--8<-- [start:NAME]`` and ``--8<-- [end:NAME]``.

    The file is read, not imported, so showing a recipe does not load the engine. As on the pages, marks of other
    sections inside are left out, and so is the indentation that all lines share.

    >>> source_section("widgets.recipes", "sft.py", "sft").splitlines()[0]
    'def train('
    """
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    _, _, rest = text.partition(f"# --8<-- [start:{section}]\n")
    lines = rest.partition(f"# --8<-- [end:{section}]")[0].rstrip().splitlines()
    return dedent("\n".join(line for line in lines if not line.lstrip().startswith("# --8<-- [")))


def shown_source(package: str, file: str, section: str) -> Html:
    """Build the disclosure with the package's lines."""
    path = f"{package.replace('.', '/')}/{file}"
    return element(
        "details",
        element("summary", "Show the Python"),
        element("p", "These lines of ", element("code", path), " run when you press the button.", class_="ft-help"),
        listing(source_section(package, file, section)),
        class_="lab-code",
    )


def script(widget_id: str, name: str, text: str) -> Html:
    """Build the disclosure with the script, and its buttons.

    Args:
        widget_id: Prefix of the id.
        name: File name of the script.
        text: The script.
    """
    listing_id = f"{widget_id}-script"
    buttons = element(
        "div",
        element("button", "Copy as a script", type="button", class_="ft-button", data_copy=listing_id),
        element(
            "button",
            f"Save {name}",
            type="button",
            class_="ft-button",
            data_source=listing_id,
            data_filename=name,
        ),
        class_="ft-buttons",
    )
    note = "With your settings. Run it in the course's repository; it needs no browser and no graphics card."
    return element(
        "details",
        element("summary", "The same run as a script"),
        join(element("p", note, class_="ft-help"), listing(text, listing_id), buttons),
        class_="lab-code",
    )


def listing(text: str, listing_id: str | None = None) -> Html:
    """Build a listing that can be scrolled by keyboard."""
    return element("pre", element("code", text, id=listing_id), tabindex=0, role="group", aria_label="Python code")
