"""The adapter on, peeled off and merged: what the LoRA lab measured in each state, as a field and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from widgets.core.fields import FieldError, HiddenValue
from widgets.core.html import Html, element, join
from widgets.core.widget import button
from widgets.gallery.labs.results import percent, table_of

LABELS = {"on": "adapter on", "off": "adapter peeled off", "merged": "merged into the weights"}


@dataclass(frozen=True)
class States:
    """What was measured in which state of the adapter.

    Attributes:
        now: The state that it is in; "" without an adapter.
        seen: State → share of held-out questions right (0 to 1), loss on pre-training text in nats and, when merged,
            the largest difference of a logit from before.
    """

    now: str = ""
    seen: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def as_text(self) -> str:
        """Write it as the text of the field.

        >>> States("off", {"off": (0.0, 0.72)}).as_text()
        'off|off=0:0.72'
        """
        measured = (f"{state}={':'.join(f'{value:.6g}' for value in values)}" for state, values in self.seen.items())
        return "|".join((self.now, *measured))


@dataclass(frozen=True)
class AdapterStates(HiddenValue[States]):
    """The field that holds them, kept on the device."""

    stored: bool = True
    max_length: int = 300

    def parse(self, text: str) -> States:
        """Return the `States`; raise `FieldError` if the text was altered."""
        if not text:
            return States()
        now, *measured = text[: self.max_length].split("|")
        try:
            pairs = [part.split("=") for part in measured]
            seen = {state: tuple(float(value) for value in values.split(":")) for state, values in pairs}
        except ValueError:
            seen = {}
        is_whole = now in seen and all(
            state in LABELS and len(values) == (3 if state == "merged" else 2) and all(map(isfinite, values))
            for state, values in seen.items()
        )
        if not is_whole:
            raise FieldError(f"{self.label} could not be read and starts anew")
        return States(now, seen)


def adapter_actions(own: States, recorded: States) -> Html:
    """Build the buttons and the table of what was measured.

    Args:
        own: Of the reader's adapter; without one, the buttons wait.
        recorded: Of the recorded run, shown until there is an adapter.
    """
    shown = own if own.now else recorded
    intro = f"Now: {LABELS[own.now]}." if own.now else "Train an adapter first. Measured on the recorded run, rank 8:"
    return join(
        element("h4", "Peel it off, merge it"),
        element("p", intro),
        element(
            "div",
            _button("Peel off", "adapter-off", is_ready=own.now == "on"),
            _button("Put back on", "adapter-on", is_ready=own.now == "off"),
            _button("Merge into the weights", "merge", is_ready=own.now in ("on", "off")),
            _button("Unmerge", "unmerge", is_ready=own.now == "merged"),
            class_="ft-buttons",
        ),
        _table(shown),
    )


def _button(label: str, action: str, *, is_ready: bool) -> Html:
    return button(label, action, data_run=True, aria_disabled=None if is_ready else "true")


def _table(states: States) -> Html:
    head = ("State", "Held-out right", "Pre-training text (nats)", "Largest change of a logit")
    rows = [
        (LABELS[state], (percent(values[0]), f"{values[1]:.2f}", f"{values[2]:.1e}" if len(values) > 2 else ""))
        for state, values in ((state, states.seen[state]) for state in LABELS if state in states.seen)
    ]
    return table_of(head, rows, "States of the adapter")
