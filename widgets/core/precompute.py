"""The answers that travel with the page, so that the first one never waits for Python.

For each part of a widget a table maps a **key** (the fields it depends on, as far as they differ from their
defaults) to its HTML. Neighbouring answers differ in a few numbers, so an entry is stored as a patch on another
one: a list of ``[start, how many tokens go, token, token, …]`` over the tokens of the other entry, a token being
a tag or the text between two tags. The page's script splits with the same expression and applies the patch.

>>> tokens("<p>8 of <b>16</b></p>")
['<p>', '8 of ', '<b>', '16', '</b>', '</p>']
>>> patch(tokens("<p>8</p>"), tokens("<p>16</p>"))
[[1, 1, '16']]
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from widgets.core.fields import Field, State
from widgets.core.html import Html
from widgets.core.widget import Content, Part, Widget, default_state, neighbours, read_state

TOKEN = re.compile(r"<[^>]*>|[^<]+")
UNESCAPED_IN_KEYS = "!~*'()"  # what JavaScript's encodeURIComponent leaves alone beside Python's own set

Patch = list[list[Any]]


def tokens(html: str) -> list[str]:
    """Split markup into tags and texts; joined together they give the markup again."""
    return TOKEN.findall(html)


def patch(old: Sequence[str], new: Sequence[str]) -> Patch:
    """Write what turns one list of tokens into another: ``[start, removed, token, …]`` in ascending order."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    old_part, new_part = old[first : len(old) - last], new[first : len(new) - last]
    if len(old_part) == len(new_part):
        return _aligned(old_part, new_part, first)
    edits: Patch = []
    position = new_position = 0
    for start, new_start, length in [*_common_runs(old_part, new_part), (len(old_part), len(new_part), 0)]:
        if start > position or new_start > new_position:
            edits.append([first + position, start - position, *new_part[new_position:new_start]])
        position, new_position = start + length, new_start + length
    return edits


def _common_runs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Find what two lists have in common: ``(start in old, start in new, length)`` in ascending order.

    Patience diff: tokens that stand once in each list are anchors, as many as keep their order, and each run is
    stretched as far as it goes. Not always the shortest patch, but found in one pass over a thousand tokens.
    """
    places, new_places = _places_of_unique(old), _places_of_unique(new)
    anchors = [(places[token], place) for token, place in new_places.items() if token in places]
    runs: list[tuple[int, int, int]] = []
    position = new_position = 0
    for place, new_place in _longest_rise(anchors):
        if place < position:
            continue
        start, new_start, stop, new_stop = place, new_place, place + 1, new_place + 1
        while start > position and new_start > new_position and old[start - 1] == new[new_start - 1]:
            start, new_start = start - 1, new_start - 1
        while stop < len(old) and new_stop < len(new) and old[stop] == new[new_stop]:
            stop, new_stop = stop + 1, new_stop + 1
        runs.append((start, new_start, stop - start))
        position, new_position = stop, new_stop
    return runs


def _places_of_unique(listed: Sequence[str]) -> dict[str, int]:
    """Give the place of each token that stands once in a list, in the list's order."""
    last = dict(zip(listed, range(len(listed)), strict=True))
    first = dict(zip(reversed(listed), range(len(listed) - 1, -1, -1), strict=True))
    return {token: place for token, place in last.items() if first[token] == place}


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the longest choice of pairs, ordered by their second members, whose first members rise too."""
    if all(one < other for (one, _), (other, _) in pairwise(pairs)):
        return list(pairs)
    ends: list[int] = []  # for each length the smallest first member that such a choice can end with
    last: list[int] = []  # and the pair that has it
    before: list[int] = []
    for index, (place, _) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [index]
    chosen: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]


def _aligned(old: Sequence[str], new: Sequence[str], offset: int) -> Patch:
    """Compare two lists of the same length position by position, joining neighbours into one edit."""
    edits: Patch = []
    for position, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if edits and edits[-1][0] + edits[-1][1] == offset + position:
            edits[-1][1] += 1
            edits[-1].append(after)
        else:
            edits.append([offset + position, 1, after])
    return edits


def apply_patch(old: Sequence[str], edits: Patch) -> list[str]:
    """Apply a patch; the page's script does the same (``browser/page/cold.js``)."""
    result: list[str] = []
    position = 0
    for start, removed, *added in edits:
        result += [*old[position:start], *added]
        position = start + removed
    return [*result, *old[position:]]


def dependency_text(name: str, state: State) -> str:
    """Give the text of a dependency: the field's own, or for ``count:FIELD`` the number of its items."""
    if name.startswith("count:"):
        text = state[name.removeprefix("count:")]
        return str(len(text.split(","))) if text else "0"
    return state[name]


def cold_key(depends_on: Iterable[str], texts: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """Write the key of an answer: the dependencies that differ from their defaults, in the part's order.

    >>> cold_key(("model", "rank"), {"model": "m", "rank": "16"}, {"model": "m", "rank": "8"})
    'rank=16'
    """
    return "&".join(
        f"{name}={quote(texts[name], safe=UNESCAPED_IN_KEYS)}" for name in depends_on if texts[name] != defaults[name]
    )


def dependency_defaults(part: Part, fields: Sequence[Field[object]]) -> dict[str, str]:
    """Give the text of each of the part's dependencies in the default state; totals start at 0."""
    start = default_state(fields)
    return {name: "0" if name.startswith("sum:") else dependency_text(name, start) for name in part.depends_on}


def cold_answers(widget: Widget, widget_id: str, content: Content) -> dict[str, dict[str, Html]]:
    """Work out every answer that is shipped with the page: part → key → HTML, the default (key "") first."""
    fields = widget.fields_of(content)
    start = default_state(fields)
    states = widget.cold_states(content) if widget.cold_states else neighbours(fields)
    views = [
        (
            state,
            {name for name, text in state.items() if text != start[name]},
            read_state(fields, widget_id, content, state),
        )
        for state in states
    ]
    answers: dict[str, dict[str, Html]] = {}
    for part in widget.parts(content):
        defaults = dependency_defaults(part, fields)
        table = {"": part.render(read_state(fields, widget_id, content, start))}
        if part.cold is not None:
            for texts, html in part.cold(content):
                table.setdefault(cold_key(part.depends_on, {**defaults, **texts}, defaults), html)
        else:
            needed = {name.removeprefix("count:") for name in part.depends_on}
            for state, changed, view in views:
                if needed.isdisjoint(changed):
                    continue
                texts = {name: dependency_text(name, state) for name in part.depends_on}
                key = cold_key(part.depends_on, texts, defaults)
                if key not in table:
                    table[key] = part.render(view)
        answers[part.name] = table
    return answers


def packed(table: Mapping[str, str]) -> list[list[Any]]:
    """Pack one part's answers: ``[key, -1, html]`` for the default, ``[key, position of the base, patch]`` else.

    The base is the entry with the last change fewer, or the default where there is none.
    """
    positions = {key: position for position, key in enumerate(table)}
    split = {key: tokens(html) for key, html in table.items()}
    entries: list[list[Any]] = []
    for key, html in table.items():
        base = key.rpartition("&")[0]
        base = base if base in positions else ""
        entries.append([key, positions[base], patch(split[base], split[key])] if key else [key, -1, html])
    return entries
