"""The charts of the RLHF and the DPO lab: one curve a run over its steps, the recorded runs dotted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from widgets.core.chart import chart
from widgets.core.html import Html
from widgets.gallery.labs.curves import COLOURS

Line = tuple[str, Sequence[int], Sequence[float], bool]
"""Name, steps, values, and whether it was recorded."""

MARKS = (0, 0.5, 1)


def lines_chart(chart_id: str, lines: Sequence[Line], *, title: str, y: str, x: str, steps: int, digits: int) -> Html:
    """Build a chart of curves.

    Args:
        chart_id: Unique on the page.
        lines: What to draw.
        title: The caption.
        y: The label of the vertical axis, with its unit.
        x: What a step is called.
        steps: How many steps the run under way will make; the axis does not change while it streams.
        digits: Digits after the decimal point in words and table.
    """
    drawn = [line for line in lines if line[1]]
    last = max([steps, *(places[-1] for _, places, _, _ in drawn)], default=1)
    layout = {
        "xaxis": {"title": {"text": x}, "range": [0, last]},
        "yaxis": {"title": {"text": y}},
        "legend": {"orientation": "h", "y": -0.3},
        "showlegend": True,
        "margin": {"l": 55, "r": 10, "t": 10, "b": 50},
    }
    return chart(
        chart_id,
        {"data": [_trace(line, place, digits) for place, line in enumerate(lines)], "layout": layout},
        title=title,
        description=" ".join(
            f"{name}: from {values[0]:.{digits}f} to {values[-1]:.{digits}f}." for name, _, values, _ in drawn
        ),
        head=("Run", "first", "half way", "last"),
        rows=[(line[0], *_marks(line, digits)) for line in drawn],
    )


def _trace(line: Line, place: int, digits: int) -> dict[str, Any]:
    name, steps, values, is_recorded = line
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(steps),
        "y": [round(value, digits + 1) for value in values],
        "line": {"color": COLOURS[place % len(COLOURS)], "width": 2, "dash": "dot" if is_recorded else "solid"},
    }


def _marks(line: Line, digits: int) -> list[str]:
    _, steps, values, _ = line
    places = (round((len(steps) - 1) * mark) for mark in MARKS)
    return [f"{values[place]:.{digits}f} ({steps[place]})" for place in places]
