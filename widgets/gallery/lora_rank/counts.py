"""What an adapter counts and weighs, as HTML: figures as PEFT prints them, memory bars, the code for PEFT."""

from __future__ import annotations

from functools import lru_cache

from widgets.catalog import lora_counts, memory
from widgets.catalog.models import ModelConfig, total_params
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import button
from widgets.gallery.shared.memory_account import gigabytes

MEMORY_ROWS = (
    ("full-sft", "Full fine-tuning", "bf16 weights and gradients; master weights and AdamW moments in fp32"),
    ("lora", "LoRA", "frozen bf16 base; the adapter, its gradients and AdamW moments in fp32"),
    ("qlora", "QLoRA", "frozen NF4 base with double quantization; the adapter as in LoRA"),
)
BAR_WIDTH = 1000


def summary(config: ModelConfig, rank: int, targets: str) -> Html:
    """Say in two sentences what is trained."""
    trainable, base = lora_counts.trainable_params(config, rank, targets), total_params(config)
    names = ", ".join(layer.name for layer in lora_counts.target_layers(config, targets))
    return element(
        "p",
        f"{config.label}, rank {rank} on {names}: {trainable:,} parameters are trained. "
        f"Full fine-tuning trains {base:,}, {times(base / trainable)} as many.",
    )


def figures(config: ModelConfig, rank: int, targets: str) -> Html:
    """Show the counts as PEFT prints them, and the size of the adapter's file."""
    trainable, total = (
        lora_counts.trainable_params(config, rank, targets),
        lora_counts.all_params(config, rank, targets),
    )
    percent = f"{lora_counts.trainable_percent(config, rank, targets):.4f}"
    entries = [
        ("Trainable parameters", metric("trainable_params", trainable, f"{trainable:,}")),
        ("All parameters (base and adapter)", metric("total_params", total, f"{total:,}")),
        ("Trainable share", metric("trainable_percent", percent, f"{percent} %")),
    ]
    for dtype in lora_counts.ADAPTER_DTYPES:
        size = lora_counts.adapter_bytes(config, rank, targets, dtype)
        entries.append((f"Adapter file in {dtype}", metric("adapter_bytes", size, file_size(size), data_dtype=dtype)))
    return join(
        element(
            "dl",
            (element("div", element("dt", name), element("dd", figure)) for name, figure in entries),
            class_="ft-figures",
        ),
        element("p", "PEFT prints:", class_="ft-description"),
        element(
            "pre", element("code", lora_counts.printed_like_peft(config, rank, targets)), class_="lr-printed no-copy"
        ),
    )


def memory_bars(config: ModelConfig, rank: int, targets: str) -> Html:
    """Compare the model states of full fine-tuning, LoRA and QLoRA, as bars to scale."""
    states = {method: model_state_bytes(config, method, rank, targets) for method, _, _ in MEMORY_ROWS}
    return join(
        element("h4", "Memory of the model states"),
        element("ul", (_bar_row(states, *row) for row in MEMORY_ROWS), class_="lr-bars"),
        element(
            "p",
            "Weights, gradients and optimiser states, in GB of 1,000,000,000 bytes. "
            "Activations and logits, which depend on the text, come on top.",
            class_="ft-description",
        ),
    )


@lru_cache(maxsize=1024)
def model_state_bytes(config: ModelConfig, method: str, rank: int, targets: str) -> int:
    """Weigh weights, gradients and optimiser states, in bytes; the bars and the chart's table ask for the same."""
    return memory.learner_state_bytes(config, method, rank=rank, targets=targets)


def _bar_row(states: dict[str, int], method: str, label: str, what: str) -> Html:
    size, full = states[method], states["full-sft"]
    width = f"{BAR_WIDTH * size / max(states.values()):.1f}"
    return element(
        "li",
        element("strong", label),
        ": ",
        metric("memory_bytes", size, gigabytes(size), data_method=method),
        f", {times(full / size)} less" if size < full else None,
        element(
            "svg",
            element("rect", width=width, height=12, class_=f"lr-bar-{method}"),
            viewBox=f"0 0 {BAR_WIDTH} 12",
            preserveAspectRatio="none",
            class_="lr-bar",
            aria_hidden="true",
        ),
        element("small", what),
    )


def code(code_id: str, config: ModelConfig, rank: int, alpha: int, targets: str) -> Html:
    """Show the scaling and the lines that ask PEFT for this adapter, with a button that copies them."""
    scaling = f"{lora_counts.scaling(alpha, rank):.6g}"
    lines = lora_counts.lora_config_code(config, rank, alpha, targets)
    return join(
        element("h4", "The same for PEFT"),
        element(
            "p",
            f"W′ = W + (alpha / r)·B·A = W + ({alpha} / {rank})·B·A = W + ",
            metric("scaling", scaling, scaling),
            "·B·A",
        ),
        element("pre", element("code", lines, id=code_id), class_="lr-code no-copy", tabindex="0"),
        element("div", button("Copy the code", "copy", data_copy=code_id), class_="ft-buttons"),
    )


def file_size(num_bytes: int) -> str:
    """Write a file's size in powers of ten.

    >>> file_size(16_777_216), file_size(230_400), file_size(3_355_443_200)
    ('16.8 MB', '230.4 kB', '3.36 GB')
    """
    if num_bytes >= 10**9:
        return f"{num_bytes / 1e9:.2f} GB"
    if num_bytes >= 10**6:
        return f"{num_bytes / 1e6:.1f} MB"
    return f"{num_bytes / 1e3:.1f} kB"


def times(ratio: float) -> str:
    """Write a ratio.

    >>> times(7.96), times(1606.6)
    ('8.0 times', '1,607 times')
    """
    return f"{ratio:,.0f} times" if ratio >= 20 else f"{ratio:.1f} times"
