"""The LoRA rank explorer: what an adapter adds to a real model, counted as PEFT counts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from widgets.catalog import lora_counts
from widgets.catalog.architectures import ARCHITECTURES
from widgets.catalog.models import LIMITS, MODELS, ModelConfig, find_problems, total_params
from widgets.core.fields import Field, Number, Select, State, Toggle
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, View, Widget, default_state, neighbours, problem_list
from widgets.gallery.lora_rank import counts
from widgets.gallery.lora_rank.chart import rank_chart
from widgets.gallery.lora_rank.shapes import pictures

CUSTOM = "custom"
PATTERN = MODELS["meta-llama/Meta-Llama-3-8B"]
"""The model whose dimensions the custom fields start from: it has grouped-query attention."""

DIMENSIONS: dict[str, tuple[str, str]] = {
    "vocab_size": ("Vocabulary", "Rows of the embedding table."),
    "hidden_size": ("Hidden size", "Width of the residual stream."),
    "intermediate_size": ("Feed-forward size", "Width inside the feed-forward part."),
    "num_hidden_layers": ("Layers", ""),
    "num_attention_heads": ("Query heads", ""),
    "num_key_value_heads": ("Key–value heads", "Fewer than query heads: grouped-query attention."),
    "head_dim": ("Head size", "Need not be hidden size over heads."),
}
CUSTOM_FIELDS = ("model_type", *DIMENSIONS, "tie_word_embeddings", "attention_bias")
SETTINGS = ("model", *CUSTOM_FIELDS, "rank", "target_modules")

TARGET_LABELS = {
    "q,v": "q, v (as in the LoRA paper)",
    "q,k,v,o": "q, k, v, o (all of attention)",
    "all-linear": "all-linear (attention and feed-forward)",
    "q": "q: queries",
    "k": "k: keys",
    "v": "v: values",
    "o": "o: output of attention",
    "gate": "gate of the feed-forward part",
    "up": "up projection",
    "down": "down projection",
}


def fields(content: Content) -> tuple[Field, ...]:
    """Give model, adapter and, for a custom model, its dimensions under Hugging Face's names."""
    shown_when = ("model", CUSTOM)
    models = [(config.model_id, config.label, _group(config)) for config in MODELS.values()]
    types = tuple((name, architecture.label) for name, architecture in ARCHITECTURES.items())
    dimensions = [
        Number(
            name,
            f"{label} ({name})",
            str(getattr(PATTERN, name)),
            help=text,
            shown_when=shown_when,
            minimum=1,
            maximum=LIMITS[name],
        )
        for name, (label, text) in DIMENSIONS.items()
    ]
    return (
        Select(
            "model",
            "Model",
            "meta-llama/Llama-2-7b-hf",
            options=(*models, (CUSTOM, "Custom dimensions …", "Your own")),
        ),
        Number("rank", "Rank r", "8", minimum=1, maximum=lora_counts.MAX_RANK, slider="log2"),
        Number(
            "alpha", "Alpha", "16", help="The update is scaled by alpha / r.", minimum=1, maximum=1024, slider="log2"
        ),
        Select(
            "target_modules",
            "Target modules",
            "q,v",
            options=tuple(
                (preset, TARGET_LABELS[preset], "Presets" if len(roles) > 1 else "Single modules")
                for preset, roles in lora_counts.TARGET_PRESETS.items()
            ),
        ),
        Select(
            "model_type",
            "Architecture (model_type)",
            PATTERN.model_type,
            help="What the code fixes: biases, norms, names.",
            shown_when=shown_when,
            options=types,
        ),
        *dimensions,
        Toggle(
            "tie_word_embeddings",
            "tie_word_embeddings",
            "off",
            help="The output layer is the embedding table.",
            shown_when=shown_when,
        ),
        Toggle("attention_bias", "attention_bias", "off", help="Bias vectors on q, k, v and o.", shown_when=shown_when),
    )


def _group(config: ModelConfig) -> str:
    size = total_params(config)
    return "Up to 3B" if size < 3e9 else "7B and 8B" if size < 10e9 else "13B and more"


def cold_states(content: Content) -> Iterator[State]:
    """Give the default state and every state one visible control away from it."""
    every = WIDGET.fields_of(content)
    start = default_state(every)
    visible = [
        field for field in every if field.shown_when is None or start[field.shown_when[0]] == field.shown_when[1]
    ]
    for state in neighbours(visible):
        yield {**start, **state}


def config_of(view: View) -> ModelConfig:
    """Give the chosen model, or the one with the custom dimensions, possible or not."""
    if view.values["model"] != CUSTOM:
        return MODELS[view.values["model"]]
    return ModelConfig(CUSTOM, "Your model", **{name: view.values[name] for name in CUSTOM_FIELDS})


def problems_of(view: View) -> dict[str, str]:
    """Explain, field by field, why nothing can be counted; empty if it can."""
    config = config_of(view)
    problems = find_problems(config)
    if problems:
        return problems
    targets = view.values["target_modules"]
    has = config.architecture.linear_names
    if not any(role in has for role in lora_counts.TARGET_PRESETS[targets]):
        return {"target_modules": f'{config.label} has no layer "{targets}"; allowed: {", ".join(has)} or a preset'}
    return {}


def _counted(view: View, build: Callable[[ModelConfig, int, str], Html]) -> Html:
    """Build from model, rank and target modules, or give nothing where nothing can be counted."""
    if problems_of(view):
        return join()
    return build(config_of(view), view.values["rank"], view.values["target_modules"])


def summary_part(view: View) -> Html:
    """Say in a sentence what is trained, or what is wrong with the settings."""
    problems = problems_of(view)
    if problems:
        return join(problem_list(problems), element("p", "Nothing can be counted until this is changed."))
    return _counted(view, counts.summary)


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
        lambda config, rank, targets: counts.code(f"{view.id}-code", config, rank, view.values["alpha"], targets),
    )


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        Part("summary", SETTINGS, summary_part, announce=True),
        Part("figures", SETTINGS, figures_part),
        Part("memory", SETTINGS, memory_part),
        Part("shapes", SETTINGS, shapes_part),
        Part("chart", SETTINGS, chart_part),
        Part("code", (*SETTINGS, "alpha"), code_part),
    )


WIDGET = Widget(
    name="lora-rank",
    title="LoRA rank explorer",
    summary="Choose a model, a rank and the layers that get an adapter, and see what is trained and what it costs.",
    parts=parts,
    fields=fields,
    cold_states=cold_states,
)
