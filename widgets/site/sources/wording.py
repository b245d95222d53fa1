"""How the pages write versions and dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

SHOWN_FIRST = ("trl", "peft", "transformers", "torch")


def version_list(versions: Mapping[str, str], python: str) -> str:
    """Write versions as the stamp shows them; a local part such as ``+cpu`` is left out.

    >>> version_list({"torch": "2.13.0+cpu", "peft": "0.21.2"}, "3.11.7")
    'peft 0.21.2, torch 2.13.0'
    >>> version_list({}, "3.11.7")
    'Python 3.11.7'
    """
    order = [name for name in SHOWN_FIRST if name in versions]
    order += sorted(set(versions) - set(order))
    return ", ".join(f"{name} {versions[name].partition('+')[0]}" for name in order) or f"Python {python}"


def long_date(iso: str) -> str:
    """Write a date in words.

    >>> long_date("2026-11-03")
    '3 November 2026'
    """
    months = "January February March April May June July August September October November December".split()
    day = date.fromisoformat(iso)
    return f"{day.day} {months[day.month - 1]} {day.year}"
