"""What is known about a run of PPO or DPO while it goes on. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import perf_counter

from widgets.core.widget import View
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.pace import BETWEEN_REPORTS
from widgets.gallery.labs.preferences import VOTE_SETTINGS, own_preferences, vote_set
from widgets.gallery.labs.preferences_runs import PreferenceRun, thinned_places
from widgets.recipes.evaluation import answer_questions
from widgets.recipes.results import Diverged
from widgets.world import PreferencePair


class Due:
    """Says now and then that it is time for a report."""

    def __init__(self) -> None:
        self._reported = perf_counter()

    def is_due(self) -> bool:
        """Say whether the last report is long enough ago, and if so begin to wait for the next one."""
        if perf_counter() - self._reported < BETWEEN_REPORTS:
            return False
        self._reported = perf_counter()
        return True


class Log:
    """What is known about a run so far.

    Attributes:
        settings: The text of each setting.
        figures: By the metric's name; more of them come when the run ends.
        curves: By name, one number for each step.
        steps: The numbers of the steps.
        before: The starting model's answers to the samples.
        after: The answers to them when the model in training was last asked.
    """

    def __init__(self, view: View, chosen: Mapping[str, str], start: GPT, votes: list[PreferencePair]) -> None:
        """Begin to keep a run.

        Args:
            view: What it begins with.
            chosen: The text of each setting beside those of the votes.
            start: The starting model.
            votes: All votes, the reader's first.
        """
        own_digest = trained_models.digest(start) if view.values["start"] == "own" else ""
        self.settings = {
            **{name: view.state[name] for name in VOTE_SETTINGS},
            **chosen,
            "vote_set": vote_set(view.state, own_digest),
        }
        own = own_count(view)
        self.figures: dict[str, float] = {
            "votes": len(votes),
            "own_votes": own,
            "simulated_votes": len(votes) - own,
        }
        self.curves: dict[str, list[float]] = {}
        self.steps: list[int] = []
        self.before = answer_questions(start, samples())
        self.after = self.before

    def add(self, step: int, **values: float) -> None:
        """Keep one number of each curve for a step."""
        self.steps.append(step)
        for name, value in values.items():
            self.curves.setdefault(name, []).append(value)

    def note(self, finding: Diverged) -> None:
        """Keep where and how the run blew up."""
        self.figures |= {"diverged_step": finding.step, "kept_step": finding.kept_step}
        if finding.cause == "far from the reference":
            self.figures["diverged_kl_nats"] = finding.kl_nats
        if finding.cause == "reward lost":
            self.figures["diverged_reward"] = finding.reward_mean

    def run(self) -> PreferenceRun:
        """Give the run as it is now."""
        places = thinned_places(len(self.steps))
        curves = {name: [values[place] for place in places] for name, values in self.curves.items()}
        steps = [self.steps[place] for place in places]
        return PreferenceRun(self.settings, self.figures, curves, steps, self.before, self.after)


def own_count(view: View) -> int:
    """Count the reader's own votes, without ties."""
    return len(own_preferences(view.values["votes"], view.values["drawn"]))


def share(flags: Iterable[bool]) -> float:
    """Give the share of those that are true, 0 to 1, among one flag or more."""
    values = list(flags)
    return values.count(True) / len(values)
