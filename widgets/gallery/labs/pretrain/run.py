"""What the pre-training lab trains, and what it asks of its models. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from widgets.core.html import Html, element, join
from widgets.core.widget import RunStep, View
from widgets.engine.architectures.gpt import GPT
from widgets.engine.sampling import SamplingConfig, generate
from widgets.engine.tokenizer import BOS
from widgets.gallery.labs import following, trained_models, training
from widgets.gallery.labs.asking import problem_of
from widgets.gallery.labs.pretrain.parts import BEGINNINGS, continued, sentence
from widgets.gallery.labs.pretrain.view import BATCH_SIZE, LAB, ROUNDS, SETTINGS, WARMUP_STEPS
from widgets.gallery.labs.standard_parts import charts
from widgets.recipes import pretrain
from widgets.recipes.evaluation import text_loss
from widgets.world import as_words, corpus, token_stream, tokenizer
from widgets.world.model import model_config, stage_model, stages

NEW_TOKENS = 12
LOOKS = 8
"""How often the completions are shown during a run."""


def train(view: View) -> Iterator[RunStep]:
    """Train a model from random weights."""
    value = view.values
    config = pretrain.PretrainConfig(
        steps=value["steps"],
        batch_size=BATCH_SIZE,
        learning_rate=value["learning_rate"],
        warmup_steps=WARMUP_STEPS,
        seed=value["seed"],
    )
    yield RunStep({}, 0, config.steps, "writing the text")
    text = tokenizer().encode(" ".join(token_stream(corpus(value["seed"], rounds=ROUNDS))))
    model = GPT(model_config(), seed=value["seed"])
    log = following.Log({name: view.state[name] for name in SETTINGS})
    looks = following.Looks(early(config.steps))

    def show(step: int) -> dict[str, Html]:
        shown = {"chart": charts(LAB, view, log.run())}
        if looks.is_due(step):
            heading = element("h4", f"The model continues, after step {step}")
            shown["continuations"] = join(heading, continued(continuations(model)))
        return shown

    yield from following.follow_loss(pretrain.train(model, text, config), log, config.steps, show)
    yield RunStep({}, config.steps, config.steps, "reading fresh text")
    first = log.curves.get("loss", [0.0])[0]
    log.figures |= {
        "first_loss": first,
        "text_loss": text_loss(model),
        "tokens_per_second": len(log.steps) * config.batch_size * config.window / log.seconds,
    }
    if log.finding is None:
        trained_models.remember(LAB.name, model)
    left = {
        "runs": training.with_run(LAB, view, log.run()),
        "continuations": "|".join(continuations(model)),
    }
    said = f"The loss went from {first:.2f} to {log.last('loss'):.2f} nats."
    yield training.last_step(LAB, view, left, config.steps, training.outcome(log) if log.finding else said)


def early(steps: int) -> list[int]:
    """Choose when to look at the completions: often at the start, where most happens.

    >>> early(64)
    [1, 4, 9, 16, 25, 36, 49, 64]
    """
    return [max(steps * (look + 1) ** 2 // LOOKS**2, 1) for look in range(LOOKS)]


def continuations(model: GPT, beginnings: Sequence[str] = BEGINNINGS) -> list[str]:
    """Continue some beginnings with the likeliest words."""
    words = tokenizer()
    prompts = [words.encode(f"{BOS} {beginning}") for beginning in beginnings]
    return [words.decode(ids) for ids in generate(model, prompts, SamplingConfig(NEW_TOKENS), eos_id=words.eos_id)]


def ask(view: View) -> Iterator[RunStep]:
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
    own = trained_models.recall(LAB.name)
    if own is not None:
        lines.append(_line("Your model", text, *continuations(own, [text])))
    yield RunStep({"reply": _card(lines)}, len(kept), len(kept), "")


def _line(who: str, beginning: str, made: str) -> Html:
    return element("p", element("span", f"{who}: ", class_="lab-who"), sentence(beginning, made))


def _card(lines: Sequence[Html]) -> Html:
    return element("div", lines, class_="lab-answer")


ACTIONS = {
    "run": train,
    "ask": ask,
    "forget": partial(training.forget, LAB),
}
