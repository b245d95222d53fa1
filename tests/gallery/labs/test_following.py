"""A followed recipe is kept step by step, reported now and then, and its end is told."""

from __future__ import annotations

from collections.abc import Iterator

from widgets.core.widget import RunStep
from widgets.gallery.labs.following import Log, evenly, follow
from widgets.recipes.results import Diverged, TrainingStep

FINDING = Diverged(step=4, loss=9.0, cause="exploded", kept_step=3, learning_rate=0.5)


def recipe(steps: int, *, diverges: bool = False) -> Iterator[TrainingStep | Diverged]:
    """Give results as a recipe does."""
    for step in range(1, steps + 1):
        yield TrainingStep(step, steps, 1 / step, 0.1, 1.0, 8)
    if diverges:
        yield FINDING


def followed(log: Log, results: Iterator[TrainingStep | Diverged], pause_seconds: float) -> list[int]:
    """Follow a recipe; give the steps that were reported."""
    steps = follow(
        results,
        log,
        lambda result: {"loss": result.loss},
        lambda result: RunStep({}, result.step, 3, ""),
        pause_seconds=pause_seconds,
    )
    return [step.done for step in steps]


def test_every_step_is_kept_and_reported_as_often_as_is_asked() -> None:
    log = Log({"seed": "0"})
    assert followed(log, recipe(3), 0) == [1, 2, 3]
    assert log.run().points("loss") == ((1, 1.0), (2, 0.5), (3, 1 / 3))
    assert log.run().settings == {"seed": "0"}
    assert log.last("loss", 2) == (0.5 + 1 / 3) / 2
    assert log.seconds > 0
    assert followed(Log({}), recipe(3), 1000) == []


def test_a_run_that_blew_up_says_where_and_how() -> None:
    log = Log({})
    followed(log, recipe(3, diverges=True), 1000)
    assert log.finding is FINDING
    assert not log.run().is_whole
    assert log.run().figures == {"diverged_step": 4, "diverged_rate": 0.5, "kept_step": 3}


def test_looks_are_even_and_each_comes_once() -> None:
    looks = evenly(20)
    assert [step for step in range(1, 21) if looks.is_due(step)] == [4, 8, 12, 16, 20]
    late = evenly(20)
    assert (late.is_due(9), late.is_due(9), late.is_due(12)) == (True, False, True)
    assert [step for step in range(1, 4) if evenly(3).is_due(step)] == [1, 2, 3]
