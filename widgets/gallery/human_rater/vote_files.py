"""Votes as preference data: JSON Lines with ``prompt``, ``chosen`` and ``rejected``, as TRL's trainers read them.

Source: TRL's documentation, "Dataset formats and types", preference data with an explicit prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from widgets.core.errors import not_allowed
from widgets.gallery.human_rater.votes import Pair, Vote, rated_pairs

KEYS = ("prompt", "chosen", "rejected")
STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
MOST_BRACKETS = 50
"""A row is flat. Text nested much deeper would exhaust the browser's stack, which ends Python there."""
SIDES = {"a": ("a", "b"), "b": ("b", "a")}


def to_jsonl(pairs: Sequence[Pair], votes: Sequence[Vote]) -> str:
    """Write the decided votes, one JSON object a line; ties have no place in this form and are left out."""
    lines = []
    for pair, choice in rated_pairs(pairs, votes):
        if choice in SIDES:
            chosen, rejected = SIDES[choice]
            row = {"prompt": pair["prompt"], "chosen": pair[chosen], "rejected": pair[rejected]}
            lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


@dataclass(frozen=True)
class Reading:
    """What was read from JSON Lines.

    Attributes:
        votes: The votes in the order of the pairs; a pair without a row before the last one is skipped.
        count: How many rows were understood.
        gaps: How many pairs are skipped.
        problems: What is wrong, each beginning with its line.
    """

    votes: tuple[Vote, ...]
    count: int
    gaps: int
    problems: tuple[str, ...]


def from_jsonl(text: str, pairs: Sequence[Pair]) -> Reading:
    """Read votes back. Lines that cannot be used are explained and left out."""
    chosen: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            pair_id, choice = _vote_of_line(line, pairs)
        except ValueError as error:
            problems.append(f"Line {number}: {error}")
            continue
        if pair_id in chosen:
            problems.append(f"Line {number}: the same pair stands in an earlier line; this later one counts")
        chosen[pair_id] = choice
    ids = [pair["id"] for pair in pairs]
    last = max((position for position, pair_id in enumerate(ids) if pair_id in chosen), default=-1)
    votes = tuple((pair_id, chosen.get(pair_id, "skip")) for pair_id in ids[: last + 1])
    return Reading(votes, len(chosen), len(votes) - len(chosen), tuple(problems))


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "text"}
    return names.get(type(value), "nothing")


def _vote_of_line(line: str, pairs: Sequence[Pair]) -> Vote:
    if sum(map(STRING.sub("", line).count, "[{")) > MOST_BRACKETS:
        raise ValueError(f"not a flat object; each line must hold one object with {', '.join(KEYS)}")
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"not valid JSON{where}; each line must hold one object with {', '.join(KEYS)}") from None
    if not isinstance(row, dict):
        raise ValueError(f"must be an object with {', '.join(KEYS)}; found {_kind(row)}")
    for key in KEYS:
        if key not in row:
            near = not_allowed("entry", key, map(str, row)).rpartition("; did you mean ")
            found = f"; found {', '.join(map(str, row)) or 'nothing'}"[:120]
            raise ValueError(f'"{key}" is missing{found}' if not near[1] else f'"{key}" is missing; is it {near[2]}')
        if not isinstance(row[key], str):
            raise ValueError(f'"{key}" must be text; found {_kind(row[key])}')
    prompt, better, worse = (row[key].strip() for key in KEYS)
    found_pairs = [pair for pair in pairs if pair["prompt"] == prompt]
    if not found_pairs:
        raise ValueError(f"no pair here has the prompt “{prompt[:60]}”")
    for pair in found_pairs:
        for choice, (one, other) in SIDES.items():
            if (better, worse) == (pair[one], pair[other]):
                return pair["id"], choice
    raise ValueError(f"the two answers are not those of the pair “{prompt[:60]}”")
