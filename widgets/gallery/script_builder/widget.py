"""The script builder: a form, and the complete training script that it describes, with all that is needed to run it."""

from __future__ import annotations

from collections.abc import Iterator

from widgets.catalog.models import MODELS
from widgets.core.fields import Field, Fields, Number, Real, Select, State, Text, Toggle
from widgets.core.html import Html, join
from widgets.core.widget import Content, Part, View, Widget, default_state, neighbours
from widgets.gallery.script_builder import view as show
from widgets.gallery.script_builder.script.choices import (
    FOLDER,
    FORMATS,
    HUB_ID,
    JSONL,
    METHODS,
    PRECISIONS,
    SOURCES,
    STRATEGIES,
    TARGETS,
    TUNINGS,
    USUAL,
)
from widgets.gallery.script_builder.script.problems import find_notes, find_problems
from widgets.gallery.script_builder.script.settings import Settings

CUSTOM = "custom"
USUAL_SETTINGS = Settings()
ADAPTER = ("tuning", "lora|qlora")
SAMPLING = ("method", "grpo|rloo")
HUB_EXPECTED = "a name on the Hugging Face Hub, such as Qwen/Qwen3-0.6B"
FOLDER_EXPECTED = "a folder without blanks, such as my-model, below the one in which the script runs"


def fields(content: Content) -> Fields:
    """Give what can be chosen, in the order in which one would decide."""
    return (*_what_fields(), *_data_fields(), *_adapter_fields(), *_training_fields(), *_machine_fields())


def _what_fields() -> Fields:
    models = tuple((config.model_id, config.label) for config in MODELS.values())
    return (
        Select(
            "method",
            "Method",
            USUAL_SETTINGS.method,
            options=tuple((method.method_id, method.label) for method in METHODS.values()),
        ),
        Select("tuning", "What is trained", USUAL_SETTINGS.tuning, options=tuple(TUNINGS.items())),
        Select("model", "Model", USUAL_SETTINGS.model, options=(*models, (CUSTOM, "Another one on the Hub …"))),
        Text(
            "model_id",
            "Name of the model",
            "Qwen/Qwen2.5-0.5B-Instruct",
            help="A causal language model on the Hugging Face Hub.",
            shown_when=("model", CUSTOM),
            pattern=HUB_ID,
            expected=HUB_EXPECTED,
            max_length=96,
        ),
        Text(
            "reward_model",
            "Reward model",
            USUAL_SETTINGS.reward_model,
            help="A folder or a name on the Hub. The method “Reward model” makes one.",
            shown_when=SAMPLING,
            pattern=f"(?:{HUB_ID}|{FOLDER})",
            expected="a folder, or a name on the Hugging Face Hub",
            max_length=96,
        ),
    )


def _data_fields() -> Fields:
    formats = tuple((name, f"{form.label} ({', '.join(form.columns)})") for name, form in FORMATS.items())
    return (
        Select(
            "dataset_format",
            "Format of the rows",
            USUAL,
            options=((USUAL, "what the method needs"), *formats),
        ),
        Select("dataset", "Rows from", "example", options=tuple(SOURCES.items())),
        Text(
            "dataset_id",
            "Name of the dataset",
            "my-org/my-dataset",
            help="Its split “train”, with the columns of the format.",
            shown_when=("dataset", "hub"),
            pattern=HUB_ID,
            expected="a name on the Hugging Face Hub, such as tatsu-lab/alpaca",
            max_length=96,
        ),
        Text(
            "dataset_path",
            "File",
            "rows.jsonl",
            help="One JSON object a line, with the columns of the format.",
            shown_when=("dataset", "jsonl"),
            pattern=JSONL,
            expected="a file without blanks that ends in .jsonl, such as data/rows.jsonl",
            max_length=86,
        ),
    )


def _adapter_fields() -> Fields:
    labels = {"all-linear": "all-linear (attention and feed-forward)"}
    return (
        Number("rank", "Rank r", str(USUAL_SETTINGS.rank), shown_when=ADAPTER, minimum=1, maximum=256, slider="log2"),
        Number("alpha", "Alpha", str(USUAL_SETTINGS.alpha), shown_when=ADAPTER, minimum=1, maximum=512, slider="log2"),
        Real(
            "dropout",
            "LoRA dropout",
            "0.05",
            shown_when=ADAPTER,
            minimum=0,
            maximum=0.9,
            stops=("0", "0.1"),
        ),
        Select(
            "target_modules",
            "Target modules",
            USUAL_SETTINGS.target_modules,
            shown_when=ADAPTER,
            options=tuple((name, labels.get(name, name.replace(",", ", "))) for name in TARGETS),
        ),
        Toggle("merge", "With a step that merges the adapter", "on", shown_when=ADAPTER),
    )


def _training_fields() -> Fields:
    return (
        Select(
            "precision",
            "Precision",
            USUAL_SETTINGS.precision,
            help="bf16 needs NVIDIA’s Ampere (2020) or newer.",
            options=tuple((name, name) for name in PRECISIONS),
        ),
        Number(
            "max_length",
            "Sequence length",
            str(USUAL_SETTINGS.max_length),
            help="Longest row; for GRPO and RLOO the longest answer.",
            minimum=8,
            maximum=32_768,
            unit="tokens",
            slider="log2",
        ),
        Number("per_device_train_batch_size", "Batch on each GPU", "4", minimum=1, maximum=256, slider="log2"),
        Number("gradient_accumulation_steps", "Gradient accumulation", "4", minimum=1, maximum=256, slider="log2"),
        Real(
            "learning_rate",
            "Learning rate",
            "2e-4",
            minimum=1e-8,
            maximum=0.1,
            stops=("1e-6", "1e-5", "2e-5", "5e-5", "1e-4"),
        ),
        Real("num_train_epochs", "Epochs", "1", minimum=0.01, maximum=100, stops=("2", "3")),
        Real(
            "beta",
            "Beta",
            "0.1",
            help="Pull towards the reference model.",
            shown_when=("method", "dpo|grpo|rloo"),
            minimum=0.001,
            maximum=10,
        ),
        Number(
            "num_generations",
            "Answers to each prompt",
            "4",
            shown_when=SAMPLING,
            minimum=2,
            maximum=64,
        ),
    )


def _machine_fields() -> Fields:
    return (
        Text(
            "output_dir",
            "Output folder",
            USUAL_SETTINGS.output_dir,
            pattern=FOLDER,
            expected=FOLDER_EXPECTED,
            max_length=80,
        ),
        Number("gpus", "GPUs (one machine)", "1", minimum=1, maximum=16, slider="log2"),
        Select("strategy", "Sharing between GPUs", USUAL_SETTINGS.strategy, options=tuple(STRATEGIES.items())),
    )


def is_in_play(field: Field[object], state: State) -> bool:
    """Tell whether a field's control is shown for a state."""
    return field.shown_when is None or state[field.shown_when[0]] in field.shown_when[1].split("|")


def settings_of(view: View) -> Settings:
    """Read the settings from a view."""
    values = dict(view.values)
    model, dataset = values.pop("model"), values.pop("dataset")
    model_id, dataset_id, dataset_path = (values.pop(name) for name in ("model_id", "dataset_id", "dataset_path"))
    return Settings(
        **values,
        model=model_id if model == CUSTOM else model,
        source=dataset,
        dataset={"example": "", "hub": dataset_id, "jsonl": dataset_path}[dataset],
    )


def problems_of(view: View) -> dict[str, str]:
    """Explain what keeps the script from being written: choices that clash, and nothing if there are none."""
    return find_problems(settings_of(view))


def can_write(view: View) -> bool:
    """Tell whether there is a script: nothing clashes, and every text that counts could be read."""
    shown = (field for field in WIDGET.fields_of(view.content) if is_in_play(field, view.state))
    return not problems_of(view) and not any(field.name in view.problems for field in shown)


def summary_part(view: View) -> Html:
    """Say what the script does, or what is to be changed first."""
    if not can_write(view):
        labels = {field.name: field.label for field in WIDGET.fields_of(view.content)}
        return show.refusal(view.id, problems_of(view), labels)
    settings = settings_of(view)
    return show.summary(settings, find_notes(settings))


def program_part(view: View) -> Html:
    """Show the script."""
    return show.program(view.id, settings_of(view)) if can_write(view) else join()


def launch_part(view: View) -> Html:
    """Show how it is started, with the configuration for several GPUs."""
    return show.launch(view.id, settings_of(view)) if can_write(view) else join()


def checked_part(view: View) -> Html:
    """Say what the tests have done with such scripts; the sentence is made by the build from their report."""
    return show.checked(view.content.get("checked"))


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    names = tuple(field.name for field in fields(content))
    return (
        Part("summary", names, summary_part, announce=True),
        Part("program", names, program_part),
        Part("launch", names, launch_part),
        Part("checked", (), checked_part),
    )


def cold_states(content: Content) -> Iterator[State]:
    """Give every state one visible control away from the default, and method, tuning, GPUs and strategy together."""
    every = WIDGET.fields_of(content)
    start = default_state(every)
    for state in neighbours(field for field in every if is_in_play(field, start)):
        yield {**start, **state}
    for method in METHODS:
        for tuning in TUNINGS:
            yield {**start, "method": method, "tuning": tuning}
    for strategy in STRATEGIES:
        yield {**start, "gpus": "2", "strategy": strategy}


WIDGET = Widget(
    name="script-builder",
    title="Script builder",
    summary="Choose a method, a model, your data and your machine, and take the training script with you.",
    parts=parts,
    fields=fields,
    cold_states=cold_states,
)
