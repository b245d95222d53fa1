"""Median, range and ratio; tasks run in turn; a peer that fails does not stop the others."""

from __future__ import annotations

import pytest

from benchmarks.measuring import Figures, Measured, in_turn, ratio


def test_a_figure_is_given_by_its_median_and_range() -> None:
    measured = Measured((5.0, 1.0, 2.0))
    assert (measured.median, measured.low, measured.high) == (2.0, 1.0, 5.0)


def test_a_figure_needs_a_measurement() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Measured(())


def test_ratios_pair_the_runs_so_that_a_slow_moment_of_the_machine_cancels_out() -> None:
    assert ratio(Measured((1.0, 10.0, 1.0)), Measured((2.0, 20.0, 2.0))).values == (0.5, 0.5, 0.5)


def test_tasks_run_alternately_and_in_both_orders() -> None:
    order: list[str] = []

    def task(name: str) -> Figures:
        order.append(name)
        return {"turn": float(len(order))}

    taken = in_turn({"a": lambda: task("a"), "b": lambda: task("b")}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    first = taken.get("a", "turn")
    assert first is not None
    assert first.values == (1.0, 4.0, 5.0)


def test_a_task_that_fails_is_reported_with_its_reason_and_the_others_go_on() -> None:
    def fail() -> Figures:
        raise RuntimeError("no such package\nand a long story")

    taken = in_turn({"peer": fail, "course": lambda: {"ms": 1.0}}, 2)
    assert taken.failures == {"peer": "RuntimeError: no such package"}
    assert taken.get("peer", "ms") is None
    assert taken.get("course", "ms") == Measured((1.0, 1.0))


def test_a_task_that_fails_in_a_later_turn_gives_no_figures_at_all() -> None:
    answers = iter([{"ms": 1.0}])
    taken = in_turn({"peer": lambda: next(answers)}, 2)
    assert taken.figures == {}
    assert taken.failures["peer"].startswith("StopIteration")
