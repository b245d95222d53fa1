"""HTML of fences and formulas that other processes make while the pages are read (:mod:`widgets.site.markdown.hooks`).

Nothing depends on it: what was not ordered, or has not been begun when it is needed, is rendered on the spot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future

from widgets.core.html import Html

FORMULA = "formula"
"""The language of a formula inside a line; the others are the languages of fences."""

Piece = tuple[str, str]
"""Something to render: its language and its text."""

_ordered: dict[Piece, Future[dict[Piece, Html]]] = {}


def order(pieces: Iterable[Piece], coming: Future[dict[Piece, Html]]) -> None:
    """Note that some pieces are on their way."""
    _ordered.update(dict.fromkeys(pieces, coming))


def is_ordered(piece: Piece) -> bool:
    """Say whether a piece is on its way and has not been taken yet."""
    return piece in _ordered


def take(language: str, text: str, render: Callable[[], Html]) -> Html:
    """Give the HTML of a piece, from another process if one has made it or is making it."""
    coming = _ordered.pop((language, text), None)
    if coming is None or coming.cancel() or coming.exception():
        return render()
    # What failed there is not among the results; it fails here too, with its own error.
    return coming.result().get((language, text)) or render()


def forget() -> None:
    """Forget what is on its way."""
    _ordered.clear()
