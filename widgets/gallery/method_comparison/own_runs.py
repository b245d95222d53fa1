"""The reader's own runs of the labs, beside what the same methods need on a real model.

The labs keep their runs on the reader's device. The method comparison stands on another page and reads them there
(`widgets.core.widget.borrowed`); every text passes the check of the lab that wrote it.

What the account of the tiny model simplifies: it counts what lasts from step to step, in 32 bits: 4 bytes a weight,
and for each trained one 4 more for its gradient and 8 for AdamW's two moments. Activations are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

from widgets.catalog.account import MemoryEstimate
from widgets.catalog.methods import METHODS
from widgets.core.fields import Field, FieldError, Fields
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import View, borrowed
from widgets.gallery.labs.lora.view import TARGETS
from widgets.gallery.labs.qlora.levels import sizes
from widgets.gallery.labs.results import percent
from widgets.gallery.labs.runs import Run
from widgets.gallery.registry import get_widget
from widgets.gallery.shared.memory_account import gigabytes

WEIGHT_BYTES = 4
TRAINED_BYTES = 16
"""A trained weight, its gradient and AdamW's two moments."""


@dataclass(frozen=True)
class Lab:
    """Where the runs of a method are kept.

    Attributes:
        name: Of the widget; also its id on the page of its lesson.
        field: The widget's stored field.
        is_of_method: Says whether a run with these settings used the method and not what it is compared with.
        size: Typed settings of a run → what was trained and held.
    """

    name: str
    field: str
    size: Callable[[Mapping[str, Any]], Size]
    is_of_method: Callable[[Mapping[str, str]], bool] = lambda settings: True


@dataclass(frozen=True)
class Size:
    """What a run of the tiny model trains and holds.

    Attributes:
        trainable_params: Numbers that are trained.
        model_count: Models in memory.
        state_bytes: Bytes of weights, gradients and AdamW's moments.
    """

    trainable_params: int
    model_count: int
    state_bytes: int


@cache
def _shapes() -> Mapping[str, tuple[int, ...]]:
    from widgets.engine.architectures.gpt import GPTConfig
    from widgets.world.model import manifest

    return GPTConfig(**manifest()["config"]).shapes()


def total_params() -> int:
    """Count the numbers of the tiny model."""
    return sum(prod(shape) for shape in _shapes().values())


def adapter_params(rank: int, targets: str) -> int:
    """Count the numbers of an adapter on the tiny model.

    Args:
        rank: Of the adapter.
        targets: As in the LoRA lab: ``q,v``, ``q,k,v,o`` or ``all-linear``.
    """
    names = tuple(f".{name}.weight" for name in TARGETS[targets])
    return sum(rank * sum(shape) for name, shape in _shapes().items() if name.endswith(names))


def _everything(values: Mapping[str, Any]) -> Size:
    count = total_params()
    return Size(count, 1, TRAINED_BYTES * count)


def _adapter(values: Mapping[str, Any]) -> Size:
    count = adapter_params(values["rank"], values["target_modules"])
    return Size(count, 1, WEIGHT_BYTES * total_params() + TRAINED_BYTES * count)


def _adapter_on_nf4(values: Mapping[str, Any]) -> Size:
    count = adapter_params(values["rank"], "all-linear")
    base = sizes(double_quantization=values["double_quantization"]).model_bytes
    return Size(count, 1, base + TRAINED_BYTES * count)


def _four_models(values: Mapping[str, Any]) -> Size:
    """Count policy and value model, which are trained, and reference and reward model, which are not."""
    language, scalar = total_params(), total_params() + _shapes()["final_norm.weight"][0] + 1
    both = language + scalar
    return Size(both, 4, (TRAINED_BYTES + WEIGHT_BYTES) * both)


def _policy_and_reference(values: Mapping[str, Any]) -> Size:
    count = total_params()
    return Size(count, 2, (TRAINED_BYTES + WEIGHT_BYTES) * count)


LABS: Mapping[str, Lab] = {
    "pre-training": Lab("pretrain-lab", "runs", _everything),
    "full-sft": Lab("sft-lab", "runs", _everything),
    "lora": Lab("lora-lab", "runs", _adapter, lambda settings: settings["method"] == "lora"),
    "qlora": Lab("qlora-lab", "runs", _adapter_on_nf4, lambda settings: settings["base"] == "NF4"),
    "rlhf-ppo": Lab("rlhf-lab", "ppo_runs", _four_models),
    "dpo": Lab("dpo-lab", "dpo_runs", _policy_and_reference),
}
"""Method → the lab that trains with it."""


@cache
def _fields() -> dict[str, Field[object]]:
    return {method: borrowed(get_widget(lab.name), lab.field) for method, lab in LABS.items()}


def run_fields() -> Fields:
    """Give the fields that read the runs of every lab."""
    return tuple(_fields().values())


def own_runs_table(view: View, estimates: Mapping[str, MemoryEstimate], real_label: str) -> Html:
    """Put the last run of each method beside what the method needs on a real model.

    Args:
        view: The comparison's view, with the values of `run_fields`.
        estimates: Method → account of the real model, in the order of the rows.
        real_label: Name of the real model.
    """
    own = "Your own runs, tiny model"
    real = f"{real_label}, computed"
    head = join(
        element(
            "tr",
            element("td", rowspan="2"),
            element("th", own, scope="colgroup", colspan="5"),
            element("th", real, scope="colgroup", colspan="2"),
        ),
        element(
            "tr",
            (
                element("th", text, scope="col")
                for text in ("Right answers", "Seconds", "Trained", "Models", "Memory", "Models", "Memory")
            ),
        ),
    )
    table = element(
        "table",
        element("caption", "Your last run of each method beside a real model"),
        element("colgroup"),
        element("colgroup", span="5"),
        element("colgroup", span="2"),
        element("thead", head),
        element("tbody", (_row(view, method, estimate) for method, estimate in estimates.items())),
        class_="ft-table",
    )
    return join(
        element("div", table, class_="ft-scroll", tabindex="0", role="region", aria_label=own),
        element(
            "p",
            "The figures on the left are of your own runs in the labs of this course, the last one of each method: a "
            f"model with {_short(total_params())} parameters, trained in this browser. “Right answers” are those to "
            "questions about animals that no training row mentions; “trained” counts the numbers that change; memory "
            "is weights, gradients and AdamW’s moments. On the right stand the same counts for a real model, with its "
            "activations. Seconds of a tiny model in a browser say nothing about hours on a GPU; what carries over is "
            "the order: which method trains little, holds little, or holds much.",
            class_="ft-help",
        ),
    )


def _short(count: int) -> str:
    return f"{round(count, -3):,}"


def _row(view: View, method: str, estimate: MemoryEstimate) -> Html:
    return element(
        "tr",
        element("th", METHODS[method].label, scope="row"),
        _own_cells(view, method),
        element("td", str(len(estimate.holders))),
        element("td", gigabytes(estimate.total_bytes)),
    )


def _own_cells(view: View, method: str) -> Html:
    lab = LABS[method]
    found = _last_run(lab, view.values[_fields()[method].name])
    if found is None:
        title = get_widget(lab.name).title.partition(":")[0]
        link = element("a", title, href=f"{METHODS[method].lesson}.html#{lab.name}")
        return element("td", "no run yet: train in the ", link, colspan="5", class_="mc-none")
    figures, size = found

    def cell(name: str, value: float, text: str) -> Html:
        number = str(value) if isinstance(value, int) else f"{value:.6g}"
        return element("td", metric(name, number, text, data_method=method, data_model="tiny"))

    if "diverged_step" in figures:
        right = element("td", "diverged")
    elif "held_out_accuracy" in figures:
        right = cell("held_out_accuracy", figures["held_out_accuracy"], percent(figures["held_out_accuracy"]))
    else:
        right = element("td", "it continues text")
    return join(
        right,
        cell("train_seconds", figures["train_seconds"], f"{figures['train_seconds']:.1f}"),
        cell("trainable_params", size.trainable_params, f"{size.trainable_params:,}"),
        cell("models_in_memory", size.model_count, str(size.model_count)),
        cell("memory_bytes", size.state_bytes, megabytes(size.state_bytes)),
    )


def _last_run(lab: Lab, runs: Sequence[Run]) -> tuple[Mapping[str, float], Size] | None:
    """Give figures and size of the last run of a method; one whose settings the lab would refuse is left out."""
    fields = {field.name: field for field in get_widget(lab.name).fields({})}
    for run in reversed(runs):
        if not lab.is_of_method(run.settings):
            continue
        try:
            values = {name: fields[name].parse(text) for name, text in run.settings.items() if name in fields}
        except FieldError:
            continue
        return run.figures, lab.size(values)
    return None


def megabytes(num_bytes: int) -> str:
    """Write bytes as megabytes (1e6 bytes).

    >>> megabytes(1_887_232)
    '1.89 MB'
    """
    return f"{num_bytes / 1e6:.2f} MB"
