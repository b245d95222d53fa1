"""Compare the six methods of the course: what they cost and need, and their memory on a real model and real GPUs."""

from __future__ import annotations

from widgets.catalog import memory
from widgets.catalog.account import MemoryEstimate
from widgets.catalog.memory import GB
from widgets.catalog.methods import METHODS, Method
from widgets.catalog.models import MODELS
from widgets.core.fields import Fields
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, View, Widget
from widgets.gallery.method_comparison import decision, own_runs
from widgets.gallery.method_comparison.fields import (
    BATCH_SIZE,
    CHOSEN_METHODS,
    CONTEXT_LENGTH,
    FIELDS,
    GPU_MEMORY,
    HAVE,
    HAVE_LABELS,
    MODEL,
    TUNING,
    setup_of,
)
from widgets.gallery.shared import memory_account

MEMORY_FIELDS = (
    "model",
    "precision",
    "context_length",
    "batch_size",
    "tuning",
    "optimizer",
    "rank",
    "target_modules",
    "checkpointing",
)


def fields(content: Content) -> Fields:
    """Give the settings of the comparison, the two questions of the decision helper, and the runs of the labs."""
    return (*FIELDS, *own_runs.run_fields())


def estimates_of(view: View) -> dict[str, MemoryEstimate]:
    """Account for every chosen method: method → estimate, in the order of the course."""
    setup = setup_of(view)
    return {
        method: memory.estimate(view[MODEL], method, tuning=view[TUNING], **setup) for method in view[CHOSEN_METHODS]
    }


def memory_part(view: View) -> Html:
    """Show the totals as bars to scale, then the components as a table."""
    estimates = estimates_of(view)
    label = MODELS[view[MODEL]].label
    largest = max(estimates, key=lambda method: estimates[method].total_bytes)
    smallest = min(estimates, key=lambda method: estimates[method].total_bytes)
    summary = (
        f"{label}, one training step of {view[BATCH_SIZE]} × {view[CONTEXT_LENGTH]:,} tokens. "
        f"Most memory: {METHODS[largest].label}, {memory_account.gigabytes(estimates[largest].total_bytes)}; "
        f"least: {METHODS[smallest].label}, {memory_account.gigabytes(estimates[smallest].total_bytes)}."
    )
    return join(
        element("h4", "Memory"),
        element("p", summary, class_="ft-description", aria_live="polite"),
        memory_account.bars(estimates),
        memory_account.component_table(estimates),
    )


def own_runs_part(view: View) -> Html:
    """Show what the reader's own runs in the labs came to, beside the real model."""
    return join(
        element("h4", "Your own runs, tiny model"),
        own_runs.own_runs_table(view, estimates_of(view), MODELS[view[MODEL]].label),
    )


def gpus_part(view: View) -> Html:
    """Show which GPUs hold each method."""
    return element(
        "details",
        element("summary", "Which GPUs hold it?"),
        memory_account.gpu_table(estimates_of(view)),
        element(
            "p",
            "Several GPUs are counted as if everything could be split evenly (FSDP, DeepSpeed ZeRO-3); "
            "in practice each of them also needs room for what is gathered layer by layer.",
            class_="ft-description",
        ),
        id=f"{view.id}-gpus",
        open=True,
    )


def formulas_part(view: View) -> Html:
    """Show the formula of every component, with its numbers."""
    return element(
        "details",
        element("summary", "How each number is computed"),
        memory_account.formulas(estimates_of(view)),
        id=f"{view.id}-formulas",
    )


def cards_part(view: View) -> Html:
    """Describe every chosen method."""
    with_adapter = view[TUNING] != "full"
    return join(
        element("h4", "The methods in words"),
        element("div", (_card(METHODS[key], with_adapter) for key in view[CHOSEN_METHODS]), class_="mc-cards"),
    )


def _card(method: Method, with_adapter: bool) -> Html:
    models = method.models_with_adapter if with_adapter else method.models_in_memory
    entries = (
        ("Changes", method.what_it_changes),
        ("Cost", method.cost),
        ("Complexity", f"{method.complexity.capitalize()}. {method.complexity_why}"),
        ("Data", method.data),
        ("Models in memory", f"{len(models)}: {', '.join(models)}" if len(models) > 1 else "1"),
        ("Use it for", method.use_case),
    )
    return element(
        "article",
        element("h5", element("a", method.label, href=f"{method.lesson}.html")),
        element("dl", (join(element("dt", name), element("dd", text)) for name, text in entries)),
        class_="mc-card",
    )


def decision_part(view: View) -> Html:
    """Say which method to try first."""
    config = MODELS[view[MODEL]]
    advice = decision.advise(view[HAVE], int(view[GPU_MEMORY]) * GB, config, setup_of(view))
    have = HAVE_LABELS[view[HAVE]]
    lessons = [element("a", METHODS_BY_LESSON[stem], href=f"{stem}.html") for stem in advice.links]
    return element(
        "div",
        element("h4", "What to try first"),
        element(
            "p",
            f"You have {have}, {config.label} and a GPU with {view[GPU_MEMORY]} GB.",
            class_="ft-description",
        ),
        element("p", element("strong", advice.headline)),
        element("ul", (element("li", reason) for reason in advice.reasons)),
        element("p", "Read: ", _comma(lessons)),
        class_="mc-advice",
        data_advice=advice.method,
    )


METHODS_BY_LESSON = {
    "pre-training": "Pre-training and fine-tuning",
    "sft": "Supervised fine-tuning",
    "lora": "LoRA",
    "qlora": "QLoRA",
    "rlhf": "RLHF",
    "dpo": "DPO",
    "pipeline": "The complete pipeline",
}
"""Stem of a lesson's page → its name in a link."""


def _comma(links: list[Html]) -> Html:
    return Html(", ".join(links))


def _only_default(content: Content) -> tuple[()]:
    """Ship no further answer with the page: the formulas would weigh more than all the rest."""
    return ()


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in their order on the page."""
    return (
        Part(
            "decision",
            ("have", "gpu_memory", *(f for f in MEMORY_FIELDS if f != "tuning")),
            decision_part,
            announce=True,
        ),
        Part("memory", ("methods", *MEMORY_FIELDS), memory_part),
        Part("gpus", ("methods", *MEMORY_FIELDS), gpus_part),
        Part("formulas", ("methods", *MEMORY_FIELDS), formulas_part, cold=_only_default),
        Part("own_runs", ("methods", *MEMORY_FIELDS, *(field.name for field in own_runs.run_fields())), own_runs_part),
        Part("cards", ("methods", "tuning"), cards_part),
    )


WIDGET = Widget(
    name="method-comparison",
    title="Method comparison and memory explorer",
    summary="Choose methods, a model and a training setup; see what each needs and which GPUs hold it.",
    parts=parts,
    fields=fields,
)
