"""How the learning rate changes over a run."""

from __future__ import annotations

from math import cos, pi


def warmup_then_cosine(step: int, steps: int, peak: float, warmup_steps: int, floor: float = 0.1) -> float:
    """Return the learning rate of a step: a straight rise, then half a cosine down to a share of the peak.

    Args:
        step: The step, from 1.
        steps: How many there are.
        peak: The highest rate.
        warmup_steps: How long the rise takes.
        floor: Share of the peak that is left at the end.

    >>> [round(warmup_then_cosine(step, 100, 1.0, 10), 3) for step in (1, 10, 55, 100)]
    [0.1, 1.0, 0.55, 0.1]

    Source: Loshchilov and Hutter, arXiv 1608.03983, equation 5.
    """
    if step <= warmup_steps:
        return peak * step / warmup_steps
    done = (step - warmup_steps) / max(steps - warmup_steps, 1)
    return peak * (floor + (1 - floor) * (1 + cos(pi * done)) / 2)


def linear_decay(step: int, steps: int, peak: float) -> float:
    """Return the learning rate of a step: straight down from the peak to almost nothing.

    Args:
        step: The step, from 1.
        steps: How many there are.
        peak: The rate of the first step.

    Returns:
        The rate, from `peak` at the first step to ``peak / steps`` at the last.

    >>> [linear_decay(step, 4, 1.0) for step in (1, 2, 3, 4)]
    [1.0, 0.75, 0.5, 0.25]
    """
    return peak * (steps - step + 1) / steps
