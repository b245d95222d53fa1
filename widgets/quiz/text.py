"""Texts of a quiz: plain text with ``code`` in backticks, and numbers as a reader expects them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from widgets.core.html import Html, element, join


@lru_cache(maxsize=1024)
def rich_text(text: str) -> Html:
    """Turn plain text with code in backticks into markup; everything else is escaped.

    >>> rich_text("`r` < 8")
    '<code>r</code> &lt; 8'
    """
    pieces = text.split("`")
    return join(element("code", piece) if position % 2 else piece for position, piece in enumerate(pieces))


def has_paired_backticks(text: str) -> bool:
    """Tell whether every backtick that opens code has one that closes it."""
    return text.count("`") % 2 == 0


def number_text(number: float) -> str:
    """Write a number for a reader: thousands separated by commas, no exponent, no needless zeros.

    >>> number_text(4194304), number_text(0.0622), number_text(-1.50)
    ('4,194,304', '0.0622', '−1.5')
    """
    exact = Decimal(repr(number))
    written = f"{exact:,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.replace("-", "−")
