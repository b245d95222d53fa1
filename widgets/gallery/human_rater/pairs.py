"""The pairs of answers that the human rater shows: their checks and their content.

A pair is ``{"id": "p01", "prompt": …, "a": …, "b": …}``. Readers' votes are kept under the ids and shown in the
file's order, so new pairs go to the end of the file and ids are never used again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from widgets.gallery.human_rater.features import LIST_MARK

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


def content_of(data: Mapping[str, Any]) -> dict[str, object]:
    """Turn the file's data into the widget's content; lines that were broken in the file are joined."""
    return {"pairs": [{key: unwrapped(text) for key, text in pair.items()} for pair in data["pairs"]]}


def unwrapped(text: str) -> str:
    """Join the lines of each paragraph; the items of lists stay on lines of their own.

    >>> unwrapped("One line\\nand more.\\n\\n- an item\\n  goes on\\n- next\\n")
    'One line and more.\\n\\n- an item goes on\\n- next'
    """
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [""]
        for line in map(str.strip, block.splitlines()):
            if LIST_MARK.match(line):
                lines.append(line)
            else:
                lines[-1] = f"{lines[-1]} {line}".strip()
        blocks.append("\n".join(filter(None, lines)))
    return "\n\n".join(blocks)
