"""Which run a lab speaks of: the one selector that its tables, verdicts, answers and charts share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from widgets.gallery.labs.runs import Run

Named = tuple[str, Run]


@dataclass(frozen=True)
class Selection:
    """The runs that a lab shows.

    Attributes:
        own: The reader's, the oldest first.
        recorded: Those recorded natively.
        defaults: The lab's settings with the texts that they begin with.
    """

    own: tuple[Run, ...]
    recorded: tuple[Run, ...]
    defaults: Mapping[str, str]

    @property
    def run(self) -> Run:
        """The run: the reader's last one, or until there is one the recorded run with the lab's defaults."""
        usual = [run for run in self.recorded if self._is_usual(run)]
        return (self.own or usual or self.recorded)[-1]

    def _is_usual(self, run: Run) -> bool:
        return all(self.defaults.get(name, text) == text for name, text in run.settings.items())

    @property
    def runs(self) -> tuple[Run, ...]:
        """The reader's runs, or until there are any the recorded ones."""
        return self.own or self.recorded

    def named(self, name: Callable[[Run], str]) -> tuple[list[Named], list[Named]]:
        """Name all runs by what differs between them.

        Args:
            name: Run → what its lab calls it. Runs of the same name get those settings added that tell them apart.

        Returns:
            The reader's runs, numbered, and the recorded ones.
        """
        every = (*self.own, *self.recorded)

        def told_apart(run: Run) -> str:
            twins = [other for other in every if name(other) == name(run)]
            differing = [
                setting
                for setting in self.defaults
                if len({other.settings.get(setting) for other in twins}) > 1 and setting in run.settings
            ]
            return ", ".join([name(run), *(f"{setting} {run.settings[setting]}" for setting in differing)])

        own = [(f"{place}: {told_apart(run)}", run) for place, run in enumerate(self.own, 1)]
        return own, [(f"recorded: {told_apart(run)}", run) for run in self.recorded]


def last(runs: Sequence[Run], where: Callable[[Run], bool]) -> Run | None:
    """Give the last run of a kind."""
    return next((run for run in reversed(runs) if where(run)), None)


def beside(run: Run, runs: Sequence[Run], same: Iterable[str], where: Callable[[Run], bool]) -> Run | None:
    """Give the last run of a kind that can be compared with another one.

    Args:
        run: The other one.
        runs: To choose from.
        same: The settings in which both must agree.
        where: Says whether a run is of the kind.
    """
    names = tuple(same)
    return last(runs, lambda each: where(each) and all(each.settings[name] == run.settings[name] for name in names))
