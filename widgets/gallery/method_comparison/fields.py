"""What can be set in the method comparison."""

from __future__ import annotations

from typing import TypedDict

from widgets.catalog.lora_counts import TARGET_PRESETS
from widgets.catalog.memory import OPTIMIZERS, PRECISIONS, TUNINGS
from widgets.catalog.methods import METHODS
from widgets.catalog.models import MODELS
from widgets.core.fields import Fields, Number, Select, Several, Toggle
from widgets.core.widget import View

PRESETS = ("q,v", "q,k,v,o", "all-linear")

HAVE_LABELS = {
    "pairs": "instructions with good responses",
    "preferences": "pairs of answers, one preferred",
    "raters": "people or a program to judge new answers",
    "text": "a great deal of plain text, nothing else",
}
"""What the reader has → in words."""

GPU_SIZES_GB = (8, 12, 16, 24, 40, 48, 80, 141, 192)
"""Memory of GPUs that the helper offers, in GB."""

CHOSEN_METHODS = Several(
    "methods",
    "Methods to compare",
    ",".join(METHODS),
    options=tuple((method.method_id, method.label) for method in METHODS.values()),
    at_least=1,
)
MODEL = Select(
    "model",
    "Model",
    "meta-llama/Llama-2-7b-hf",
    options=tuple((config.model_id, config.label) for config in MODELS.values()),
)
PRECISION = Select(
    "precision",
    "Precision of training",
    "bf16-mixed",
    options=tuple((key, precision.label) for key, precision in PRECISIONS.items()),
)
CONTEXT_LENGTH = Number(
    "context_length",
    "Context length",
    "512",
    help="Tokens in one training example.",
    minimum=128,
    maximum=32_768,
    unit="tokens",
    slider="log2",
)
BATCH_SIZE = Number("batch_size", "Batch size", "1", help="Examples in one step.", minimum=1, maximum=64, slider="log2")
TUNING = Select(
    "tuning",
    "RLHF and DPO train",
    "full",
    options=tuple((key, label) for key, label in TUNINGS.items()),
    help="With an adapter, the reference model is the policy with its adapter switched off.",
)
OPTIMIZER = Select("optimizer", "Optimiser", "adamw", options=tuple(OPTIMIZERS.items()))
RANK = Number("rank", "LoRA rank", "8", help="Where an adapter is trained.", minimum=1, maximum=256, stops=("16", "64"))
TARGET_MODULES = Select(
    "target_modules",
    "LoRA target modules",
    "q,v",
    options=tuple((preset, ", ".join(TARGET_PRESETS[preset])) for preset in PRESETS),
)
CHECKPOINTING = Toggle("checkpointing", "Gradient checkpointing", "off", help="Keeps less, computes more.")
HAVE = Select("have", "For the decision helper: you have", "pairs", options=tuple(HAVE_LABELS.items()))
GPU_MEMORY = Select(
    "gpu_memory",
    "… and a GPU with",
    "24",
    options=tuple((str(size), f"{size} GB") for size in GPU_SIZES_GB),
)

FIELDS: Fields = (
    CHOSEN_METHODS,
    MODEL,
    PRECISION,
    CONTEXT_LENGTH,
    BATCH_SIZE,
    TUNING,
    OPTIMIZER,
    RANK,
    TARGET_MODULES,
    CHECKPOINTING,
    HAVE,
    GPU_MEMORY,
)
"""All but the runs of the labs, which `own_runs` adds."""


class Setup(TypedDict, total=False):
    """The training setup, as :func:`widgets.catalog.memory.estimate` takes it; what is left out has its default."""

    precision: str
    optimizer: str
    context_length: int
    batch_size: int
    rank: int
    targets: str
    checkpointing: bool


def setup_of(view: View) -> Setup:
    """Read the training setup from a view."""
    return {
        "precision": view[PRECISION],
        "optimizer": view[OPTIMIZER],
        "context_length": view[CONTEXT_LENGTH],
        "batch_size": view[BATCH_SIZE],
        "rank": view[RANK],
        "targets": view[TARGET_MODULES],
        "checkpointing": view[CHECKPOINTING],
    }
