"""The chart of curves: the reader's runs over one another, the recorded one behind them, the live one growing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from widgets.core.chart import chart
from widgets.core.html import Html
from widgets.core.widget import View
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Curve, Run

COLOURS = ("@accent", "@train", "@accent-2", "@good", "@bad", "@ink")
DASHES = ("dot", "dash", "longdash")
MARKS = (0, 0.25, 0.5, 0.75, 1)
"""The places along a curve, as a share of it, whose losses stand in the table."""

Line = tuple[str, Curve]


def lab_chart(
    view: View,
    lab: str,
    name: Callable[[Run], str],
    live: Curve = (),
    live_name: str = "",
    steps: int = 0,
    **look: Any,
) -> Html:
    """Draw the losses of a lab: the recorded runs, the reader's, and the one under way.

    Args:
        view: The lab's view, with its field ``runs``.
        lab: The lab's name.
        name: Run → its name in the legend.
        live: The curve of the run under way.
        live_name: Its name.
        steps: How many steps it will make.
        **look: What else `loss_chart` takes.
    """
    return loss_chart(
        f"{view.id}-chart",
        recorded(lab).runs,
        view.values["runs"],
        name,
        live=(live_name, live) if live else None,
        steps=steps,
        **look,
    )


def loss_chart(
    chart_id: str,
    recorded: Sequence[Run],
    own: Sequence[Run],
    name: Callable[[Run], str],
    *,
    live: Line | None = None,
    steps: int = 0,
    is_logarithmic: bool = True,
    level: tuple[str, float] | None = None,
    title: str = "Loss over the steps of training",
) -> Html:
    """Build the chart.

    Args:
        chart_id: Unique on the page.
        recorded: Runs recorded natively.
        own: The reader's runs.
        name: Run → its name in the legend.
        live: Name and curve of the run under way.
        steps: How many steps the run under way will make; the axis does not change while it streams.
        is_logarithmic: Whether the axis of the loss is.
        level: Name and height of a line across, for comparison.
        title: The caption.
    """
    lines: list[Line] = [(f"recorded: {name(run)}", run.curve) for run in recorded]
    lines += [(f"{place}: {name(run)}", run.curve) for place, run in enumerate(own, 1)]
    if live:
        lines.append((f"now: {live[0]}", live[1]))
    last = max([steps, *(curve[-1][0] for _, curve in lines if curve)])
    data = [_trace(label, curve, place - len(recorded)) for place, (label, curve) in enumerate(lines)]
    if level:
        data.append(_level(*level, last))
    scale = {"type": "log", "dtick": 1, "exponentformat": "power"} if is_logarithmic else {"rangemode": "tozero"}
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": "step"}, "range": [0, last]},
        "yaxis": {"title": {"text": "loss (nats a token)"}, **scale},
        "legend": {"orientation": "h", "y": -0.25},
        "showlegend": True,
        "margin": {"l": 55, "r": 10, "t": 10, "b": 50},
    }
    return chart(
        chart_id,
        {"data": data, "layout": layout},
        title=title,
        description=("The loss axis is logarithmic. " if is_logarithmic else "")
        + " ".join(_in_words(label, curve) for label, curve in lines if curve),
        head=("Run", "first step", "a quarter", "half", "three quarters", "last step"),
        rows=[_row(label, curve) for label, curve in lines if curve],
    )


def _trace(label: str, curve: Curve, place: int) -> dict[str, Any]:
    """Build a line; those in a place below 0 are recorded, and stay in the background."""
    is_own = place >= 0
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": [step for step, _ in curve],
        "y": [round(loss, 4) for _, loss in curve],
        "line": {
            "color": COLOURS[place % len(COLOURS)] if is_own else "@frozen",
            "width": 2,
            "dash": "solid" if is_own else DASHES[place % len(DASHES)],
        },
    }


def _level(label: str, height: float, last: int) -> dict[str, Any]:
    line = {"color": "@ink", "width": 1, "dash": "dashdot"}
    height = round(height, 4)
    return {"type": "scatter", "mode": "lines", "name": label, "x": [0, last], "y": [height, height], "line": line}


def _in_words(label: str, curve: Curve) -> str:
    (first_step, first), (last_step, last) = curve[0], curve[-1]
    return f"{label}: from {first:.2f} at step {first_step} to {last:.3f} at step {last_step}."


def _row(label: str, curve: Curve) -> tuple[str, ...]:
    points = (curve[round((len(curve) - 1) * share)] for share in MARKS)
    return (label, *(f"{loss:.3f} (step {step})" for step, loss in points))
