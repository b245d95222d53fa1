"""What does not go together, and what is worth knowing: each sentence belongs to one control of the form.

A problem is something that fails or that would have to be changed behind the reader's back; no script is written
then. A note is about a choice that works but has a price. Each says where it is known from: in the installed
libraries' code, in their issues, or in the course.
"""

from __future__ import annotations

from widgets.catalog.models import MODELS
from widgets.gallery.script_builder.script.choices import CHAT_MODELS, FORMATS, USUAL
from widgets.gallery.script_builder.script.settings import Settings

FAR = 4
"""A learning rate further off than this factor is remarked upon."""


def find_problems(settings: Settings) -> dict[str, str]:
    """Explain every choice that cannot be kept: name of the field → what is wrong and what to choose instead.

    >>> find_problems(Settings(strategy="fsdp"))["strategy"]
    'Splitting needs several GPUs, and one is chosen. Choose 2 GPUs or more, or “none”.'
    """
    problems: dict[str, str] = {}
    way = settings.way
    if settings.dataset_format != USUAL and settings.dataset_format not in way.formats:
        allowed = " or ".join(f"“{FORMATS[name].label}”" for name in way.formats)
        problems["dataset_format"] = (
            f"{way.label} cannot learn from {FORMATS[settings.dataset_format].label}. Choose {allowed}, or "
            "“what the method needs”."
        )
    if settings.tuning == "qlora" and settings.precision == "fp16":
        problems["precision"] = (
            # https://github.com/huggingface/trl/issues/4901
            "fp16 fails with QLoRA: TRL keeps the adapter of a 4-bit base in bf16, and the loss scaler that fp16 needs "
            "cannot handle bf16 gradients. Choose bf16, or LoRA without the 4-bit base."
        )
    if settings.gpus == 1 and settings.strategy != "none":
        problems["strategy"] = "Splitting needs several GPUs, and one is chosen. Choose 2 GPUs or more, or “none”."
    if way.samples_answers and settings.rows_per_update % settings.num_generations:
        problems["num_generations"] = (
            f"One update covers {settings.rows_per_update} answers (batch × accumulation × GPUs), which cannot be "
            f"shared out into groups of {settings.num_generations}. Choose a number that divides "
            f"{settings.rows_per_update}, or change the batch."
        )
    return problems


def find_notes(settings: Settings) -> list[str]:
    """List what is worth knowing about choices that work."""
    return [*_model_notes(settings), *_training_notes(settings), *_gpu_notes(settings)]


def _model_notes(settings: Settings) -> list[str]:
    notes = []
    if not settings.is_known and settings.has_adapter and settings.target_modules != "all-linear":
        notes.append(
            "Target modules: the layers of your own model are not known here. The script uses the names that Llama "
            "gave them (q_proj, v_proj …); if yours are called otherwise, PEFT says so at once, and “all-linear” fits."
        )
    if settings.is_known and settings.method in ("dpo", "grpo", "rloo") and settings.model not in CHAT_MODELS:
        notes.append(
            f"Model: {MODELS[settings.model].label} is a base model. This method improves answers; teach the model to "
            "answer first (SFT), or start from a chat model."
        )
    if settings.precision == "fp16":
        notes.append(
            "Precision: fp16 has a small range, and most of today's models were trained in bf16; activations can "
            "overflow. Take it for GPUs without bf16, older than NVIDIA's Ampere."
        )
    if settings.precision == "fp32" and settings.tuning == "qlora":
        notes.append("Precision: the 4-bit weights are turned into fp32 for every product, which is slow on a GPU.")
    return notes


def _training_notes(settings: Settings) -> list[str]:
    notes = []
    usual = settings.way.learning_rates[0 if settings.has_adapter else 1]
    if not usual / FAR <= settings.learning_rate <= usual * FAR:
        what = "with an adapter" if settings.has_adapter else "for all weights"
        notes.append(
            f"Learning rate: {settings.learning_rate:g} is far from the {usual:g} that the course uses here {what}."
        )
    if settings.method in ("dpo", "grpo", "rloo") and settings.tuning == "full":
        notes.append("Memory: without an adapter the reference model is a second copy of the model.")
    return notes


def _gpu_notes(settings: Settings) -> list[str]:
    notes = []
    if settings.strategy == "fsdp" and settings.tuning == "qlora":
        # https://github.com/huggingface/accelerate/issues/3874
        notes.append(
            "Strategy: the configuration asks for FSDP version 1, because version 2 cannot split a 4-bit base."
        )
    if settings.strategy == "zero3" and settings.tuning == "qlora":
        notes.append(
            "Strategy: ZeRO-3 splits the 4-bit base only after every process has loaded all of it, so the processor's "
            "memory must hold it once for each GPU. Merge afterwards, in one process, as the commands below do."
        )
    if settings.way.samples_answers and settings.strategy != "none":
        notes.append(
            "Strategy: to generate, the split model is put together again, token by token. If the model fits on one "
            "GPU, “none” is much faster."
        )
    if settings.gpus > 1 and settings.rows_per_update > 256:
        notes.append(
            f"Batch: {settings.rows_per_update} rows make one update. More GPUs mean fewer updates; lower the "
            "accumulation to keep their number."
        )
    return notes
