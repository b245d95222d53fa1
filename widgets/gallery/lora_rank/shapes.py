"""The picture of W, B and A of every kind of adapted layer, all drawn to one scale."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.catalog.models import LinearLayer
from widgets.core.html import Html, element, join

WIDTH = 440
"""Width of the picture in its own units; a phone shows them at about 0.75 pixels each."""

TOP = 24
TALLEST = 190
GAPS = 96
HAIRLINE = 0.8
"""Thinnest strip that is still seen, in units. Thinner ones are drawn this thick, and the reader is told."""


@dataclass(frozen=True)
class Shape:
    """Layers of one shape: their module names and their number in the whole model."""

    names: tuple[str, ...]
    in_features: int
    out_features: int
    count: int


def shapes_of(layers: list[LinearLayer]) -> list[Shape]:
    """Group adapted layers by the shape of their matrix, in the order of the model."""
    grouped: dict[tuple[int, int], list[LinearLayer]] = {}
    for layer in layers:
        grouped.setdefault((layer.in_features, layer.out_features), []).append(layer)
    return [
        Shape(tuple(layer.name for layer in alike), size[0], size[1], sum(layer.count for layer in alike))
        for size, alike in grouped.items()
    ]


def scale_of(shapes: list[Shape], rank: int) -> float:
    """Units per matrix entry at which every picture fits into `WIDTH` × `TALLEST`."""
    return min(
        min((WIDTH - GAPS - HAIRLINE) / (2 * shape.in_features + rank), TALLEST / shape.out_features)
        for shape in shapes
    )


def pictures(layers: list[LinearLayer], rank: int) -> Html:
    """Draw every shape, with its numbers in words below it."""
    shapes = shapes_of(layers)
    scale = scale_of(shapes, rank)
    note = "All pictures on one scale: one unit of length is one row or column of a matrix."
    if rank * scale < HAIRLINE:
        note += " The strips B and A are drawn a little thicker than they are, or you would not see them."
    return join(
        (_figure(shape, rank, scale) for shape in shapes),
        element("p", note, class_="ft-description"),
    )


def _figure(shape: Shape, rank: int, scale: float) -> Html:
    frozen = shape.in_features * shape.out_features
    trained = rank * (shape.in_features + shape.out_features)
    names = ", ".join(shape.names)
    rows, columns = f"{shape.out_features:,}", f"{shape.in_features:,}"
    description = f"{names}: W is {rows} × {columns}; beside it B is {rows} × {rank} and A is {rank} × {columns}."
    return element(
        "figure",
        element(
            "svg",
            _matrices(shape, rank, scale),
            viewBox=f"0 0 {WIDTH} {_units(TOP + shape.out_features * scale)}",
            role="img",
            aria_label=description,
            class_="lr-picture",
        ),
        element(
            "figcaption",
            element("strong", names),
            f" ({shape.count} matrices): W has {rows} × {columns} = {frozen:,} frozen entries; "
            f"B ({rows} × {rank}) and A ({rank} × {columns}) have {trained:,} trained ones, "
            f"{100 * trained / frozen:.2f} % of that.",
        ),
        class_="lr-shape",
    )


def _matrices(shape: Shape, rank: int, scale: float) -> Html:
    wide, tall = shape.in_features * scale, shape.out_features * scale
    strip = max(rank * scale, HAIRLINE)
    start_b = wide + GAPS / 2
    start_a = start_b + strip + GAPS / 2
    return join(
        _letter("W", wide / 2),
        _rectangle(0, wide, tall, "lr-frozen"),
        _letter("+", wide + GAPS / 4),
        _letter("B", start_b + strip / 2),
        _rectangle(start_b, strip, tall, "lr-trained"),
        _letter("·", start_b + strip + GAPS / 4),
        _letter("A", start_a + wide / 2),
        _rectangle(start_a, wide, strip, "lr-trained"),
    )


def _rectangle(x: float, width: float, height: float, class_: str) -> Html:
    return element("rect", x=_units(x), y=TOP, width=_units(width), height=_units(height), class_=class_)


def _letter(letter: str, x: float) -> Html:
    return element("text", letter, x=_units(x), y=TOP - 7, font_size=17, class_="d-ink d-mid d-bold")


def _units(length: float) -> str:
    """Write a length with two decimals: the same bytes everywhere."""
    return f"{length:.2f}"
