"""Count what LoRA adds to a model: parameters, file size and the configuration that asks PEFT for it.

LoRA leaves a weight matrix W (out × in) frozen and learns a low-rank change of it, W' = W + (alpha / r)·B·A, with
A of shape (r × in) and B of shape (out × r).

Source: Hu et al. 2021, arXiv 2106.09685, section 4.1.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from widgets.catalog.models import LinearLayer, ModelConfig, get_model, linear_layers, total_params
from widgets.core.errors import WidgetError

TARGET_PRESETS: dict[str, tuple[str, ...]] = {
    "q,v": ("q", "v"),
    "q,k,v,o": ("q", "k", "v", "o"),
    "all-linear": ("q", "k", "v", "o", "gate", "up", "down"),
    "q": ("q",),
    "k": ("k",),
    "v": ("v",),
    "o": ("o",),
    "gate": ("gate",),
    "up": ("up",),
    "down": ("down",),
}
"""Which roles each choice of target modules adapts."""

ADAPTER_DTYPES: dict[str, int] = {"fp32": 4, "bf16": 2}
"""Bytes of one adapter parameter in the saved file."""

MAX_RANK = 256


def check_rank(rank: int) -> int:
    """Return the rank if it is a whole number from 1 to `MAX_RANK`; explain it otherwise."""
    if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= MAX_RANK:
        raise WidgetError(f"rank is {rank!r}; allowed: a whole number from 1 to {MAX_RANK}")
    return rank


# --8<-- [start:scaling]
def scaling(alpha: float, rank: int) -> float:
    """Factor on B·A: alpha / rank, so that changing the rank alone does not change the size of the update."""
    return alpha / check_rank(rank)
    # --8<-- [end:scaling]


def target_layers(model: str | ModelConfig, targets: str) -> list[LinearLayer]:
    """List the linear layers that carry an adapter.

    Args:
        model: Id of a catalogue model, or a configuration.
        targets: A key of `TARGET_PRESETS`.

    Raises:
        WidgetError: The preset is unknown, or this architecture has none of its layers (``gate`` in ``phi``).
    """
    if targets not in TARGET_PRESETS:
        # The names hold commas themselves, so they are listed with semicolons.
        near = get_close_matches(str(targets), TARGET_PRESETS, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise WidgetError(f'unknown target modules "{targets}"; allowed: {"; ".join(TARGET_PRESETS)}{hint}')
    config = get_model(model)
    layers = _target_layers(config, targets)
    if not layers:
        has = ", ".join(config.architecture.linear_names)
        raise WidgetError(f'{config.label} has no layer "{targets}"; it has: {has}')
    return list(layers)


@lru_cache(maxsize=256)
def _target_layers(config: ModelConfig, targets: str) -> tuple[LinearLayer, ...]:
    return tuple(layer for layer in linear_layers(config) if layer.role in TARGET_PRESETS[targets])


# --8<-- [start:trainable_params]
def trainable_params(model: str | ModelConfig, rank: int, targets: str) -> int:
    """Each adapted layer gets A (rank × in) and B (out × rank): rank · (in + out) parameters."""
    check_rank(rank)
    layers = target_layers(model, targets)
    return sum(rank * (layer.in_features + layer.out_features) * layer.count for layer in layers)
    # --8<-- [end:trainable_params]


def all_params(model: str | ModelConfig, rank: int, targets: str) -> int:
    """Count base and adapter together, which is what PEFT calls ``all params``."""
    return total_params(get_model(model)) + trainable_params(model, rank, targets)


def trainable_percent(model: str | ModelConfig, rank: int, targets: str) -> float:
    """Trainable share of all parameters, in percent, as PEFT computes it."""
    return 100 * trainable_params(model, rank, targets) / all_params(model, rank, targets)


def printed_like_peft(model: str | ModelConfig, rank: int, targets: str) -> str:
    """Return the line that PEFT's ``print_trainable_parameters()`` prints.

    >>> printed_like_peft("meta-llama/Llama-2-7b-hf", 8, "q,v")
    'trainable params: 4,194,304 || all params: 6,742,609,920 || trainable%: 0.0622'
    """
    trainable = trainable_params(model, rank, targets)
    total = all_params(model, rank, targets)
    percent = trainable_percent(model, rank, targets)
    return f"trainable params: {trainable:,d} || all params: {total:,d} || trainable%: {percent:.4f}"


def adapter_bytes(model: str | ModelConfig, rank: int, targets: str, dtype: str = "fp32") -> int:
    """Size of the saved adapter's numbers in bytes; the file's header adds a few kilobytes.

    Raises:
        WidgetError: The data type is not one of `ADAPTER_DTYPES`.
    """
    if dtype not in ADAPTER_DTYPES:
        raise WidgetError(f"adapter data type is {dtype!r}; allowed: {', '.join(ADAPTER_DTYPES)}")
    return trainable_params(model, rank, targets) * ADAPTER_DTYPES[dtype]


def target_module_names(model: str | ModelConfig, targets: str) -> list[str] | str:
    """Return the value for PEFT's ``target_modules``: module names, or ``all-linear`` itself."""
    if targets == "all-linear":
        return targets
    return [layer.name for layer in target_layers(model, targets)]


def lora_config_code(model: str | ModelConfig, rank: int, alpha: float, targets: str) -> str:
    """Return the Python lines that ask PEFT for this adapter."""
    check_rank(rank)
    names = target_module_names(model, targets)
    value = f'"{names}"' if isinstance(names, str) else "[" + ", ".join(f'"{name}"' for name in names) + "]"
    return "\n".join(
        [
            "from peft import LoraConfig",
            "",
            "config = LoraConfig(",
            f"    r={rank},",
            f"    lora_alpha={alpha:g},",
            f"    target_modules={value},",
            '    task_type="CAUSAL_LM",',
            ")",
        ]
    )
