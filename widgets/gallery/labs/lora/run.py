"""What the LoRA lab does with a trained adapter. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from widgets.core.widget import RunStep, View
from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT
from widgets.engine.tensor import indices, no_grad
from widgets.gallery.labs import following, replying, trained_models, training
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.lora.adapter_states import LABELS, States
from widgets.gallery.labs.lora.spectrum import singular_values
from widgets.gallery.labs.lora.spectrum_chart import MATRIX, MOST_VALUES
from widgets.gallery.labs.lora.view import FULL_RATE, LAB, SETTINGS, TARGETS
from widgets.recipes import lora, sft
from widgets.recipes.evaluation import Evaluation, answer_questions, text_loss
from widgets.world import qa_pairs, tokenizer
from widgets.world.model import base_model

STATE_AFTER = {"adapter-off": "off", "adapter-on": "on", "merge": "merged", "unmerge": "on"}
NOISE = 1e-5
"""Singular values smaller than this share of the largest are rounding of 32-bit floats, and count as 0."""


def train(view: View, *, is_lora: bool) -> Iterator[RunStep]:
    """Train an adapter, or for comparison all weights."""
    value = view.values
    rate = value["learning_rate"] if is_lora else FULL_RATE
    config = sft.SFTConfig(steps=value["steps"], learning_rate=rate, seed=value["seed"])
    yield RunStep({}, 0, config.steps, "preparing the model and the rows")
    model, rows = base_model(), qa_pairs("train", "full", seed=value["seed"])
    adapter = None
    if is_lora:
        wanted = LoraConfig(value["rank"], value["alpha"], TARGETS[value["target_modules"]])
        adapter = lora.attach(model, wanted, seed=value["seed"])
    chosen = {name: view.state[name] for name in SETTINGS}
    log = following.Log({**chosen, "method": "lora" if is_lora else "full", "learning_rate": f"{rate:g}"})
    yield from training.teach(
        sft.train(model, rows, config, trained=adapter.parameters if adapter else None),
        log,
        model,
        rows,
        LAB,
        view,
        steps=config.steps,
        batch_size=config.batch_size,
        style="full",
    )
    yield RunStep({}, config.steps, config.steps, "working out the singular values")
    log.figures |= _figures_of_change(model, adapter)
    left = {"runs": training.with_run(LAB, view, log.run()), "answers": "|".join(answer_questions(model, samples()))}
    if adapter and log.finding is None:
        trained_models.remember_adapter(LAB.name, model, adapter)
        measured = (log.figures["held_out_accuracy"], log.figures["text_loss"])
        left["adapter"] = States("on", {"on": measured}).as_text()
    more = {"reply": replying.reply(view, LAB.name)}
    yield training.last_step(LAB, view, left, config.steps, training.outcome(log), more)


def _figures_of_change(model: GPT, adapter: Adapter | None) -> dict[str, float]:
    """Count what was trained, and give the singular values of what it changed in one matrix."""
    added = adapter.parameters.count if adapter else 0
    values = change_spectrum(model, adapter, MATRIX)[:MOST_VALUES]
    return {
        "trainable_params": added or model.parameters.count,
        "total_params": model.parameters.count + added,
        **{f"sigma_{place}": size for place, size in enumerate(values, 1)},
    }


def put(adapter: Adapter, state: str) -> None:
    """Bring an adapter into a state: ``on``, ``off`` or ``merged``."""
    if adapter.is_merged and state != "merged":
        adapter.unmerge()
    if state == "merged" and not adapter.is_merged:
        adapter.merge()
    elif not adapter.is_merged:
        adapter.is_on = state == "on"


def ask(view: View) -> Iterator[RunStep]:
    """Answer the reader's question with the kept adapter in the state that the page shows."""
    found = trained_models.recall_adapter(LAB.name)
    if found and view.values["adapter"].now:
        put(found[1], view.values["adapter"].now)
    yield from replying.ask(view, LAB.name)


def change(action: str, view: View) -> Iterator[RunStep]:
    """Peel the adapter off, put it back, merge or unmerge it, and measure the model then."""
    found = trained_models.recall_adapter(LAB.name)
    states: States = view.values["adapter"]
    if found is None:
        yield training.last_step(LAB, view, {"adapter": ""}, 1, "Your adapter is no longer here. Train one first.")
        return
    model, adapter = found
    state = STATE_AFTER[action]
    put(adapter, "on")
    before = _logits(model)
    put(adapter, state)
    largest = max(abs(one - other) for one, other in zip(before, _logits(model), strict=True))
    answers = yield from training.ask_held_out(model, 1, "full")
    yield RunStep({}, 1, 1, "reading the pre-training text again")
    share = Evaluation(tuple(answers), "full").exact_match
    measured = (share, text_loss(model), *((largest,) if state == "merged" else ()))
    left = {
        "adapter": States(state, {**states.seen, state: measured}).as_text(),
        "answers": "|".join(answer_questions(model, samples())),
    }
    yield training.last_step(LAB, view, left, 1, f"Now: {LABELS[state]}.")


def _logits(model: GPT) -> list[float]:
    """Give all logits over one held-out question."""
    ids = tokenizer().encode(samples()[0].prompt)
    with no_grad():
        return model(indices(ids, (1, len(ids)))).data().tolist()


def change_spectrum(model: GPT, adapter: Adapter | None, name: str) -> list[float]:
    """Give the singular values of what a run changed in one matrix.

    Args:
        model: The trained model.
        adapter: Its adapter, or None if the model's own weights were trained.
        name: A projection, for example ``layers.1.v_proj``.
    """
    if adapter is not None:
        matrix = adapter.delta(name).tolist()
    else:
        base = trained_models.base()
        rows = zip(model.linears[name].weight.tolist(), base.linears[name].weight.tolist(), strict=True)
        matrix = [[after - before for after, before in zip(new, old, strict=True)] for new, old in rows]
    values = singular_values(matrix)
    return [value if value > NOISE * values[0] else 0.0 for value in values]


ACTIONS = {
    "run": partial(train, is_lora=True),
    "full": partial(train, is_lora=False),
    **{action: partial(change, action) for action in STATE_AFTER},
    "ask": ask,
    "forget": partial(training.forget, LAB),
}
