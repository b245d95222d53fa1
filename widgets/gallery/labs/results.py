"""The figures of runs as HTML, and what a run leaves in the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from widgets.core.html import Html, element, join, metric
from widgets.core.widget import RunStep, View, Widget, render_parts, view_of
from widgets.gallery.labs.controls import is_guessed
from widgets.gallery.labs.pace import Followed
from widgets.gallery.labs.recorded import Recorded
from widgets.gallery.labs.runs import Run, thinned
from widgets.recipes.results import Diverged

if TYPE_CHECKING:
    from widgets.gallery.labs.judging import Judged

FIGURES = ("held_out_accuracy", "text_loss", "train_seconds", "tokens_per_second", "loss")
"""What every run of a lab reports."""


def percent(share: float) -> str:
    r"""Write a share, 0 to 1, as a percentage that no line is broken in.

    >>> percent(0.9973)
    '99.7\xa0%'
    """
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def figures_of(followed: Followed, judged: Judged, tokens: float) -> dict[str, float]:
    """Collect the figures of a run; a run that blew up adds where and how."""
    last_loss = followed.curve[-1][1] if followed.curve else 0.0
    return {
        "held_out_accuracy": judged.held_out_accuracy,
        "text_loss": judged.text_loss,
        "train_seconds": followed.seconds,
        "tokens_per_second": tokens / followed.seconds,
        "loss": last_loss,
        **figures_of_finding(followed.finding),
    }


def figures_of_finding(finding: Diverged | None) -> dict[str, float]:
    """Say as figures where and how a run blew up; none if it did not."""
    if finding is None:
        return {}
    return {
        "diverged_step": finding.step,
        "diverged_rate": finding.learning_rate,
        "kept_step": finding.kept_step,
    }


def run_of(chosen: Mapping[str, str], figures: Mapping[str, float], followed: Followed) -> Run:
    """Make what is kept of a run."""
    return Run(dict(chosen), dict(figures), thinned(followed.curve))


def last_step(
    widget: Widget,
    view: View,
    left: Mapping[str, str],
    steps: int,
    more: Mapping[str, Callable[[], Html]],
    figures: Mapping[str, float],
    text: str = "",
) -> RunStep:
    """Make the step that ends a run: what it leaves in the state, and every part that shows it.

    Args:
        widget: The lab.
        view: The view that the run began with.
        left: New texts of fields.
        steps: How many steps the run made.
        more: Further parts, each rendered here.
        figures: The run's figures.
        text: What to say at the end; by default the share of right answers.
    """
    after = view_of(widget, view.id, view.content, {**view.state, **left})
    changed = [part for part in widget.parts(view.content) if set(part.depends_on) & set(left)]
    parts = {part.name: part.render(after) for part in changed}
    return RunStep(
        {**parts, **{name: render() for name, render in more.items()}}, steps, steps, text or outcome(figures), left
    )


def outcome(figures: Mapping[str, float]) -> str:
    r"""Say in a sentence what a run came to.

    >>> outcome({"held_out_accuracy": 0.9973})
    '99.7\xa0% of the held-out questions right.'
    """
    if "diverged_step" in figures:
        return f"The run blew up at step {figures['diverged_step']:.0f} and was stopped."
    return f"{percent(figures['held_out_accuracy'])} of the held-out questions right."


def forget(widget: Widget, view: View, lab: str) -> Iterator[RunStep]:
    """Delete the reader's runs and model."""
    from widgets.gallery.labs import trained_models

    trained_models.forget(lab)
    left = {field.name: field.default for field in widget.fields(view.content) if field.stored}
    after = view_of(widget, view.id, view.content, {**view.state, **left})
    parts = render_parts(widget, after)
    del parts["problems"]
    yield RunStep(parts, 1, 1, "Your runs and your model are deleted.", left)


def origin(shown: Recorded, *, is_recorded: bool) -> Html:
    """Say where the figures below come from."""
    if not is_recorded:
        return element("p", element("strong", "Your last run"), ", made in this browser.", class_="lab-origin")
    return element(
        "p",
        element("strong", "Recorded run"),
        f", made by this lab with {shown.made_with}, outside of a browser. Press Train to make your own.",
        class_="lab-origin",
    )


def finding(run: Run) -> Html | None:
    """Say what happened to a run that blew up."""
    figures = run.figures
    if "diverged_step" not in figures:
        return None
    return element(
        "p",
        element("strong", "Diverged. "),
        f"At step {figures['diverged_step']:.0f} the loss blew up, so the run was stopped: with a learning rate of "
        f"{figures['diverged_rate']:g} each step overshoots further than the last. The model was taken back to its "
        f"last good state, step {figures['kept_step']:.0f}; a model that you trained earlier is untouched.",
        class_="ft-note lab-finding",
    )


def headline(run: Run, base: Mapping[str, float], more: Sequence[tuple[str, Html]] = ()) -> Html:
    """Show the figures of one run, large, those of the base model beside them.

    Args:
        run: The run.
        base: The base model's figures.
        more: Further figures, (label, value), of this lab only.
    """
    figures = run.figures
    rows = (
        (
            "Held-out questions answered right",
            join(
                f"{percent(base['held_out_accuracy'])} → ",
                _metric("held_out_accuracy", figures, percent(figures["held_out_accuracy"])),
            ),
        ),
        (
            "Loss on pre-training text (nats)",
            join(f"{base['text_loss']:.2f} → ", _metric("text_loss", figures, f"{figures['text_loss']:.2f}")),
        ),
        ("Time to train", _metric("train_seconds", figures, f"{figures['train_seconds']:.1f} s")),
        ("Tokens read a second", _metric("tokens_per_second", figures, f"{figures['tokens_per_second']:,.0f}")),
    )
    return element(
        "dl",
        (element("div", element("dt", label), element("dd", value)) for label, value in (*rows, *more)),
        class_="ft-figures",
    )


def _metric(name: str, figures: Mapping[str, float], text: str) -> Html:
    return metric(name, f"{figures[name]:.6g}", text)


def verdict_on_guess(guess: str, own: Sequence[Run]) -> Html | None:
    """Compare the reader's guess with the first run that was made."""
    if not guess or not own:
        return None
    share = own[0].figures["held_out_accuracy"]
    words = "you were right" if is_guessed(guess, share) else "that was off"
    low, high = guess.split("-")
    return element("p", f"You guessed {low} to {high} %; your first run came to {percent(share)}: {words}.")


def table(
    own: Sequence[Run],
    shown: Sequence[Run],
    name: Callable[[Run], str],
    more: Sequence[tuple[str, Callable[[Run], str]]] = (),
) -> Html | None:
    """List all runs with their figures, once there is more than one.

    Args:
        own: The reader's runs.
        shown: Recorded runs.
        name: Run → its name.
        more: Further columns, (heading, run → text), of this lab only.
    """
    rows = [(f"{place}: {name(run)}", run) for place, run in enumerate(own, 1)]
    rows += [(f"recorded: {name(run)}", run) for run in shown]
    if len(rows) < 2:
        return None
    head = (
        "Run",
        "Held-out right",
        "Pre-training text",
        "Last loss",
        "Steps",
        "Seconds",
        *(label for label, _ in more),
    )
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", (element("th", label, scope="col") for label in head))),
            element("tbody", (_row(label, run, [write(run) for _, write in more]) for label, run in rows)),
            class_="ft-table",
        ),
        class_="ft-scroll",
        tabindex=0,
        role="region",
        aria_label="All runs",
    )


def _row(label: str, run: Run, more: Sequence[str]) -> Html:
    figures = run.figures
    outcome = "diverged" if "diverged_step" in figures else percent(figures["held_out_accuracy"])
    cells = (
        outcome,
        f"{figures['text_loss']:.2f}",
        f"{figures['loss']:.4f}",
        str(run.curve[-1][0]),
        f"{figures['train_seconds']:.1f}",
        *more,
    )
    return element("tr", element("th", label, scope="row"), (element("td", cell) for cell in cells))
