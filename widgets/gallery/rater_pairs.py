"""The pairs of answers that the human rater shows: their checks and their content.

A pair is ``{"id": "p01", "prompt": …, "a": …, "b": …}``. Readers' votes are kept under the ids and shown in the
file's order, so new pairs go to the end of the file and ids are never used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Finding = tuple[tuple[str | int, ...], str]


def findings(data: Mapping[str, Any], file_name: str) -> Iterator[Finding]:
    """Find what a schema cannot check: repeated ids and prompts, and two answers that are the same.

    Args:
        data: The file's data, valid by the schema.
        file_name: Name of the file without its ending.
    """
    seen: dict[str, set[str]] = {"id": set(), "prompt": set()}
    for position, pair in enumerate(data["pairs"]):
        for key, values in seen.items():
            if pair[key].strip() in values:
                yield ("pairs", position, key), f'{key} "{pair[key].strip()}" stands here a second time'
            values.add(pair[key].strip())
        if pair["a"].split() == pair["b"].split():
            yield ("pairs", position, "b"), "both answers are the same; they must differ visibly"


def content_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the file's data into the widget's content; blanks around texts are dropped."""
    return {"pairs": [{key: text.strip() for key, text in pair.items()} for pair in data["pairs"]]}
