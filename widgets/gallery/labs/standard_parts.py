"""The parts that labs have in common: the buttons, the charts, the answers to the samples."""

from __future__ import annotations

from widgets.core.html import Html, element, join
from widgets.core.widget import View
from widgets.gallery.labs.answers import answers_list
from widgets.gallery.labs.controls import deletion, reset_button
from widgets.gallery.labs.curves import curves_chart
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run


def start_buttons(lab: Lab, view: View) -> Html:
    """Show the buttons that train, the one that resets the settings, and the one that deletes runs and model."""
    reset = reset_button(lab.widget(), view.content)
    return element("div", *lab.buttons, reset, deletion(view), class_="ft-buttons")


def charts(lab: Lab, view: View, live: Run | None = None) -> Html:
    """Draw the curves of the recorded runs, the reader's runs and the one under way."""
    selection, steps = lab.selection(view), view.values[lab.steps] if live else 0
    return join(
        curves_chart(f"{view.id}-{ending}", axes, selection, lab.name_of, live, steps)
        for ending, axes in lab.charts.items()
    )


def last_answers(lab: Lab, view: View, run: str = "run") -> Html:
    """Show the answers to the samples before and after the last run, the reader's or else the recorded one.

    Args:
        lab: The lab, with its field ``answers``.
        view: Its view.
        run: What a run is called, where there are runs of two kinds.
    """
    shown, own = recorded(lab.name), view.values["answers"]
    whose = f"After your last {run}" if own else f"After the recorded {run}"
    after = (whose, own or shown.fields["answers"].split("|"))
    heading = element("h4", "Questions about animals that the training rows never mention")
    return join(heading, answers_list(("Base model", shown.base_answers), after))
