"""Judge a model between and after the steps of a run, in slices short enough for a cancel to come through."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import fsum

from widgets.core.widget import RunStep
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.runs import Curve
from widgets.recipes.encoding import HasPromptAndResponse, encode_pairs
from widgets.recipes.evaluation import Answer, Evaluation, answer_questions, evaluate, text_loss
from widgets.world import Style, questions

SLICE = 96
"""Questions asked in one go: about a tenth of a second in a browser."""

LOOKS = 5
"""How often the samples are asked during a run."""


@dataclass(frozen=True)
class Judged:
    """What a model is worth: share of right held-out answers, 0 to 1, and loss on pre-training text in nats."""

    held_out_accuracy: float
    text_loss: float


def judge(model: GPT, style: Style | None, steps: int) -> Generator[RunStep, None, Judged]:
    """Ask every held-out question, reporting between the slices.

    Args:
        model: As it is.
        style: The style that a right answer needs, None for any.
        steps: How many steps the run made, for the progress bar, which stays full.
    """
    asked = questions("held_out")
    answers: list[Answer] = []
    for start in range(0, len(asked), SLICE):
        yield RunStep({}, steps, steps, f"asking {len(asked)} held-out questions: {start} done")
        answers += evaluate(model, style=style, asked=asked[start : start + SLICE]).answers
    yield RunStep({}, steps, steps, "reading the pre-training text again")
    return Judged(Evaluation(tuple(answers), style).exact_match, text_loss(model))


class Watched:
    """Asks a model the sample questions now and then during a run."""

    def __init__(self, model: GPT, steps: int) -> None:
        self._model = model
        self._every = max(steps // LOOKS, 1)
        self._next = self._every

    def is_due(self, step: int) -> bool:
        """Say whether it is time to ask again; True once for each fifth of the run."""
        if step < self._next:
            return False
        self._next = step + self._every
        return True

    def ask(self) -> list[str]:
        """Give the model's answers to the samples."""
        return answer_questions(self._model, samples())


def tokens_read(rows: Sequence[HasPromptAndResponse], batch_size: int, curve: Curve) -> float:
    """Estimate how many tokens a run read, padding not counted: rows of mean length, a batch of them each step."""
    lengths = [len(row) for row in encode_pairs(rows)]
    return fsum(lengths) / len(lengths) * batch_size * len(curve)
