"""Write what was measured as tables in Markdown: median and range of both sides, their ratio, and the goal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.measuring import Measured, ratio

HEAD = ("what", "course", "beside it", "", "ratio", "goal", "")
MISSING = "–"


@dataclass(frozen=True)
class Goal:
    """A bound on a ratio or, where nothing stands beside the course, on the figure itself.

    Attributes:
        sign: ``≤`` or ``≥``.
        bound: The bound.
        unit: Unit of the bound; "" for a ratio.
    """

    sign: str
    bound: float
    unit: str = ""

    def is_reached(self, value: float) -> bool:
        """Tell whether a value keeps the bound.

        >>> Goal("≤", 1.3).is_reached(1.3), Goal("≥", 2).is_reached(1.9)
        (True, False)
        """
        return value <= self.bound if self.sign == "≤" else value >= self.bound


@dataclass(frozen=True)
class Comparison:
    """One line of a table.

    Attributes:
        what: What was measured.
        ours: The course's measurements; None if they failed.
        unit: Unit of both sides.
        peer: Name of what stands beside it; "" where nothing does.
        theirs: Its measurements; None if it could not be measured.
        goal: The bound, if there is one.
        note: Why a side is missing.
    """

    what: str
    ours: Measured | None
    unit: str
    peer: str = ""
    theirs: Measured | None = None
    goal: Goal | None = None
    note: str = ""

    def quotient(self) -> Measured | None:
        """Give ours divided by theirs, if both are there."""
        if self.ours is None or self.theirs is None or 0 in self.theirs.values:
            return None
        return ratio(self.ours, self.theirs)

    def verdict(self) -> str:
        """Say whether the median keeps the goal: ``reached``, ``missed``, or why that is not known."""
        if self.goal is None:
            return self.note
        measured = self.ours if self.goal.unit or not self.peer else self.quotient()
        if measured is None:
            return f"not measured: {self.note}" if self.note else "not measured"
        return "reached" if self.goal.is_reached(measured.median) else "missed"

    def cells(self) -> tuple[str, ...]:
        """Give the cells of its line, in the order of :data:`HEAD`."""
        quotient = self.quotient()
        goal = f"{self.goal.sign} {number(self.goal.bound)} {self.goal.unit}".strip() if self.goal else ""
        theirs = spread(self.theirs, self.unit) if self.peer else ""
        times = spread(quotient, "×") if quotient else (MISSING if self.peer else "")
        return self.what, spread(self.ours, self.unit), self.peer, theirs, times, goal, self.verdict()


@dataclass
class Section:
    """A table with its heading.

    Attributes:
        title: The heading.
        lead: What was done, in a sentence or two.
        rows: The lines.
        notes: Sentences below the table.
    """

    title: str
    lead: str
    rows: list[Comparison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """Write heading, lead, table and notes."""
        table = markdown_table(HEAD, [row.cells() for row in self.rows]) if self.rows else ""
        notes = "\n".join(f"- {note}" for note in self.notes)
        return "\n\n".join(filter(None, (f"## {self.title}", self.lead, table, notes))) + "\n"


def number(value: float) -> str:
    """Write a number with three figures, or all of them before the point.

    >>> [number(value) for value in (0.01234, 1.5, 40.52, 1234.5, 0, 100)]
    ['0.0123', '1.5', '40.5', '1,234', '0', '100']
    """
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}" if abs(value) >= 0.0001 else f"{value:.1e}"
    return text


def spread(measured: Measured | None, unit: str) -> str:
    """Write median and range.

    >>> spread(Measured((1.0, 3.0, 2.0)), "ms")
    '2 ms (1–3)'
    >>> spread(Measured((2.0,)), "s")
    '2 s'
    """
    if measured is None:
        return MISSING
    median = f"{number(measured.median)} {unit}".strip()
    if len(measured.values) == 1 or number(measured.low) == number(measured.high):
        return median
    return f"{median} ({number(measured.low)}–{number(measured.high)})"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; what would break a cell is escaped.

    >>> print(markdown_table(("a", "b"), [("1 | 2", "3")]))
    | a | b |
    | --- | --- |
    | 1 \\| 2 | 3 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def results(heading: Sequence[str], sections: Sequence[Section]) -> str:
    """Write the whole of the results.

    Args:
        heading: Lines under the title: date, machine, versions, how it was done.
        sections: The tables.
    """
    verdicts = [row.verdict() for section in sections for row in section.rows if row.goal]
    missed = [f"{section.title}: {row.what}" for section in sections for row in section.rows if is_missed(row)]
    goals = f"{verdicts.count('reached')} of {len(verdicts)} goals reached."
    listing = " Missed: " + "; ".join(missed) + "." if missed else ""
    bodies = [section.markdown() for section in sections]
    return "\n".join(["# Results", "", *heading, "", goals + listing, "", *bodies]).rstrip() + "\n"


def is_missed(row: Comparison) -> bool:
    """Tell whether a line has a goal that was measured and not reached."""
    return row.goal is not None and row.verdict() == "missed"
