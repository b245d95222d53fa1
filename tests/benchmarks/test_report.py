"""Tables of the benchmark: numbers, goals, verdicts, and what is said when a side is missing."""

from __future__ import annotations

import pytest

from benchmarks.measuring import Measured
from benchmarks.report import Comparison, Goal, Section, markdown_table, results

COURSE, PEER = Measured((2.0, 4.0, 3.0)), Measured((4.0, 8.0, 5.0))


def test_a_line_shows_both_sides_their_ratio_and_whether_the_goal_is_reached() -> None:
    row = Comparison("step", COURSE, "ms", "peer", PEER, Goal("≤", 0.5))
    assert row.cells() == ("step", "3 ms (2–4)", "peer", "5 ms (4–8)", "0.5 × (0.5–0.6)", "≤ 0.5", "reached")


@pytest.mark.parametrize(("bound", "verdict"), [(3.0, "reached"), (2.9, "missed")])
def test_a_goal_with_a_unit_is_about_the_courses_own_median(bound: float, verdict: str) -> None:
    assert Comparison("click", COURSE, "ms", "peer", PEER, Goal("≤", bound, "ms")).verdict() == verdict


def test_a_goal_that_asks_for_more_is_missed_by_less() -> None:
    assert Comparison("product", COURSE, "GFLOP/s", "peer", PEER, Goal("≥", 1.0)).verdict() == "missed"


def test_a_missing_peer_is_said_to_be_missing_and_never_counts_as_reached() -> None:
    row = Comparison("step", COURSE, "ms", "peer", None, Goal("≤", 0.5), "it is not installed")
    assert row.cells()[3:5] == ("–", "–")
    assert row.verdict() == "not measured: it is not installed"


def test_a_peer_that_measures_zero_gives_no_ratio() -> None:
    assert Comparison("shift", COURSE, "", "peer", Measured((0.0,))).quotient() is None


def test_a_cell_cannot_break_the_table() -> None:
    assert markdown_table(("a",), [("x|y\nz",)]).splitlines()[-1] == "| x\\|y z |"


def test_the_results_count_the_goals_and_name_those_that_are_missed() -> None:
    rows = [
        Comparison("one", COURSE, "ms", goal=Goal("≤", 5, "ms")),
        Comparison("two", COURSE, "ms", goal=Goal("≤", 1, "ms")),
        Comparison("three", None, "ms", goal=Goal("≤", 1, "ms")),
    ]
    written = results(["- **When**: today"], [Section("Clicks", "How fast.", rows, ["A note."])])
    assert "1 of 3 goals reached. Missed: Clicks: two." in written
    assert written.index("- **When**") < written.index("## Clicks") < written.index("- A note.")
