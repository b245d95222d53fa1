"""What can be chosen in the script builder, in the order in which one would decide."""

from __future__ import annotations

from widgets.catalog.models import MODELS
from widgets.core.fields import Fields, Number, Real, Select, Text, Toggle
from widgets.core.widget import View
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
from widgets.gallery.script_builder.script.settings import Settings

CUSTOM = "custom"
USUAL_SETTINGS = Settings()
ADAPTER = ("tuning", "lora|qlora")
SAMPLING = ("method", "grpo|rloo")
HUB_EXPECTED = "a name on the Hugging Face Hub, such as Qwen/Qwen3-0.6B"
FOLDER_EXPECTED = "a folder without blanks, such as my-model, below the one in which the script runs"

_MODELS = tuple((config.model_id, config.label) for config in MODELS.values())
_FORMATS = tuple((name, f"{form.label} ({', '.join(form.columns)})") for name, form in FORMATS.items())
_TARGET_LABELS = {"all-linear": "all-linear (attention and feed-forward)"}

METHOD = Select(
    "method",
    "Method",
    USUAL_SETTINGS.method,
    options=tuple((method.method_id, method.label) for method in METHODS.values()),
)
TUNING = Select("tuning", "What is trained", USUAL_SETTINGS.tuning, options=tuple(TUNINGS.items()))
MODEL = Select("model", "Model", USUAL_SETTINGS.model, options=(*_MODELS, (CUSTOM, "Another one on the Hub …")))
MODEL_ID = Text(
    "model_id",
    "Name of the model",
    "Qwen/Qwen2.5-0.5B-Instruct",
    help="A causal language model on the Hugging Face Hub.",
    shown_when=("model", CUSTOM),
    pattern=HUB_ID,
    expected=HUB_EXPECTED,
    max_length=96,
)
REWARD_MODEL = Text(
    "reward_model",
    "Reward model",
    USUAL_SETTINGS.reward_model,
    help="A folder or a name on the Hub. The method “Reward model” makes one.",
    shown_when=SAMPLING,
    pattern=f"(?:{HUB_ID}|{FOLDER})",
    expected="a folder, or a name on the Hugging Face Hub",
    max_length=96,
)
DATASET_FORMAT = Select(
    "dataset_format",
    "Format of the rows",
    USUAL,
    options=((USUAL, "what the method needs"), *_FORMATS),
)
DATASET = Select("dataset", "Rows from", "example", options=tuple(SOURCES.items()))
DATASET_ID = Text(
    "dataset_id",
    "Name of the dataset",
    "my-org/my-dataset",
    help="Its split “train”, with the columns of the format.",
    shown_when=("dataset", "hub"),
    pattern=HUB_ID,
    expected="a name on the Hugging Face Hub, such as tatsu-lab/alpaca",
    max_length=96,
)
DATASET_PATH = Text(
    "dataset_path",
    "File",
    "rows.jsonl",
    help="One JSON object a line, with the columns of the format.",
    shown_when=("dataset", "jsonl"),
    pattern=JSONL,
    expected="a file without blanks that ends in .jsonl, such as data/rows.jsonl",
    max_length=86,
)
RANK = Number("rank", "Rank r", str(USUAL_SETTINGS.rank), shown_when=ADAPTER, minimum=1, maximum=256, slider="log2")
ALPHA = Number("alpha", "Alpha", str(USUAL_SETTINGS.alpha), shown_when=ADAPTER, minimum=1, maximum=512, slider="log2")
DROPOUT = Real(
    "dropout",
    "LoRA dropout",
    "0.05",
    shown_when=ADAPTER,
    minimum=0,
    maximum=0.9,
    stops=("0", "0.1"),
)
TARGET_MODULES = Select(
    "target_modules",
    "Target modules",
    USUAL_SETTINGS.target_modules,
    shown_when=ADAPTER,
    options=tuple((name, _TARGET_LABELS.get(name, name.replace(",", ", "))) for name in TARGETS),
)
MERGE = Toggle("merge", "With a step that merges the adapter", "on", shown_when=ADAPTER)
PRECISION = Select(
    "precision",
    "Precision",
    USUAL_SETTINGS.precision,
    help="bf16 needs NVIDIA’s Ampere (2020) or newer.",
    options=tuple((name, name) for name in PRECISIONS),
)
MAX_LENGTH = Number(
    "max_length",
    "Sequence length",
    str(USUAL_SETTINGS.max_length),
    help="Longest row; for GRPO and RLOO the longest answer.",
    minimum=8,
    maximum=32_768,
    unit="tokens",
    slider="log2",
)
PER_DEVICE_TRAIN_BATCH_SIZE = Number(
    "per_device_train_batch_size", "Batch on each GPU", "4", minimum=1, maximum=256, slider="log2"
)
GRADIENT_ACCUMULATION_STEPS = Number(
    "gradient_accumulation_steps", "Gradient accumulation", "4", minimum=1, maximum=256, slider="log2"
)
LEARNING_RATE = Real(
    "learning_rate",
    "Learning rate",
    "2e-4",
    minimum=1e-8,
    maximum=0.1,
    stops=("1e-6", "1e-5", "2e-5", "5e-5", "1e-4"),
)
NUM_TRAIN_EPOCHS = Real("num_train_epochs", "Epochs", "1", minimum=0.01, maximum=100, stops=("2", "3"))
BETA = Real(
    "beta",
    "Beta",
    "0.1",
    help="Pull towards the reference model.",
    shown_when=("method", "dpo|grpo|rloo"),
    minimum=0.001,
    maximum=10,
)
NUM_GENERATIONS = Number(
    "num_generations",
    "Answers to each prompt",
    "4",
    shown_when=SAMPLING,
    minimum=2,
    maximum=64,
)
OUTPUT_DIR = Text(
    "output_dir",
    "Output folder",
    USUAL_SETTINGS.output_dir,
    pattern=FOLDER,
    expected=FOLDER_EXPECTED,
    max_length=80,
)
GPUS = Number("gpus", "GPUs (one machine)", "1", minimum=1, maximum=16, slider="log2")
STRATEGY = Select("strategy", "Sharing between GPUs", USUAL_SETTINGS.strategy, options=tuple(STRATEGIES.items()))

FIELDS: Fields = (
    METHOD,
    TUNING,
    MODEL,
    MODEL_ID,
    REWARD_MODEL,
    DATASET_FORMAT,
    DATASET,
    DATASET_ID,
    DATASET_PATH,
    RANK,
    ALPHA,
    DROPOUT,
    TARGET_MODULES,
    MERGE,
    PRECISION,
    MAX_LENGTH,
    PER_DEVICE_TRAIN_BATCH_SIZE,
    GRADIENT_ACCUMULATION_STEPS,
    LEARNING_RATE,
    NUM_TRAIN_EPOCHS,
    BETA,
    NUM_GENERATIONS,
    OUTPUT_DIR,
    GPUS,
    STRATEGY,
)


def settings_of(view: View) -> Settings:
    """Read the settings from a view."""
    return Settings(
        model=view[MODEL_ID] if view[MODEL] == CUSTOM else view[MODEL],
        source=view[DATASET],
        dataset={"example": "", "hub": view[DATASET_ID], "jsonl": view[DATASET_PATH]}[view[DATASET]],
        method=view[METHOD],
        tuning=view[TUNING],
        dataset_format=view[DATASET_FORMAT],
        reward_model=view[REWARD_MODEL],
        precision=view[PRECISION],
        max_length=view[MAX_LENGTH],
        per_device_train_batch_size=view[PER_DEVICE_TRAIN_BATCH_SIZE],
        gradient_accumulation_steps=view[GRADIENT_ACCUMULATION_STEPS],
        learning_rate=view[LEARNING_RATE],
        num_train_epochs=view[NUM_TRAIN_EPOCHS],
        rank=view[RANK],
        alpha=view[ALPHA],
        dropout=view[DROPOUT],
        target_modules=view[TARGET_MODULES],
        beta=view[BETA],
        num_generations=view[NUM_GENERATIONS],
        merge=view[MERGE],
        output_dir=view[OUTPUT_DIR],
        gpus=view[GPUS],
        strategy=view[STRATEGY],
    )
