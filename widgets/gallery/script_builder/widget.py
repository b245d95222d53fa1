"""The script builder: a form, and the complete training script that it describes, with all that is needed to run it."""

from __future__ import annotations

from collections.abc import Iterator

from widgets.core.fields import Field, Fields, State
from widgets.core.html import Html, join
from widgets.core.widget import Content, Part, View, Widget, default_state, neighbours
from widgets.gallery.script_builder import view as show
from widgets.gallery.script_builder.fields import FIELDS, settings_of
from widgets.gallery.script_builder.script.choices import METHODS, STRATEGIES, TUNINGS
from widgets.gallery.script_builder.script.problems import find_notes, find_problems


def fields(content: Content) -> Fields:
    """Give what can be chosen, in the order in which one would decide."""
    return FIELDS


def is_in_play(field: Field[object], state: State) -> bool:
    """Tell whether a field's control is shown for a state."""
    return field.shown_when is None or state[field.shown_when[0]] in field.shown_when[1].split("|")


def problems_of(view: View) -> dict[str, str]:
    """Explain what keeps the script from being written: choices that clash, and nothing if there are none."""
    return find_problems(settings_of(view))


def can_write(view: View) -> bool:
    """Tell whether there is a script: nothing clashes, and every text that counts could be read."""
    shown = (field for field in WIDGET.fields_of(view.content) if is_in_play(field, view.state))
    return not problems_of(view) and not any(field.name in view.problems for field in shown)


def summary_part(view: View) -> Html:
    """Say what the script does, or what is to be changed first."""
    if not can_write(view):
        labels = {field.name: field.label for field in WIDGET.fields_of(view.content)}
        return show.refusal(view.id, problems_of(view), labels)
    settings = settings_of(view)
    return show.summary(settings, find_notes(settings))


def program_part(view: View) -> Html:
    """Show the script."""
    return show.program(view.id, settings_of(view)) if can_write(view) else join()


def launch_part(view: View) -> Html:
    """Show how it is started, with the configuration for several GPUs."""
    return show.launch(view.id, settings_of(view)) if can_write(view) else join()


def checked_part(view: View) -> Html:
    """Say what the tests have done with such scripts; the sentence is made by the build from their report."""
    return show.checked(view.content.get("checked"))


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    names = tuple(field.name for field in FIELDS)
    return (
        Part("summary", names, summary_part, announce=True),
        Part("program", names, program_part),
        Part("launch", names, launch_part),
        Part("checked", (), checked_part),
    )


def cold_states(content: Content) -> Iterator[State]:
    """Give every state one visible control away from the default, and method, tuning, GPUs and strategy together."""
    every = WIDGET.fields_of(content)
    start = default_state(every)
    for state in neighbours(field for field in every if is_in_play(field, start)):
        yield {**start, **state}
    for method in METHODS:
        for tuning in TUNINGS:
            yield {**start, "method": method, "tuning": tuning}
    for strategy in STRATEGIES:
        yield {**start, "gpus": "2", "strategy": strategy}


WIDGET = Widget(
    name="script-builder",
    title="Script builder",
    summary="Choose a method, a model, your data and your machine, and take the training script with you.",
    parts=parts,
    fields=fields,
    cold_states=cold_states,
)
