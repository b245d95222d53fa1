"""Fields and buttons that labs share."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from widgets.core.fields import Hidden, HiddenValue, Num_co, Number, NumberBox, Real, Select
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, View, Widget, button

GUESSES = (
    ("", "no guess yet"),
    ("0-10", "hardly any, at most 10 %"),
    ("10-50", "10 to 50 %"),
    ("50-90", "50 to 90 %"),
    ("90-100", "nearly all, 90 % or more"),
)
QUESTION_LENGTH = 120


@dataclass(frozen=True)
class StopsSlider(NumberBox[Num_co]):
    """A number with a slider that moves over given stops, which lie on a logarithmic scale."""

    def control(self, element_id: str) -> Html:
        """Build the slider and the number box; the slider's value is the place of a stop."""
        slider = element(
            "input",
            type="range",
            data_mirror=self.name,
            data_stops=" ".join(self.stops),
            value=nearest(self.stops, float(self.default)),
            min=0,
            max=len(self.stops) - 1,
            step=1,
            aria_label=f"{self.label} (slider)",
            aria_valuetext=self.default,
            autocomplete="off",
        )
        return element("span", slider, self.box(element_id), class_="ft-number ft-number-slider")


@dataclass(frozen=True)
class Stops(StopsSlider[int], Number):
    """A whole number with such a slider."""


@dataclass(frozen=True)
class RealStops(StopsSlider[float], Real):
    """A number with decimals with such a slider."""


def nearest(stops: tuple[str, ...], number: float) -> int:
    """Find the place of the stop nearest to a number, by ratio, as ``nearest`` in ``browser/page/controls.js`` does.

    >>> nearest(("0.001", "0.01", "0.1"), 0.02)
    1
    """
    return min(range(len(stops)), key=lambda place: abs(log(float(stops[place]) / number)))


def learning_rate(default: str) -> RealStops:
    """Give the learning rate, up to values at which training blows up."""
    return RealStops(
        "learning_rate",
        "Learning rate",
        default,
        help="How large a step is. Too large, and the run blows up: try it.",
        minimum=0.00001,
        maximum=1,
        stops=("0.0001", "0.0002", "0.0005", "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5"),
    )


def seed() -> Number:
    """Give the seed of the order of the rows."""
    return Number("seed", "Seed", "0", help="The same seed gives the same run.", minimum=0, maximum=9999)


def guess(label: str) -> Select:
    """Give the reader's guess of a share, kept on the device."""
    return Select("guess", label, "", stored=True, options=GUESSES)


def question(default: str) -> Hidden:
    """Give the reader's question; its box stands in the part of `asking`."""
    return Hidden("question", "Your question", default, max_length=QUESTION_LENGTH)


def reset_button(widget: Widget, content: Content) -> Html:
    """Build the button that sets every control back to its default; what is stored on the device stays.

    Args:
        widget: The lab.
        content: Its content, with the defaults that the page's author chose.
    """
    shown = [field for field in widget.fields_of(content) if not field.stored and not isinstance(field, HiddenValue)]
    return button("Reset settings", "reset", sets={field.name: field.default for field in shown})


@dataclass(frozen=True)
class Deleting(Hidden):
    """Whether the reader is being asked before runs and model are deleted; both answers are worked out at build."""

    pattern: str = "on|off"

    def variations(self) -> tuple[str, ...]:
        """List both texts."""
        return ("off", "on")


def deleting() -> Deleting:
    """Give the field of the question before deleting."""
    return Deleting("deleting", "The question before deleting runs and model", "off")


def deletion(view: View) -> Html:
    """Build the one way to delete runs and model; it asks first."""
    is_asking = view.values["deleting"] == "on"
    toggle = button(
        "Delete my runs and my model",
        "ask-to-delete",
        sets={"deleting": "off" if is_asking else "on"},
        aria_expanded=str(is_asking).lower(),
    )
    if not is_asking:
        return toggle
    return join(
        toggle,
        element("span", "Really delete your runs of this lab and its model?"),
        button("Yes, delete them", "forget", sets={"deleting": "off"}, data_run=True),
        button("No, keep them", "keep", sets={"deleting": "off"}),
    )


def is_guessed(guess: str, share: float) -> bool:
    """Say whether a share, 0 to 1, lies in a guess.

    >>> is_guessed("50-90", 0.9), is_guessed("90-100", 0.95)
    (True, True)
    """
    low, high = (int(bound) / 100 for bound in guess.split("-"))
    return low <= share <= high
