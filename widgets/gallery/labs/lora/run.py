"""What the LoRA lab does with a trained adapter. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator

from widgets.core.widget import RunStep, View, Widget
from widgets.engine.adapter import Adapter
from widgets.engine.architectures.gpt import GPT
from widgets.engine.tensor import indices, no_grad
from widgets.gallery.labs import judging, results, trained_models
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.judging import Judged
from widgets.gallery.labs.lora.adapter_states import LABELS, States
from widgets.gallery.labs.lora.spectrum import singular_values
from widgets.recipes.evaluation import answer_questions
from widgets.world import tokenizer

STATE_AFTER = {"adapter-off": "off", "adapter-on": "on", "merge": "merged", "unmerge": "on"}
NOISE = 1e-5
"""Singular values smaller than this share of the largest are rounding of 32-bit floats, and count as 0."""


def first_state(judged: Judged) -> str:
    """Give the field's text right after training."""
    return States("on", {"on": (judged.held_out_accuracy, judged.text_loss)}).as_text()


def put(adapter: Adapter, state: str) -> None:
    """Bring an adapter into a state: ``on``, ``off`` or ``merged``."""
    if adapter.is_merged and state != "merged":
        adapter.unmerge()
    if state == "merged" and not adapter.is_merged:
        adapter.merge()
    elif not adapter.is_merged:
        adapter.is_on = state == "on"


def restore(lab: str, states: States) -> None:
    """Bring the kept adapter, if there is one, into the state that the page shows."""
    found = trained_models.recall_adapter(lab)
    if found and states.now:
        put(found[1], states.now)


def change(widget: Widget, view: View, lab: str, action: str) -> Iterator[RunStep]:
    """Peel the adapter off, put it back, merge or unmerge it, and measure the model then."""
    found = trained_models.recall_adapter(lab)
    states: States = view.values["adapter"]
    if found is None:
        gone = {"adapter": ""}
        yield results.last_step(widget, view, gone, 1, {}, {}, "Your adapter is no longer here. Train one first.")
        return
    model, adapter = found
    state = STATE_AFTER[action]
    put(adapter, "on")
    before = _logits(model)
    put(adapter, state)
    largest = max(abs(one - other) for one, other in zip(before, _logits(model), strict=True))
    judged = yield from judging.judge(model, "full", 1)
    measured = (judged.held_out_accuracy, judged.text_loss, *((largest,) if state == "merged" else ()))
    left = {
        "adapter": States(state, {**states.seen, state: measured}).as_text(),
        "answers": "|".join(answer_questions(model, samples())),
    }
    yield results.last_step(widget, view, left, 1, {}, {}, f"Now: {LABELS[state]}.")


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
