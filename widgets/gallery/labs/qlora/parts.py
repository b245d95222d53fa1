"""The QLoRA lab's view of quantization: the levels on the histogram, the errors, the bytes."""

from __future__ import annotations

from typing import Any

from widgets.core.chart import chart
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import View
from widgets.gallery.labs.qlora.levels import BINS, WHOLE, Quantized, quantized, sizes
from widgets.gallery.labs.results import figure_list, table_of


def matrix_label(matrix: str) -> str:
    """Name a matrix for readers.

    >>> matrix_label("layers.1.up_proj")
    'layer 2, up_proj'
    """
    if matrix == WHOLE:
        return "all twelve together"
    _, layer, name = matrix.split(".")
    return f"layer {int(layer) + 1}, {name}"


def levels_part(view: View) -> Html:
    """Show the histogram with both sets of levels, and what each costs in accuracy."""
    found = quantized(view.values["matrix"])
    label = matrix_label(view.values["matrix"])
    gain = 1 - found.nf4.rms_error / found.even.rms_error
    figures = figure_list(
        (
            ("Typical error of NF4", _error("nf4_error_percent", found.nf4.rms_error)),
            ("… of sixteen even levels", _error("int4_error_percent", found.even.rms_error)),
            (
                "NF4 is better by" if gain > 0 else "NF4 is worse by",
                metric("nf4_gain_percent", f"{100 * gain:.1f}", f"{100 * abs(gain):.1f} %"),
            ),
        )
    )
    return join(
        levels_chart(f"{view.id}-levels", label, found),
        figures,
        element(
            "p",
            f"The typical (root-mean-square) rounding error of these {found.count:,} weights, as a share of their "
            "typical size. Both ways use 4 bits and one scale for 64 weights; only the places of the levels differ.",
            class_="ft-help",
        ),
    )


def _error(name: str, error: float) -> Html:
    return metric(name, f"{100 * error:.2f}", f"{100 * error:.2f} %")


def levels_chart(chart_id: str, label: str, found: Quantized) -> Html:
    """Draw the histogram of the scaled weights, NF4's levels through it, even levels below it."""
    top = max(found.bars)
    middle = sum(share for level, share in zip(found.nf4.levels, found.nf4.shares, strict=True) if abs(level) < 0.3)
    return chart(
        chart_id,
        {"data": _traces(found, top), "layout": _layout(top)},
        title=f"The weights of the tiny model ({label}), each divided by the largest of its block of 64",
        description=(
            f"A bell with its top at zero: {100 * middle:.0f} % of the weights take one of the NF4 levels between "
            "-0.3 and 0.3. There NF4's levels (long lines) stand closer than even ones (short lines below)."
        ),
        head=("Code", "NF4 level", "Weights there", "Even level", "Weights there"),
        rows=[
            (str(code), f"{nf4:+.4f}", f"{100 * share:.1f} %", f"{even:+.4f}", f"{100 * even_share:.1f} %")
            for code, (nf4, share, even, even_share) in enumerate(
                zip(found.nf4.levels, found.nf4.shares, found.even.levels, found.even.shares, strict=True)
            )
        ],
    )


def _traces(found: Quantized, top: float) -> list[dict[str, Any]]:
    return [
        {
            "type": "bar",
            "name": "weights",
            "x": [round(-1 + (2 * place + 1) / BINS, 4) for place in range(BINS)],
            "y": [round(100 * bar, 2) for bar in found.bars],
            "marker": {"color": "@frozen"},
            "opacity": 0.55,
        },
        _lines("NF4 levels", found.nf4.levels, 0.0, 105 * top, "@accent"),
        _lines("even levels", found.even.levels, -16 * top, -4 * top, "@train"),
    ]


def _lines(name: str, levels: tuple[float, ...], low: float, high: float, colour: str) -> dict[str, Any]:
    """Draw a vertical line at each level; None ends a line."""
    x: list[float | None] = []
    y: list[float | None] = []
    for level in levels:
        x += [round(level, 4), round(level, 4), None]
        y += [round(low, 2), round(high, 2), None]
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": {"color": colour, "width": 2}}


def _layout(top: float) -> dict[str, Any]:
    return {
        "bargap": 0.05,
        "xaxis": {"title": {"text": "weight ÷ largest of its block"}, "range": [-1.05, 1.05]},
        "yaxis": {"title": {"text": "% of the weights"}, "range": [round(-20 * top, 2), round(110 * top, 2)]},
        "legend": {"orientation": "h", "y": -0.3},
        "margin": {"l": 55, "r": 10, "t": 10, "b": 60},
    }


def sizes_part(view: View) -> Html:
    """Show the bytes of the quantized matrices and of the whole model."""
    found = sizes(double_quantization=view.values["double_quantization"])
    ratio = found.matrices_bytes / found.matrices_fp32_bytes
    whole = found.model_bytes / found.model_fp32_bytes
    rows = (
        (
            "The twelve matrices",
            (
                metric("matrices_fp32_bytes", found.matrices_fp32_bytes, f"{found.matrices_fp32_bytes:,}"),
                metric("matrices_bytes", found.matrices_bytes, f"{found.matrices_bytes:,}"),
                metric("matrices_ratio", f"{ratio:.4f}", f"{ratio:.3f} ×"),
            ),
        ),
        (
            "The whole model",
            (
                metric("model_fp32_bytes", found.model_fp32_bytes, f"{found.model_fp32_bytes:,}"),
                metric("model_bytes", found.model_bytes, f"{found.model_bytes:,}"),
                metric("model_ratio", f"{whole:.4f}", f"{whole:.3f} ×"),
            ),
        ),
    )
    return join(
        element("h4", "Bytes"),
        table_of(("Part", "32-bit bytes", "4-bit bytes", "share"), rows, "Bytes"),
        element(
            "p",
            "A quantized weight takes ",
            metric("bits_per_weight", f"{found.bits_per_weight:.3f}", f"{found.bits_per_weight:.3f} bits"),
            ", its share of the scales included (the lesson’s 4.127 is the limit for large matrices). "
            "The embeddings, norms and biases stay in 32 bits, and in so small a "
            "model they are a large part; the table above this lab shows how small a part they are in a large one.",
            class_="ft-help",
        ),
    )
