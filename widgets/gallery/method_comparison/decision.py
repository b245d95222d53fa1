"""Which method to try first: a short decision helper that uses the same memory accounts as the rest of the page."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.catalog import memory
from widgets.catalog.account import MemoryEstimate
from widgets.catalog.memory import GB
from widgets.catalog.models import ModelConfig
from widgets.gallery.method_comparison.fields import Setup


@dataclass(frozen=True)
class Advice:
    """What to try first.

    Attributes:
        method: Id of the method.
        headline: What to do, one short sentence.
        reasons: Why, with the figures; one sentence each.
        links: Stems of the lessons to read.
    """

    method: str
    headline: str
    reasons: tuple[str, ...]
    links: tuple[str, ...]


def advise(have: str, gpu_bytes: int, config: ModelConfig, setup: Setup) -> Advice:
    """Say which method to try first.

    Args:
        have: Key of `HAVE_LABELS`.
        gpu_bytes: Memory of the reader's GPU, in bytes.
        config: The model.
        setup: The training setup.
    """
    if have == "text":
        return _plain_text(config, gpu_bytes, setup)
    if have == "pairs":
        return _supervised(config, gpu_bytes, setup)
    return _preferences(have, config, gpu_bytes, setup)


def _size(estimate: MemoryEstimate) -> str:
    return f"{estimate.total_bytes / GB:,.1f} GB"


def _plain_text(config: ModelConfig, gpu_bytes: int, setup: Setup) -> Advice:
    estimate = memory.estimate(config, "pre-training", **setup)
    fits = "it fits" if estimate.total_bytes <= gpu_bytes else "more than your GPU holds, so several GPUs"
    return Advice(
        "pre-training",
        "Continue pre-training from the published weights, not from random ones.",
        (
            "Plain text teaches knowledge and language, not how to answer: collect some instructions with responses "
            "for a fine-tuning stage afterwards.",
            f"Training every parameter takes {_size(estimate)} ({fits}).",
            "If answers from your text are all you need, look at retrieval first: it trains nothing.",
        ),
        ("pre-training", "sft"),
    )


def _supervised(config: ModelConfig, gpu_bytes: int, setup: Setup) -> Advice:
    sizes = {method: memory.estimate(config, method, **setup) for method in ("full-sft", "lora", "qlora")}
    if sizes["lora"].total_bytes <= gpu_bytes:
        full = sizes["full-sft"]
        second = (
            f"Full fine-tuning would fit too ({_size(full)}); compare the two before you choose it."
            if full.total_bytes <= gpu_bytes
            else f"Full fine-tuning takes {_size(full)}, more than your GPU holds."
        )
        reason = f"A LoRA step takes {_size(sizes['lora'])}, which your GPU holds."
        return Advice("lora", "Try LoRA first.", (reason, second), ("sft", "lora"))
    if sizes["qlora"].total_bytes <= gpu_bytes:
        return Advice(
            "qlora",
            "Try QLoRA first.",
            (
                f"LoRA on the 16-bit base takes {_size(sizes['lora'])}, more than your GPU holds.",
                f"With the base in 4 bits a step takes {_size(sizes['qlora'])}, which fits.",
            ),
            ("sft", "qlora"),
        )
    return _too_large("qlora", sizes["qlora"], ("qlora", "pipeline"))


def _preferences(have: str, config: ModelConfig, gpu_bytes: int, setup: Setup) -> Advice:
    method = "dpo" if have == "preferences" else "rlhf-ppo"
    name = "DPO" if have == "preferences" else "RLHF"
    sizes = {tuning: memory.estimate(config, method, tuning=tuning, **setup) for tuning in memory.TUNINGS}
    first = "Fine-tune on instructions first if the model cannot follow them yet; preferences only polish."
    for tuning, headline in (
        ("lora", f"Use {name} with a LoRA adapter."),
        ("qlora", f"Use {name} with a LoRA adapter on a 4-bit base."),
    ):
        if sizes[tuning].total_bytes <= gpu_bytes:
            reason = f"A step takes {_size(sizes[tuning])}, which your GPU holds; every parameter would take "
            return Advice(method, headline, (f"{reason}{_size(sizes['full'])}.", first, *_why(have)), _lessons(have))
    return _too_large(method, sizes["qlora"], _lessons(have))


def _why(have: str) -> tuple[str, ...]:
    if have == "preferences":
        return ("With the pairs at hand DPO needs no reward model and no sampling during training.",)
    return (
        "New answers are judged while the policy changes; that is what a reward model and PPO (or GRPO, RLOO) are for.",
        "If you can collect pairs once and stop there, DPO is simpler.",
    )


def _lessons(have: str) -> tuple[str, ...]:
    return ("sft", "dpo") if have == "preferences" else ("sft", "rlhf")


def _too_large(method: str, estimate: MemoryEstimate, lessons: tuple[str, ...]) -> Advice:
    return Advice(
        method,
        "This model does not fit on your GPU with any method here.",
        (
            f"Even with a 4-bit base and an adapter a step takes {_size(estimate)}.",
            "Take a smaller model, a shorter context, a smaller batch, gradient checkpointing, or several GPUs.",
        ),
        lessons,
    )
