"""What the QLoRA lab trains: the same adapter on the 32-bit base and on the 4-bit one. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from widgets.core.widget import RunStep, View
from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import following, replying, trained_models, training
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.qlora.view import BASES, LAB, SETTINGS
from widgets.gallery.labs.runs import added
from widgets.recipes import lora, qlora
from widgets.recipes.evaluation import answer_questions
from widgets.recipes.sft import SFTConfig
from widgets.world import qa_pairs
from widgets.world.model import base_model


def train(view: View) -> Iterator[RunStep]:
    """Train on both bases; what comes of it is left in the state after both."""
    value = view.values
    steps, total = value["steps"], 2 * value["steps"]
    seen = view
    for place, base in enumerate(BASES):
        before = place * steps
        yield RunStep({}, before, total, f"preparing {BASES[base]}")
        model, adapter = _prepared(view, base)
        log = following.Log({"base": base, **{name: view.state[name] for name in SETTINGS}})
        for step in _teach(seen, model, adapter, log, "QLoRA, after" if base == "NF4" else "LoRA, after"):
            yield replace(step, done=before + step.done, total=total)
        seen = _with_run(seen, log)
    answers = "|".join(answer_questions(model, samples()))
    if log.finding is None:
        # As it was judged: adapter and 4-bit base apart. Rounding their sum again would lose the change.
        trained_models.remember_adapter(LAB.name, model, adapter, in_4_bits=value["double_quantization"])
    left = {"runs": seen.state["runs"], "answers": answers}
    more = {"reply": replying.reply(view, LAB.name)}
    yield training.last_step(LAB, view, left, total, training.outcome(log), more)


def _prepared(view: View, base: str) -> tuple[GPT, Adapter]:
    value, model = view.values, base_model()
    wanted = LoraConfig(rank=value["rank"])
    if base == "NF4":
        double = value["double_quantization"]
        return model, qlora.attach(model, wanted, double_quantization=double, seed=value["seed"])[0]
    return model, lora.attach(model, wanted, seed=value["seed"])


def _teach(view: View, model: GPT, adapter: Adapter, log: following.Log, after: str) -> Iterator[RunStep]:
    value = view.values
    rows = qa_pairs("train", "full", seed=value["seed"])
    config = SFTConfig(steps=value["steps"], learning_rate=value["learning_rate"], seed=value["seed"])
    yield from training.teach(
        lora.train(model, adapter, rows, config),
        log,
        model,
        rows,
        LAB,
        view,
        steps=config.steps,
        batch_size=config.batch_size,
        style="full",
        after=after,
    )


def _with_run(view: View, log: following.Log) -> View:
    """Give the view as if a run had already been left in it."""
    text = training.with_run(LAB, view, log.run())
    runs = added(view.values["runs"], log.run())
    return replace(view, values={**view.values, "runs": runs}, state={**view.state, "runs": text})


ACTIONS = {
    "run": train,
    "ask": lambda view: replying.ask(view, LAB.name),
    "forget": partial(training.forget, LAB),
}
