"""Notice a run that blows up, and keep the last good state to go back to."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import fsum, isfinite, log

from widgets.engine.parameters import ParameterSet
from widgets.recipes.results import Diverged, DivergenceCause

EXPLODED_FACTOR = 2.0
"""A single loss this many times the first one, or that of blind guessing if that is more, counts as blown up."""

WORSE_FACTOR = 1.1
"""So does a mean loss over `WINDOW` steps of this many times the first one, once `PATIENCE_STEPS` steps were made."""

WINDOW = 10
PATIENCE_STEPS = 30


class Guard:
    """Watches one run.

    A step's loss is measured before its update. So the parameters that a good loss speaks for are those from before
    the step: `before_step` copies them, and `check` keeps the copy if the loss was no worse than the first one.
    """

    def __init__(self, trained: Sequence[ParameterSet], chance_loss: float, *, may_rise: bool = False) -> None:
        """Watch some parameters.

        Args:
            trained: What the run changes.
            chance_loss: The loss of blind guessing, in nats: ln V for tokens, ln 2 for pairs.
            may_rise: The loss is no measure of quality (PPO's is not): a higher one than the first is as good a state,
                and only a loss above the limit is a finding.
        """
        self._trained = list(trained)
        self._pending = [_empty_like(parameters) for parameters in self._trained]
        self._kept = [_copy_of(parameters) for parameters in self._trained]
        self._chance_loss = chance_loss
        self._may_rise = may_rise
        self._first_loss: float | None = None
        self._last_loss = 0.0
        self._kept_step = 0
        self._recent: deque[float] = deque(maxlen=WINDOW)

    @property
    def limit(self) -> float:
        """The loss of a single step above which the run counts as blown up, in nats."""
        return EXPLODED_FACTOR * max(self._first_loss or 0.0, self._chance_loss)

    def before_step(self) -> None:
        """Copy the parameters; call this before each update."""
        for copy, parameters in zip(self._pending, self._trained, strict=True):
            copy.copy_from(parameters)

    def check(self, step: int, loss: float, learning_rate: float) -> Diverged | None:
        """Judge a step.

        Args:
            step: Its number, from 1.
            loss: Measured before its update.
            learning_rate: For the report.

        Returns:
            None if all is well. Otherwise the finding; the parameters are then back at the last good state.
        """
        cause = self._cause(step, loss)
        self._last_loss = loss
        if cause is None:
            if self._may_rise or loss <= (self._first_loss or 0.0):
                self._pending, self._kept = self._kept, self._pending
                self._kept_step = step - 1
            return None
        return self.go_back(step, cause, learning_rate)

    def go_back(
        self, step: int, cause: DivergenceCause, learning_rate: float, *, kl_nats: float = 0.0, reward_mean: float = 0.0
    ) -> Diverged:
        """Take the parameters back to the last good state, before the last step that was checked.

        Args:
            step: How many steps were made.
            cause: What was seen.
            learning_rate: For the report.
            kl_nats: For the report, in nats an answer.
            reward_mean: For the report, in standard deviations.

        Returns:
            The finding.
        """
        for parameters, copy in zip(self._trained, self._kept, strict=True):
            parameters.copy_from(copy)
        return Diverged(step, self._last_loss, cause, self._kept_step, learning_rate, kl_nats, reward_mean)

    def _cause(self, step: int, loss: float) -> DivergenceCause | None:
        if not isfinite(loss):
            return "not a number"
        if self._first_loss is None:
            self._first_loss = loss
        if loss > self.limit:
            return "exploded"
        self._recent.append(loss)
        is_worse = fsum(self._recent) / len(self._recent) > WORSE_FACTOR * self._first_loss
        return "worse than at the start" if is_worse and step >= PATIENCE_STEPS and not self._may_rise else None


def chance_loss(vocab_size: int) -> float:
    """Return the loss of guessing every token alike, ln V, in nats.

    >>> round(chance_loss(512), 3)
    6.238
    """
    return log(vocab_size)


def _empty_like(parameters: ParameterSet) -> ParameterSet:
    return ParameterSet({name: parameter.shape for name, parameter in parameters.items()})


def _copy_of(parameters: ParameterSet) -> ParameterSet:
    copy = _empty_like(parameters)
    copy.copy_from(parameters)
    return copy
