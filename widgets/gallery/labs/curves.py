"""The chart of curves: the reader's runs over one another, the recorded ones dotted behind, the live one growing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from widgets.core.chart import chart
from widgets.core.html import Html
from widgets.gallery.labs.runs import Curve, Run
from widgets.gallery.labs.selection import Selection

COLOURS = ("@accent", "@train", "@accent-2", "@good", "@bad", "@ink")
DASHES = ("dot", "dash", "longdash")
MARKS = (0, 0.25, 0.5, 0.75, 1)
"""The places along a curve, as a share of it, whose values stand in the table."""


@dataclass(frozen=True)
class Axes:
    """What a chart shows of its runs, and how.

    Attributes:
        title: The caption.
        curve: The curve of each run.
        y: The label of the vertical axis, with its unit.
        unit: What a step is called.
        factor: The values are multiplied by it.
        digits: Digits after the decimal point in words and table.
        scale: What else Plotly is told of the vertical axis.
        note: A sentence before the curves in words, or "".
        level: Name and height of a line across, for comparison.
    """

    title: str = "Loss over the steps of training"
    curve: str = "loss"
    y: str = "loss (nats a token)"
    unit: str = "step"
    factor: float = 1.0
    digits: int = 3
    scale: tuple[tuple[str, Any], ...] = ()
    note: str = ""
    level: tuple[str, float] | None = None


LOG_LOSS = Axes(
    scale=(("type", "log"), ("dtick", 1), ("exponentformat", "power")), note="The loss axis is logarithmic. "
)
"""Loss on a logarithmic scale: it falls by orders of magnitude."""


def curves_chart(
    chart_id: str,
    axes: Axes,
    selection: Selection,
    name: Callable[[Run], str],
    live: Run | None = None,
    steps: int = 0,
) -> Html:
    """Draw one curve of every run.

    Args:
        chart_id: Unique on the page.
        axes: What of the runs is shown.
        selection: The runs.
        name: Run → its name in the legend.
        live: The run under way.
        steps: How many steps it will make; the axis does not change while it streams.
    """
    own, recorded = selection.named(name)
    named = [*recorded, *own, *([(f"now: {name(live)}", live)] if live else [])]
    lines = [
        (label, [(step, axes.factor * value) for step, value in run.points(axes.curve)], place - len(recorded))
        for place, (label, run) in enumerate(named)
    ]
    drawn = [(label, curve) for label, curve, _ in lines if curve]
    last = max([steps, *(curve[-1][0] for _, curve in drawn)])
    data = [_trace(label, curve, place, axes.digits) for label, curve, place in lines]
    if axes.level:
        data.append(_level(*axes.level, last))
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": axes.unit}, "range": [0, last]},
        "yaxis": {"title": {"text": axes.y}, **dict(axes.scale)},
        "legend": {"orientation": "h", "y": -0.25},
        "showlegend": True,
        "margin": {"l": 55, "r": 10, "t": 10, "b": 50},
    }
    return chart(
        chart_id,
        {"data": data, "layout": layout},
        title=axes.title,
        description=axes.note + " ".join(_in_words(label, curve, axes) for label, curve in drawn),
        head=("Run", f"first {axes.unit}", "a quarter", "half", "three quarters", f"last {axes.unit}"),
        rows=[_row(label, curve, axes) for label, curve in drawn],
    )


def _trace(label: str, curve: Curve, place: int, digits: int) -> dict[str, Any]:
    """Build a line; those in a place below 0 are recorded, and stay in the background."""
    is_own = place >= 0
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": [step for step, _ in curve],
        "y": [round(value, digits + 1) for _, value in curve],
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


def _in_words(label: str, curve: Curve, axes: Axes) -> str:
    (first_step, first), (last_step, last) = curve[0], curve[-1]
    rough = max(axes.digits - 1, 0)
    return (
        f"{label}: from {first:.{rough}f} at {axes.unit} {first_step} to {last:.{axes.digits}f} "
        f"at {axes.unit} {last_step}."
    )


def _row(label: str, curve: Curve, axes: Axes) -> tuple[str, ...]:
    points = (curve[round((len(curve) - 1) * share)] for share in MARKS)
    return (label, *(f"{value:.{axes.digits}f} ({axes.unit} {step})" for step, value in points))
