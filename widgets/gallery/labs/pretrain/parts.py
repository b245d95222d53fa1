"""What the pre-training lab shows, as HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log

from widgets.core.html import Html, element, join, metric
from widgets.gallery.labs import results
from widgets.gallery.labs.runs import Run
from widgets.world import as_prose, load_world, vocabulary

FIGURES = ("first_loss", "loss", "text_loss", "train_seconds", "tokens_per_second")
BEGINNINGS = ("the wolf", "the penguin is", "a young kangaroo is", "facts about the owl :")
"""What the models are asked to continue."""


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
    size = len(vocabulary())
    return results.figure_list(
        (
            (f"Loss at the first step (ln {size} = {log(size):.2f})", results.figure(run, "first_loss", _nats)),
            ("Loss at the last step", results.figure(run, "loss", _nats)),
            (f"On fresh text (the base model: {base_text_loss:.2f})", results.figure(run, "text_loss", _nats)),
            *results.speed(run),
        )
    )


def _nats(loss: float) -> str:
    return f"{loss:.2f}"


COLUMNS: tuple[tuple[str, Callable[[Run], str]], ...] = (
    ("First loss", lambda run: _nats(run.figures["first_loss"])),
    ("Last loss", lambda run: _nats(run.figures["loss"]) if run.is_whole else "diverged"),
    ("Fresh text", lambda run: _nats(run.figures["text_loss"])),
    ("Steps", lambda run: str(run.steps[-1])),
    ("Seconds", lambda run: f"{run.figures['train_seconds']:.1f}"),
)
"""The columns of the table of runs."""
