"""Carry a run to its end: teach, judge the model, leave the run in the lab's state, forget it. Needs the engine."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from math import fsum

from widgets.core.html import Html, join
from widgets.core.widget import RunStep, View, view_of
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import answers_list, samples
from widgets.gallery.labs.following import Log, evenly, follow_loss
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.results import percent
from widgets.gallery.labs.runs import Run, Runs, added, as_text
from widgets.gallery.labs.standard_parts import charts
from widgets.recipes.encoding import HasPromptAndResponse, encode_pairs
from widgets.recipes.evaluation import Answer, Evaluation, answer_questions, evaluate, text_loss
from widgets.recipes.results import Diverged, TrainingStep
from widgets.world import Style, questions

SLICE = 96
"""Questions asked in one go: about a tenth of a second in a browser."""


def teach(
    results: Iterator[TrainingStep | Diverged],
    log: Log,
    model: GPT,
    rows: Sequence[HasPromptAndResponse],
    lab: Lab,
    view: View,
    *,
    steps: int,
    batch_size: int,
    style: Style | None,
    after: str = "After",
) -> Generator[RunStep, None, None]:
    """Carry a recipe that teaches answers to its end, showing chart and answers, and judge the model.

    Args:
        results: The recipe's generator.
        log: Gets curve, answers and figures.
        model: Whom it trains.
        rows: On what.
        lab: The lab, with its parts ``chart`` and ``answers``.
        view: What the run began with.
        steps: How many steps it will make.
        batch_size: Rows a step.
        style: The style that a right answer needs, None for any.
        after: The word before "step 5" above the answers.
    """
    looks = evenly(steps)

    def show(step: int) -> dict[str, Html]:
        shown = {"chart": charts(lab, view, log.run())}
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
