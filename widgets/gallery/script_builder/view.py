"""What the script builder shows: sentences, listings with their buttons, commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from widgets.core.html import Html, element, join, metric
from widgets.core.widget import button
from widgets.gallery.script_builder.script.choices import TRAINED
from widgets.gallery.script_builder.script.launch import install_command, run_commands, write_config
from widgets.gallery.script_builder.script.program import FILE_NAME, write_program
from widgets.gallery.script_builder.script.settings import Settings

COMMENT = "  # "
"""What begins a comment in everything that is written here; no text of a reader contains blanks."""


def refusal(widget_id: str, problems: Mapping[str, str], labels: Mapping[str, str]) -> Html:
    """Say what is wrong, with a way to each control; the page's script marks the controls and ties them to this.

    Args:
        widget_id: The widget's id on the page.
        problems: Name of a field → what is wrong.
        labels: Name of a field → its label.
    """
    return join(
        (
            element(
                "p",
                element("a", labels[name], href=f"#{widget_id}-{name}"),
                f": {text}",
                class_="ft-problem",
                data_problem=name,
            )
            for name, text in problems.items()
        ),
        element("p", "There is no script until this is changed."),
    )


def summary(settings: Settings, notes: Sequence[str]) -> Html:
    """Say in a sentence or two what the script does, then what is worth knowing."""
    count = f"{settings.rows_per_update:,}"
    unit = "answers" if settings.way.samples_answers else "rows"
    gpus = f" × {settings.gpus} GPUs" if settings.gpus > 1 else ""
    return join(
        element(
            "p",
            f"{settings.way.label}: trains {TRAINED[settings.tuning]} of ",
            element("code", settings.model),
            " on ",
            element("code", settings.dataset_name),
            ". One update learns from ",
            metric("rows_per_update", settings.rows_per_update, count),
            f" {unit} ({settings.per_device_train_batch_size} × {settings.gradient_accumulation_steps}{gpus}).",
        ),
        element("ul", (element("li", note) for note in notes), class_="sb-notes") if notes else None,
    )


def program(widget_id: str, settings: Settings) -> Html:
    """Show the script and the buttons that take it away."""
    return join(
        element("h4", "The script"), _file(f"{widget_id}-program", FILE_NAME, "Python code", write_program(settings))
    )


def launch(widget_id: str, settings: Settings) -> Html:
    """Show the configuration for several GPUs, and the commands."""
    config = write_config(settings)
    commands = "\n".join([install_command(settings), *run_commands(settings)])
    return join(
        (
            element("h4", "How the GPUs share the work"),
            _file(f"{widget_id}-config", config.name, "configuration of accelerate", config.text),
        )
        if config
        else None,
        element("h4", "Run it"),
        _listing(f"{widget_id}-commands", "commands", commands),
        _buttons(button("Copy the commands", "copy", data_copy=f"{widget_id}-commands")),
    )


def checked(stamp: Mapping[str, str] | None) -> Html:
    """Show the stamp; nothing where the build gave none."""
    return element("p", stamp["text"], class_="ft-stamp", data_status=stamp["status"]) if stamp else join()


def _file(listing_id: str, name: str, what: str, text: str) -> Html:
    return join(
        _listing(listing_id, what, text),
        _buttons(
            button(f"Download {name}", "download", primary=True, data_source=listing_id, data_filename=name),
            button(f"Copy {name}", "copy", data_copy=listing_id),
        ),
    )


def _buttons(*buttons: Html) -> Html:
    return element("div", buttons, class_="ft-buttons")


def _listing(listing_id: str, what: str, text: str) -> Html:
    """Build a listing, one element a line: neighbouring answers then differ in a few lines only."""
    lines = (element("span", _line(line)) for line in text.rstrip("\n").split("\n"))
    return element(
        "pre",
        element("code", lines, id=listing_id),
        class_="sb-listing no-copy",
        tabindex=0,
        role="group",
        aria_label=what,
    )


def _line(line: str) -> Html:
    code, mark, comment = line.partition(COMMENT)
    return join(code, element("i", f"{mark}{comment}") if mark else None, "\n")
