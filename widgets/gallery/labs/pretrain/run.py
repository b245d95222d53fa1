"""What the pre-training lab asks of its models. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from widgets.core.html import Html, element
from widgets.core.widget import RunStep, View
from widgets.engine.architectures.gpt import GPT
from widgets.engine.sampling import SamplingConfig, generate
from widgets.engine.tokenizer import BOS
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.asking import problem_of
from widgets.gallery.labs.pretrain.parts import BEGINNINGS, sentence
from widgets.world import as_words, tokenizer
from widgets.world.model import manifest, stage_model, stages

NEW_TOKENS = 12
LOOKS = 8
"""How often the completions are shown during a run."""


class Watched:
    """Says when to look at the completions: often at the start, where most happens."""

    def __init__(self, steps: int) -> None:
        self._due = [max(steps * (look + 1) ** 2 // LOOKS**2, 1) for look in range(LOOKS)]

    def is_due(self, step: int) -> bool:
        """Say whether one of the moments has come since the last call."""
        passed = [due for due in self._due if due <= step]
        self._due = self._due[len(passed) :]
        return bool(passed)


def continuations(model: GPT, beginnings: Sequence[str] = BEGINNINGS) -> list[str]:
    """Continue some beginnings with the likeliest words."""
    words = tokenizer()
    prompts = [words.encode(f"{BOS} {beginning}") for beginning in beginnings]
    return [words.decode(ids) for ids in generate(model, prompts, SamplingConfig(NEW_TOKENS), eos_id=words.eos_id)]


def stages_text() -> str:
    """Write the completions at every checkpoint, for the record (see `pretrain_lab_view.checkpoints`)."""
    training = manifest()["training"]
    tokens = training["batch_size"] * training["window"]
    return "\n".join(
        f"{stage.step}:{stage.step * tokens}:{stage.text_loss:.4f}:{'|'.join(continuations(stage_model(stage.step)))}"
        for stage in stages()
    )


def reply(view: View, lab: str) -> Iterator[RunStep]:
    """Continue the reader's beginning at every checkpoint, and with the reader's own model."""
    text = as_words(view.values["question"])
    problem = problem_of(text)
    if problem:
        yield RunStep({"reply": problem}, 1, 1, "")
        return
    lines: list[Html] = []
    kept = stages()
    for place, stage in enumerate(kept, 1):
        label = "Random weights" if stage.step == 0 else f"Step {stage.step:,}"
        [made] = continuations(stage_model(stage.step), [text])
        lines.append(_line(label, text, made))
        yield RunStep({"reply": _card(lines)}, place, len(kept), label)
    own = trained_models.recall(lab)
    if own is not None:
        lines.append(_line("Your model", text, *continuations(own, [text])))
    yield RunStep({"reply": _card(lines)}, len(kept), len(kept), "")


def _line(who: str, beginning: str, made: str) -> Html:
    return element("p", element("span", f"{who}: ", class_="lab-who"), sentence(beginning, made))


def _card(lines: Sequence[Html]) -> Html:
    return element("div", lines, class_="lab-answer")
