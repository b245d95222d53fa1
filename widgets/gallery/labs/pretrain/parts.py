"""What the pre-training lab shows, as HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from widgets.core.fields import FieldError, Hidden
from widgets.core.html import Html, element, join, metric
from widgets.gallery.labs.runs import Run
from widgets.world import as_prose, load_world, vocabulary

FIGURES = ("first_loss", "loss", "text_loss", "train_seconds", "tokens_per_second")
BEGINNINGS = ("the wolf", "the penguin is", "a young kangaroo is", "facts about the owl :")
"""What the models are asked to continue."""


@dataclass(frozen=True)
class Continuations(Hidden):
    """The field that holds the last completions of `BEGINNINGS`, in the world's words, joined by bars."""

    stored: bool = True
    max_length: int = 1_000

    def parse(self, text: str) -> Any:
        """Return the completions; raise `FieldError` if the text was altered."""
        parts = tuple(text[: self.max_length].split("|")) if text else ()
        known = set(vocabulary())
        if parts and (len(parts) != len(BEGINNINGS) or any(set(part.split()) - known for part in parts)):
            raise FieldError(f"{self.label} could not be read and start anew")
        return parts


def sentence(beginning: str, continuation: str) -> Html:
    """Write a beginning and what a model made of it; the model's part is marked."""
    words = " ".join(word for word in continuation.split() if not word.startswith("<"))
    whole = as_prose(f"{beginning} {words}")
    start = as_prose(beginning)
    cut = "" if continuation.endswith("<eos>") else " …"
    return join(start, element("mark", f"{whole[len(start) :]}{cut}", class_="lab-made"))


def continued(continuations: Sequence[str]) -> Html:
    """List the beginnings with a model's completions."""
    pairs = zip(BEGINNINGS, continuations, strict=True)
    return element("ul", (element("li", sentence(*pair)) for pair in pairs), class_="lab-continued")


def checkpoints(text: str) -> Html:
    """Show the completions at every checkpoint.

    Args:
        text: Recorded: for each checkpoint ``step:tokens:loss:completion|completion|…``, one a line.
    """
    cards = []
    for part in text.splitlines():
        step, tokens, loss, completions = part.split(":", 3)
        label = "Random weights" if step == "0" else f"After {int(step):,} steps"
        cards.append(
            element(
                "li",
                element("strong", label),
                element(
                    "p",
                    f"{int(tokens):,} tokens read; loss on fresh text ",
                    metric("text_loss", loss, f"{float(loss):.2f}", data_step=step),
                    " nats",
                    class_="ft-help",
                ),
                continued(completions.split("|")),
                class_="lab-answer",
            )
        )
    return join(
        element("h4", "One model at six moments of its pre-training"),
        element("p", "The marked words are the model's: at each place the likeliest one."),
        element("ol", cards, class_="lab-answers lab-checkpoints"),
    )


def beginnings_note() -> str:
    """Say which words can be used."""
    animals = ", ".join(animal.name for animal in load_world().animals)
    return f"The tiny model knows {len(vocabulary())} words, among them these animals: {animals}."


def headline(run: Run, base_text_loss: float) -> Html:
    """Show the figures of one run, large."""
    figures = run.figures
    size = len(vocabulary())
    rows = (
        (
            f"Loss at the first step (ln {size} = {log(size):.2f})",
            metric("first_loss", f"{figures['first_loss']:.6g}", f"{figures['first_loss']:.2f}"),
        ),
        ("Loss at the last step", metric("loss", f"{figures['loss']:.6g}", f"{figures['loss']:.2f}")),
        (
            f"On fresh text (the base model: {base_text_loss:.2f})",
            metric("text_loss", f"{figures['text_loss']:.6g}", f"{figures['text_loss']:.2f}"),
        ),
        (
            "Time to train",
            metric("train_seconds", f"{figures['train_seconds']:.6g}", f"{figures['train_seconds']:.1f} s"),
        ),
        (
            "Tokens read a second",
            metric("tokens_per_second", f"{figures['tokens_per_second']:.6g}", f"{figures['tokens_per_second']:,.0f}"),
        ),
    )
    return element(
        "dl",
        (element("div", element("dt", label), element("dd", value)) for label, value in rows),
        class_="ft-figures",
    )


def table(own: Sequence[Run], shown: Sequence[Run], name: Callable[[Run], str]) -> Html | None:
    """List all runs, once there are runs of the reader."""
    if not own:
        return None
    rows = [(f"{place}: {name(run)}", run) for place, run in enumerate(own, 1)]
    rows += [(f"recorded: {name(run)}", run) for run in shown]
    head = ("Run", "First loss", "Last loss", "Fresh text", "Steps", "Seconds")
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", (element("th", label, scope="col") for label in head))),
            element("tbody", (_row(label, run) for label, run in rows)),
            class_="ft-table",
        ),
        class_="ft-scroll",
        tabindex=0,
        role="region",
        aria_label="All runs",
    )


def _row(label: str, run: Run) -> Html:
    figures = run.figures
    cells = (
        f"{figures['first_loss']:.2f}",
        "diverged" if "diverged_step" in figures else f"{figures['loss']:.2f}",
        f"{figures['text_loss']:.2f}",
        str(run.curve[-1][0]),
        f"{figures['train_seconds']:.1f}",
    )
    return element("tr", element("th", label, scope="row"), (element("td", cell) for cell in cells))
