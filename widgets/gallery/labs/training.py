"""Follow a recipe, tell the page of it, judge what came out, and leave it in the lab's state. Needs the engine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from math import fsum
from time import perf_counter
from typing import Protocol, TypeVar

from widgets.core.html import Html, join
from widgets.core.widget import RunStep, View, view_of
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import answers_list, samples
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.results import percent
from widgets.gallery.labs.runs import Run, Runs, added, as_text, kept_places
from widgets.recipes.encoding import HasPromptAndResponse, encode_pairs
from widgets.recipes.evaluation import Answer, Evaluation, answer_questions, evaluate, text_loss
from widgets.recipes.results import Diverged, TrainingStep
from widgets.world import Style, questions

BETWEEN_REPORTS_SECONDS = 0.12
"""Smooth to watch, leaves the page's thread free, and lets a cancel through soon enough."""

SLICE = 96
"""Questions asked in one go: about a tenth of a second in a browser."""

LOOKS = 5
"""How often the samples are asked during a run."""


class HasStep(Protocol):
    """What a recipe reports of a step."""

    @property
    def step(self) -> int:
        """How many steps were made."""


Step = TypeVar("Step", bound=HasStep)


class Log:
    """What is known of a run while it goes on.

    Attributes:
        figures: By the metric's name; more of them come when the run ends.
        steps: The numbers of the steps.
        curves: By name, one number for each step.
        before: The starting model's answers to the samples, if the lab keeps them.
        after: The answers to them when the model in training was last asked.
        seconds: Time spent in the recipe, without drawing, sampling and pauses.
        finding: Set if the run blew up.
    """

    def __init__(self, settings: Mapping[str, str], before: Sequence[str] = ()) -> None:
        """Begin to keep a run.

        Args:
            settings: The text of every setting.
            before: The starting model's answers to the samples.
        """
        self._settings = dict(settings)
        self.figures: dict[str, float] = {}
        self.steps: list[int] = []
        self.curves: dict[str, list[float]] = {}
        self.before = self.after = tuple(before)
        self.seconds = 0.0
        self.finding: Diverged | None = None

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Keep one number of each curve for a step."""
        self.steps.append(step)
        for name, value in values.items():
            self.curves.setdefault(name, []).append(value)

    def note(self, finding: Diverged) -> None:
        """Keep where and how the run blew up."""
        self.finding = finding
        self.figures |= {
            "diverged_step": finding.step,
            "diverged_rate": finding.learning_rate,
            "kept_step": finding.kept_step,
        }
        if finding.cause == "far from the reference":
            self.figures["diverged_kl_nats"] = finding.kl_nats
        if finding.cause == "reward lost":
            self.figures["diverged_reward"] = finding.reward_mean

    def last(self, curve: str, count: int = 1) -> float:
        """Give the mean of the last values of a curve; 0 without steps."""
        values = self.curves.get(curve, [0.0])[-count:]
        return fsum(values) / len(values)

    def run(self) -> Run:
        """Give the run as it is now, its curves thinned."""
        places = kept_places(len(self.steps))
        curves = {name: tuple(values[place] for place in places) for name, values in self.curves.items()}
        steps = tuple(self.steps[place] for place in places)
        return Run(self._settings, dict(self.figures), steps, curves, self.before, self.after)


class Looks:
    """Says when to ask a model in training for its answers."""

    def __init__(self, due: Iterator[int] | Sequence[int]) -> None:
        self._due = list(due)

    def is_due(self, step: int) -> bool:
        """Say whether one of the moments has come since the last call."""
        before = len(self._due)
        self._due = [due for due in self._due if due > step]
        return len(self._due) < before


def evenly(steps: int) -> Looks:
    """Look `LOOKS` times in a run, at even distances."""
    every = max(steps // LOOKS, 1)
    return Looks(range(every, steps + 1, every))


def follow(
    results: Iterator[Step | Diverged],
    log: Log,
    values: Callable[[Step], Mapping[str, float]] | None,
    report: Callable[[Step], RunStep],
    *,
    pause_seconds: float | None = None,
) -> Iterator[RunStep]:
    """Carry a recipe to its end.

    Args:
        results: The recipe's generator.
        log: Gets the time, the finding, and the values of each step.
        values: A step's result → the number of each curve; None keeps no curves.
        report: A step's result → what the page is told; called for each report only.
        pause_seconds: Between two reports; `BETWEEN_REPORTS_SECONDS` if not given.

    Yields:
        The reports.
    """
    pause = BETWEEN_REPORTS_SECONDS if pause_seconds is None else pause_seconds
    reported = perf_counter()
    while True:
        started = perf_counter()
        result = next(results, None)
        log.seconds += perf_counter() - started
        if result is None:
            return
        if isinstance(result, Diverged):
            log.note(result)
            return
        if values:
            log.add(result.step, values(result))
        if perf_counter() - reported >= pause:
            yield report(result)
            reported = perf_counter()


def follow_loss(
    results: Iterator[TrainingStep | Diverged], log: Log, steps: int, show: Callable[[int], Mapping[str, Html]]
) -> Iterator[RunStep]:
    """Carry a recipe that lowers a loss to its end.

    Args:
        results: The recipe's generator.
        log: Gets the curve ``loss`` and the figures of speed.
        steps: How many steps it will make.
        show: Step → new HTML of parts.
    """

    def report(result: TrainingStep) -> RunStep:
        left = log.seconds / result.step * (steps - result.step)
        said = f"step {result.step} of {steps}, {say(result.loss, left)}"
        return RunStep(show(result.step), result.step, steps, said)

    yield from follow(results, log, lambda result: {"loss": result.loss}, report)
    log.figures |= {"train_seconds": log.seconds, "loss": log.last("loss")}


def say(loss: float, seconds_left: float) -> str:
    """Put the state of a run into words.

    >>> say(1.2345, 2.01)
    'loss 1.234, 3 s left'
    """
    return f"loss {loss:.3f}, {-int(-seconds_left // 1)} s left"


def teach(
    results: Iterator[TrainingStep | Diverged],
    log: Log,
    model: GPT,
    rows: Sequence[HasPromptAndResponse],
    lab: Lab,
    *,
    steps: int,
    batch_size: int,
    style: Style | None,
    chart: Callable[[Run], Html],
    after: str = "After",
) -> Generator[RunStep, None, None]:
    """Carry a recipe that teaches answers to its end, showing chart and answers, and judge the model.

    Args:
        results: The recipe's generator.
        log: Gets curve, answers and figures.
        model: Whom it trains.
        rows: On what.
        lab: The lab, with its parts ``chart`` and ``answers``.
        steps: How many steps it will make.
        batch_size: Rows a step.
        style: The style that a right answer needs, None for any.
        chart: The run so far → the chart.
        after: The word before "step 5" above the answers.
    """
    looks = evenly(steps)

    def show(step: int) -> dict[str, Html]:
        shown = {"chart": chart(log.run())}
        if looks.is_due(step):
            now = (f"{after} step {step}", answer_questions(model, samples()))
            shown["answers"] = answers_list(("Base model", recorded(lab.name).base_answers), now)
        return shown

    yield from follow_loss(results, log, steps, show)
    log.figures["tokens_per_second"] = tokens_read(rows, batch_size, len(log.steps)) / log.seconds
    answers = yield from ask_held_out(model, steps, style)
    yield RunStep({}, steps, steps, "reading the pre-training text again")
    log.figures |= {"held_out_accuracy": Evaluation(tuple(answers), style).exact_match, "text_loss": text_loss(model)}


def ask_held_out(model: GPT, steps: int, style: Style | None = None) -> Generator[RunStep, None, list[Answer]]:
    """Ask a model every held-out question, in slices short enough for a cancel to come through.

    Args:
        model: As it is.
        steps: How many steps the run made, for the progress bar, which stays full.
        style: The style that a right answer needs, None for any.
    """
    asked = questions("held_out")
    answers: list[Answer] = []
    for start in range(0, len(asked), SLICE):
        yield RunStep({}, steps, steps, f"asking {len(asked)} held-out questions: {start} done")
        answers += evaluate(model, style=style, asked=asked[start : start + SLICE]).answers
    return answers


def tokens_read(rows: Sequence[HasPromptAndResponse], batch_size: int, steps: int) -> float:
    """Estimate how many tokens a run read, padding not counted: rows of mean length, a batch of them each step."""
    lengths = [len(row) for row in encode_pairs(rows)]
    return fsum(lengths) / len(lengths) * batch_size * steps


def with_run(lab: Lab, view: View, run: Run, field: str = "") -> str:
    """Write the reader's runs with one more.

    Args:
        lab: The lab.
        view: What the run began with.
        run: The new one.
        field: The field that holds them; the lab's own if not given.

    Raises:
        FieldError: The next visit could not read it.
    """
    name = field or lab.own_runs
    shape = next(each for each in lab.fields(view.content) if each.name == name)
    assert isinstance(shape, Runs)
    text = as_text(added(view.values[name], run, shape.most_items))
    shape.parse(text)
    return text


def last_step(
    lab: Lab, view: View, left: Mapping[str, str], steps: int, text: str, more: Mapping[str, Html] | None = None
) -> RunStep:
    """Make the step that ends a run: what it leaves in the state, and every part that shows it.

    Args:
        lab: The lab.
        view: The view that the run began with.
        left: New texts of fields.
        steps: How many steps the run made.
        text: What to say at the end.
        more: Further parts.
    """
    widget = lab.widget()
    after = view_of(widget, view.id, view.content, {**view.state, **left})
    parts = {part.name: part.render(after) for part in widget.parts(view.content) if set(part.depends_on) & set(left)}
    return RunStep({**parts, **(more or {})}, steps, steps, text, left)


def outcome(log: Log) -> str:
    r"""Say in a sentence what a run came to.

    >>> log = Log({})
    >>> log.figures["held_out_accuracy"] = 0.9973
    >>> outcome(log)
    '99.7\xa0% of the held-out questions right.'
    """
    if log.finding:
        return f"The run blew up at step {log.finding.step} and was stopped."
    return f"{percent(log.figures['held_out_accuracy'])} of the held-out questions right."


def forget(lab: Lab, view: View) -> Iterator[RunStep]:
    """Delete the reader's runs and model; votes stay."""
    trained_models.forget(lab.name)
    fields = {field.name: field for field in lab.fields(view.content)}
    left = {name: fields[name].default for name in lab.forgets}
    if view.values["deleting"] == "on":
        left["deleting"] = "off"
    votes = "; your votes stay" if "votes" in fields else ""
    gone = {part.name: join() for part in lab.parts(view.content) if part.name in ("reply", "notice")}
    yield last_step(lab, view, left, 1, f"Your runs and your model are deleted{votes}.", gone)
