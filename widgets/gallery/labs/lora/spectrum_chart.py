"""The chart of singular values: which rank a run's change of one matrix really has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from widgets.core.chart import chart
from widgets.core.html import Html
from widgets.gallery.labs.curves import COLOURS
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.selection import Selection

MATRIX = "layers.1.v_proj"
"""The matrix that is looked at: every choice of target modules adapts it."""

MOST_VALUES = 16
"""How many singular values are shown, of 64."""


def values_of(run: Run) -> list[float]:
    """Give the singular values that a run left, the largest first."""
    names = (f"sigma_{place}" for place in range(1, MOST_VALUES + 1))
    return [run.figures[name] for name in names if name in run.figures]


def spectrum_chart(chart_id: str, selection: Selection, name: Callable[[Run], str]) -> Html:
    """Build the chart.

    Args:
        chart_id: Unique on the page.
        selection: The runs; those of the reader, if there are any, take the place of the recorded runs of LoRA.
        name: Run → its name in the legend.
    """
    own, recorded = selection.named(name)
    kept = [(label, run) for label, run in recorded if not own or run.settings["method"] == "full"]
    shown = [(label, values_of(run)) for label, run in (*kept, *own) if any(values_of(run))]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": label,
            "x": list(range(1, len(values) + 1)),
            "y": [round(value, 5) for value in values],
            "line": {"color": COLOURS[place % len(COLOURS)], "width": 2},
        }
        for place, (label, values) in enumerate(shown)
    ]
    layout = {
        "xaxis": {"title": {"text": "singular value, largest first"}, "range": [0.5, MOST_VALUES + 0.5], "dtick": 1},
        "yaxis": {"title": {"text": "size"}, "rangemode": "tozero"},
        "legend": {"orientation": "h", "y": -0.25},
        "showlegend": True,
        "margin": {"l": 55, "r": 10, "t": 10, "b": 50},
    }
    return chart(
        chart_id,
        {"data": data, "layout": layout},
        title=f"Singular values of the change of {MATRIX} (64 × 64)",
        description=" ".join(
            [
                "A change of rank r has r singular values above zero; full fine-tuning is free to use all 64.",
                *(
                    f"{label}: the largest is {values[0]:.3g}, above zero are {_above_zero(values)}."
                    for label, values in shown
                ),
            ]
        ),
        head=("Run", *(str(place) for place in range(1, MOST_VALUES + 1))),
        rows=[(label, *(f"{value:.3g}" for value in values)) for label, values in shown],
    )


def _above_zero(values: Sequence[float]) -> str:
    count = sum(1 for value in values if value > 1e-5 * values[0])
    return f"all of the first {MOST_VALUES}" if count == MOST_VALUES else str(count)
