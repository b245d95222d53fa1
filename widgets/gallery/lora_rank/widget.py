"""The LoRA rank explorer: what an adapter adds to a real model, counted as PEFT counts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from widgets.catalog import lora_counts
from widgets.catalog.models import ModelConfig, find_problems
from widgets.core.fields import Fields, State
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, View, Widget, default_state, neighbours, problem_list
from widgets.gallery.lora_rank import counts
from widgets.gallery.lora_rank.chart import rank_chart
from widgets.gallery.lora_rank.fields import ALPHA, FIELDS, RANK, SETTINGS, TARGET_MODULES, config_of
from widgets.gallery.lora_rank.shapes import pictures


def fields(content: Content) -> Fields:
    """Give model, adapter and, for a custom model, its dimensions under Hugging Face's names."""
    return FIELDS


def cold_states(content: Content) -> Iterator[State]:
    """Give the default state and every state one visible control away from it."""
    every = WIDGET.fields_of(content)
    start = default_state(every)
    visible = [
        field for field in every if field.shown_when is None or start[field.shown_when[0]] == field.shown_when[1]
    ]
    for state in neighbours(visible):
        yield {**start, **state}


def problems_of(config: ModelConfig, targets: str) -> dict[str, str]:
    """Explain, field by field, why nothing can be counted; empty if it can."""
    problems = find_problems(config)
    if problems:
        return problems
    has = config.architecture.linear_names
    if not any(role in has for role in lora_counts.TARGET_PRESETS[targets]):
        return {"target_modules": f'{config.label} has no layer "{targets}"; allowed: {", ".join(has)} or a preset'}
    return {}


@lru_cache(maxsize=256)
def _can_count(config: ModelConfig, targets: str) -> bool:
    return not problems_of(config, targets)


def _counted(view: View, build: Callable[[ModelConfig, int, str], Html]) -> Html:
    """Build from model, rank and target modules, or give nothing where nothing can be counted."""
    config, targets = config_of(view), view[TARGET_MODULES]
    return build(config, view[RANK], targets) if _can_count(config, targets) else join()


def summary_part(view: View) -> Html:
    """Say in a sentence what is trained, or what is wrong with the settings."""
    config, targets = config_of(view), view[TARGET_MODULES]
    if not _can_count(config, targets):
        problems = problems_of(config, targets)
        return join(problem_list(problems), element("p", "Nothing can be counted until this is changed."))
    return counts.summary(config, view[RANK], targets)


def figures_part(view: View) -> Html:
    """Show the counts as PEFT prints them, and the size of the adapter's file."""
    return _counted(view, counts.figures)


def memory_part(view: View) -> Html:
    """Compare the model states of full fine-tuning, LoRA and QLoRA."""
    return _counted(view, counts.memory_bars)


def shapes_part(view: View) -> Html:
    """Draw W, B and A of every adapted shape."""
    return _counted(
        view,
        lambda config, rank, targets: join(
            element("h4", "W, B and A to scale"), pictures(lora_counts.target_layers(config, targets), rank)
        ),
    )


def chart_part(view: View) -> Html:
    """Draw the trainable parameters over the rank."""
    return _counted(view, lambda *setting: rank_chart(f"{view.id}-chart", *setting))


def code_part(view: View) -> Html:
    """Show the scaling and the lines that ask PEFT for this adapter."""
    return _counted(
        view,
        lambda config, rank, targets: counts.code(f"{view.id}-code", config, rank, view[ALPHA], targets),
    )


PARTS = (
    Part("summary", SETTINGS, summary_part, announce=True),
    Part("figures", SETTINGS, figures_part),
    Part("memory", SETTINGS, memory_part),
    Part("shapes", SETTINGS, shapes_part),
    Part("chart", SETTINGS, chart_part),
    Part("code", (*SETTINGS, ALPHA.name), code_part),
)


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return PARTS


WIDGET = Widget(
    name="lora-rank",
    title="LoRA rank explorer",
    summary="Choose a model, a rank and the layers that get an adapter, and see what is trained and what it costs.",
    parts=parts,
    fields=fields,
    cold_states=cold_states,
)
