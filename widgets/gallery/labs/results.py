"""The figures of runs as HTML: where they come from, the last one large, all of them in a table, the reader's guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from widgets.core.html import Html, element, join, metric
from widgets.gallery.labs.controls import is_guessed
from widgets.gallery.labs.recorded import Recorded
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.selection import Selection

FIGURES = ("held_out_accuracy", "text_loss", "train_seconds", "tokens_per_second", "loss")
"""What every run of a lab reports that teaches answers."""

Figure = tuple[str, Html]
"""A label and the figure."""


def percent(share: float) -> str:
    r"""Write a share, 0 to 1, as a percentage that no line is broken in.

    >>> percent(0.9973)
    '99.7\xa0%'
    """
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def figure(run: Run, name: str, write: Callable[[float], str], **data: str) -> Html:
    """Write a figure of a run for readers and for whoever reads the markup."""
    return metric(name, f"{run.figures[name]:.6g}", write(run.figures[name]), **data)


def figure_list(rows: Iterable[Figure]) -> Html:
    """Show figures, large."""
    return element(
        "dl",
        (element("div", element("dt", label), element("dd", value)) for label, value in rows),
        class_="ft-figures",
    )


def speed(run: Run) -> tuple[Figure, Figure]:
    """Give the time that a run took and how fast it read."""
    return (
        ("Time to train", figure(run, "train_seconds", lambda seconds: f"{seconds:.1f} s")),
        ("Tokens read a second", figure(run, "tokens_per_second", lambda tokens: f"{tokens:,.0f}")),
    )


def headline(run: Run, base: Mapping[str, float], more: Sequence[Figure] = ()) -> Html:
    """Show the figures of one run, large, those of the base model beside them.

    Args:
        run: The run.
        base: The base model's figures.
        more: Further figures of this lab only.
    """
    share = join(f"{percent(base['held_out_accuracy'])} → ", figure(run, "held_out_accuracy", percent))
    loss = join(f"{base['text_loss']:.2f} → ", figure(run, "text_loss", lambda nats: f"{nats:.2f}"))
    rows = (("Held-out questions answered right", share), ("Loss on pre-training text (nats)", loss))
    return figure_list((*rows, *speed(run), *more))


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


def finding(run: Run, unit: str = "step") -> Html | None:
    """Say what happened to a run that blew up.

    Args:
        run: The run.
        unit: What a step is called.
    """
    figures = run.figures
    if run.is_whole:
        return None
    where = f"{unit} {figures['diverged_step']:.0f}"
    seen = f"At {where} the loss blew up"
    if "diverged_kl_nats" in figures:
        nats = figures["diverged_kl_nats"]
        seen = f"After {where} the sampled answers lay {nats:.0f} nats from the starting model"
    elif "diverged_reward" in figures:
        seen = f"After {where} the reward lay {-figures['diverged_reward']:.1f} standard deviations below its start"
    rate = figures.get("diverged_rate", float(run.settings["learning_rate"]))
    return element(
        "p",
        element("strong", "Diverged. "),
        f"{seen}, so the run was stopped: with a learning rate of {rate:g} each step overshoots further than the last. "
        f"The model was taken back to its last good state, {unit} {figures['kept_step']:.0f}; a model that you trained "
        "earlier is untouched.",
        class_="ft-note lab-finding",
    )


def verdict_on_guess(guess: str, run: Run | None, kind: str = "last run") -> Html | None:
    """Compare the reader's guess of a share with the reader's run.

    Args:
        guess: As in `controls.GUESSES`.
        run: The run that counts; None if there is none yet.
        kind: What it is called.
    """
    if not guess or run is None or not run.is_whole:
        return None
    share = run.figures["held_out_accuracy"]
    low, high = guess.split("-")
    came = judged(is_guessed(guess, share))
    return element("p", f"You guessed {low} to {high} %; your {kind} came to {percent(share)}: {came}.")


def judged(is_right: bool) -> str:
    """Say whether a guess was right."""
    return "you were right" if is_right else "that was off"


def table(
    selection: Selection,
    name: Callable[[Run], str],
    columns: Sequence[tuple[str, Callable[[Run], str]]],
) -> Html | None:
    """List all runs with their figures, once there is more than one.

    Args:
        selection: The runs.
        name: Run → its name.
        columns: The heading of each, and run → text.
    """
    own, recorded = selection.named(name)
    rows = [(label, [write(run) for _, write in columns]) for label, run in (*own, *recorded)]
    if len(rows) < 2:
        return None
    return table_of(("Run", *(heading for heading, _ in columns)), rows, "All runs")


def table_of(head: Sequence[str], rows: Iterable[tuple[str, Sequence[str | Html]]], label: str) -> Html:
    """Build a table that can be scrolled by keyboard.

    Args:
        head: The headings of the columns.
        rows: The heading of each row, and its cells.
        label: What the table holds, read out.
    """
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", (element("th", heading, scope="col") for heading in head))),
            element(
                "tbody",
                (
                    element("tr", element("th", first, scope="row"), (element("td", cell) for cell in cells))
                    for first, cells in rows
                ),
            ),
            class_="ft-table",
        ),
        class_="ft-scroll",
        tabindex="0",
        role="region",
        aria_label=label,
    )


COLUMNS: tuple[tuple[str, Callable[[Run], str]], ...] = (
    ("Held-out right", lambda run: percent(run.figures["held_out_accuracy"]) if run.is_whole else "diverged"),
    ("Pre-training text", lambda run: f"{run.figures['text_loss']:.2f}"),
    ("Last loss", lambda run: f"{run.figures['loss']:.4f}"),
    ("Steps", lambda run: str(run.steps[-1])),
    ("Seconds", lambda run: f"{run.figures['train_seconds']:.1f}"),
)
"""The columns of the table of runs that teach answers."""
