"""Memory of one training step, component by component, for a method on a model.

1 GB = 1e9 bytes throughout. Weights, gradients and optimiser states are the *model states*: they do not depend on the
text. Activations (`widgets.catalog.activations`) and logits grow with the tokens in a step.

Left out: the CUDA context, fragmentation, temporary buffers (among them the one matrix that QLoRA dequantizes at a
time), the key-value cache while PPO samples, and whatever a paged optimiser moves to the host.

Sources: 16 bytes per parameter for mixed precision with Adam, Rajbhandari et al. 2019, arXiv 1910.02054, section 3.1;
8-bit optimisers, Dettmers et al. 2021, arXiv 2110.02861; NF4, Dettmers et al. 2023, arXiv 2305.14314.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.catalog import lora_counts, quantization
from widgets.catalog.account import MemoryEstimate, MemoryPart
from widgets.catalog.activations import activation_bytes, layer_activation_bytes
from widgets.catalog.models import ModelConfig, get_model, linear_layers, linear_weights, lm_head_params, total_params
from widgets.core.errors import WidgetError, not_allowed

GB = 10**9
"""Bytes in a gigabyte, as data sheets and this course use it."""

METHODS = ("pre-training", "full-sft", "lora", "qlora", "rlhf-ppo", "dpo")
TUNINGS: dict[str, str] = {"full": "every parameter", "lora": "LoRA adapter", "qlora": "LoRA adapter on a 4-bit base"}
OPTIMIZERS: dict[str, str] = {"adamw": "AdamW", "adamw-8bit": "8-bit AdamW"}

EIGHT_BIT_BLOCK_SIZE = 256
"""Moments that share one 32-bit constant in bitsandbytes' 8-bit optimisers."""

MAX_TOKENS = 1_048_576
"""Longest context and largest batch that are accounted for."""


@dataclass(frozen=True)
class Precision:
    """How many bytes each number of a fully trained model takes.

    Attributes:
        label: Name for readers.
        weight_bytes: One weight as the forward pass reads it; also one activation.
        gradient_bytes: One gradient.
        master_bytes: The optimiser's own 32-bit copy of one weight; 0 if there is none.
        adam_bytes: Adam's two moments of one weight together.
    """

    label: str
    weight_bytes: int
    gradient_bytes: int
    master_bytes: int
    adam_bytes: int


PRECISIONS: dict[str, Precision] = {
    "bf16-mixed": Precision("mixed (bf16, master weights in fp32)", 2, 2, 4, 8),
    "bf16": Precision("pure bf16", 2, 2, 0, 4),
    "fp32": Precision("fp32", 4, 4, 0, 8),
}


# --8<-- [start:model_state_bytes]
def optimizer_bytes(params: int, adam_bytes: int, optimizer: str) -> int:
    """Bytes of Adam's two moments; in 8 bits, one byte each and a 32-bit constant for every 256 of them."""
    if optimizer == "adamw-8bit":
        return 2 * params + 2 * 4 * -(-params // EIGHT_BIT_BLOCK_SIZE)
    return params * adam_bytes


def model_state_bytes(params: int, precision: Precision, optimizer: str = "adamw") -> int:
    """Weights, gradients, master weights and Adam's moments of a model whose every parameter is trained."""
    each = precision.weight_bytes + precision.gradient_bytes + precision.master_bytes
    return params * each + optimizer_bytes(params, precision.adam_bytes, optimizer)
    # --8<-- [end:model_state_bytes]


@dataclass(frozen=True)
class _Setting:
    """The choices of one estimate, checked once."""

    config: ModelConfig
    precision: Precision
    optimizer: str
    context_length: int
    batch_size: int
    rank: int
    targets: str
    checkpointing: bool
    double_quantization: bool
    upcast_rest: bool


def _frozen(holder: str, params: int, setting: _Setting) -> MemoryPart:
    size = setting.precision.weight_bytes
    return MemoryPart("weights", holder, params * size, "parameters × bytes per weight", f"{params:,} × {size} B")


def _gradients(holder: str, params: int, size: int) -> MemoryPart:
    symbols = "trained parameters × bytes per gradient"
    return MemoryPart("gradients", holder, params * size, symbols, f"{params:,} × {size} B")


def _optimizer_states(holder: str, params: int, adam_bytes: int, master_bytes: int, optimizer: str) -> MemoryPart:
    size = optimizer_bytes(params, adam_bytes, optimizer) + params * master_bytes
    symbols = "trained parameters × bytes of two moments"
    if optimizer == "adamw-8bit":
        formula = f"{params:,} × 2 × (1 B + 4 B / {EIGHT_BIT_BLOCK_SIZE})"
    else:
        formula = f"{params:,} × {adam_bytes} B"
    if master_bytes:
        symbols += " and of the fp32 master weight"
        formula += f" + {params:,} × {master_bytes} B"
    return MemoryPart("optimizer_states", holder, size, symbols, formula)


def _fully_trained(holder: str, params: int, setting: _Setting) -> list[MemoryPart]:
    precision = setting.precision
    return [
        _frozen(holder, params, setting),
        _gradients(holder, params, precision.gradient_bytes),
        _optimizer_states(holder, params, precision.adam_bytes, precision.master_bytes, setting.optimizer),
    ]


def _quantized(holder: str, params: int, setting: _Setting) -> list[MemoryPart]:
    """Parts of a frozen NF4 base: the blocks' matrices in 4 bits, their constants, and all else in 16 or 32 bits."""
    codes = linear_weights(setting.config)
    rest = params - codes
    rest_bytes = 4 if setting.upcast_rest else setting.precision.weight_bytes
    constants = sum(
        layer.count
        * quantization.nf4_constant_bytes(layer.in_features * layer.out_features, setting.double_quantization)
        for layer in linear_layers(setting.config)
    )
    bits = quantization.constant_bits(setting.double_quantization)
    return [
        MemoryPart(
            "weights",
            holder,
            quantization.nf4_code_bytes(codes) + rest * rest_bytes,
            "block weights × 4 bits + embeddings, output layer and norms × bytes per weight",
            f"{codes:,} × 0.5 B + {rest:,} × {rest_bytes} B",
        ),
        MemoryPart(
            "quantization_constants",
            holder,
            constants,
            "block weights × bits of a constant per weight",
            f"{codes:,} × {bits:.3f} bits",
        ),
    ]


def _adapted(holder: str, params: int, setting: _Setting, tuning: str) -> list[MemoryPart]:
    """Parts of a frozen base with a LoRA adapter, which PEFT keeps and trains in 32 bits."""
    adapter = lora_counts.trainable_params(setting.config, setting.rank, setting.targets)
    base = _quantized(holder, params, setting) if tuning == "qlora" else [_frozen(holder, params, setting)]
    return [
        *base,
        MemoryPart("adapters", holder, adapter * 4, "adapter parameters × 4 bytes", f"{adapter:,} × 4 B"),
        _gradients(holder, adapter, 4),
        _optimizer_states(holder, adapter, 8, 0, setting.optimizer),
    ]


def _trained(holder: str, params: int, setting: _Setting, tuning: str) -> list[MemoryPart]:
    if tuning == "full":
        return _fully_trained(holder, params, setting)
    return _adapted(holder, params, setting, tuning)


def _activations(holder: str, sequences: int, setting: _Setting, tuning: str) -> MemoryPart:
    config, value_bytes = setting.config, setting.precision.weight_bytes
    adapted = None if tuning == "full" else lora_counts.TARGET_PRESETS[setting.targets]
    rank = 0 if adapted is None else setting.rank
    size = activation_bytes(
        config,
        setting.context_length,
        sequences,
        value_bytes=value_bytes,
        rank=rank,
        adapted=adapted,
        checkpointing=setting.checkpointing,
    )
    layer = sum(layer_activation_bytes(config, value_bytes, rank, adapted).values())
    tokens = f"{sequences * setting.context_length:,} tokens"
    if setting.checkpointing:
        symbols = "tokens × (blocks × hidden size × bytes per value + what one block keeps)"
        formula = f"{tokens} × ({config.num_hidden_layers} × {config.hidden_size:,} × {value_bytes} B + {layer:,} B)"
    else:
        symbols = "tokens × blocks × what one block keeps for a token"
        formula = f"{tokens} × {config.num_hidden_layers} × {layer:,} B"
    return MemoryPart("activations", holder, size, symbols, formula)


def _logits(holder: str, sequences: int, setting: _Setting) -> MemoryPart:
    """The logits that the model returns, their log-probabilities in 32 bits, and the gradient in 32 bits.

    Hugging Face's loss upcasts the logits to 32 bits; that copy is gone when the gradient of the same size arrives.
    TRL 1.16's SFTTrainer works through the vocabulary in chunks and needs only a fraction of this.
    """
    value_bytes = setting.precision.weight_bytes
    tokens = sequences * setting.context_length
    each = value_bytes + 4 + 4
    return MemoryPart(
        "logits",
        holder,
        tokens * setting.config.vocab_size * each,
        "tokens × vocabulary × bytes of a logit, its fp32 log-probability and its fp32 gradient",
        f"{tokens:,} tokens × {setting.config.vocab_size:,} × ({value_bytes} + 4 + 4) B",
    )


def estimate(
    model: str | ModelConfig,
    method: str,
    *,
    precision: str = "bf16-mixed",
    optimizer: str = "adamw",
    tuning: str = "full",
    context_length: int = 512,
    batch_size: int = 1,
    rank: int = 8,
    targets: str = "q,v",
    checkpointing: bool = False,
    double_quantization: bool = True,
    upcast_rest: bool = False,
) -> MemoryEstimate:
    """Account for the memory of one training step.

    Args:
        model: Id of a catalogue model, or a configuration.
        method: One of `METHODS`.
        precision: Key of `PRECISIONS`. For LoRA it sets the frozen base and the activations (2 or 4 bytes a value);
            adapters are always trained in 32 bits.
        optimizer: Key of `OPTIMIZERS`.
        tuning: How the models of ``rlhf-ppo`` and ``dpo`` are trained, a key of `TUNINGS`; other methods ignore it.
            With an adapter the reference model is the policy with its adapter switched off: no memory of its own.
        context_length: Tokens in a sequence (T).
        batch_size: Sequences in a step (B); for ``dpo`` pairs, so twice as many sequences.
        rank: LoRA rank; ignored where nothing has an adapter.
        targets: Key of `lora_counts.TARGET_PRESETS`; ignored where nothing has an adapter.
        checkpointing: True keeps only each block's input and computes the rest again in the backward pass.
        double_quantization: True quantizes the NF4 constants too.
        upcast_rest: True turns what NF4 leaves alone into 32 bits, as ``prepare_model_for_kbit_training`` does.

    Returns:
        The account; sizes in bytes.

    Raises:
        WidgetError: A choice is unknown or a number is out of range.

    >>> round(estimate("meta-llama/Llama-2-7b-hf", "full-sft").model_state_bytes / GB, 1)
    107.8
    """
    config = get_model(model)
    _check_choices({"method": method, "precision": precision, "optimizer": optimizer, "tuning": tuning})
    _check_count("context length", context_length)
    _check_count("batch size", batch_size)
    setting = _Setting(
        config,
        PRECISIONS[precision],
        optimizer,
        context_length,
        batch_size,
        rank,
        targets,
        checkpointing,
        double_quantization,
        upcast_rest,
    )
    if method not in ("rlhf-ppo", "dpo"):
        how = _tuning_of(method)
        return MemoryEstimate(tuple(_learner("model", batch_size, setting, how)))
    if method == "dpo":
        parts = _learner("policy", 2 * batch_size, setting, tuning)
    else:
        parts = _learner("policy", batch_size, setting, tuning)
        parts += _trained("value", _scorer_params(config), setting, tuning)
        parts.append(_activations("value", batch_size, setting, tuning))
    if tuning == "full":
        parts.append(_frozen("reference", total_params(config), setting))
    if method == "rlhf-ppo" and tuning == "qlora":
        parts += _quantized("reward", _scorer_params(config), setting)
    elif method == "rlhf-ppo":
        parts.append(_frozen("reward", _scorer_params(config), setting))
    return MemoryEstimate(tuple(parts))


def learner_state_bytes(model: str | ModelConfig, method: str, *, rank: int = 8, targets: str = "q,v") -> int:
    """Weigh weights, gradients and optimiser states alone, without working out what depends on the text.

    Args:
        model: Id of a catalogue model, or a configuration.
        method: A method with one model: ``pre-training``, ``full-sft``, ``lora`` or ``qlora``.
        rank: LoRA rank; ignored where nothing has an adapter.
        targets: Key of `lora_counts.TARGET_PRESETS`; ignored where nothing has an adapter.

    Returns:
        Bytes, the same as ``estimate(model, method, rank=rank, targets=targets).model_state_bytes``.

    Raises:
        WidgetError: The model, the rank or the targets are not possible.
    """
    config = get_model(model)
    setting = _Setting(
        config,
        PRECISIONS["bf16-mixed"],
        "adamw",
        context_length=1,
        batch_size=1,
        rank=rank,
        targets=targets,
        checkpointing=False,
        double_quantization=True,
        upcast_rest=False,
    )
    parts = _trained("model", total_params(config), setting, _tuning_of(method))
    return MemoryEstimate(tuple(parts)).total_bytes


def _tuning_of(method: str) -> str:
    return method if method in ("lora", "qlora") else "full"


def _learner(holder: str, sequences: int, setting: _Setting, tuning: str) -> list[MemoryPart]:
    """All parts of a language model that is being trained on so many sequences."""
    return [
        *_trained(holder, total_params(setting.config), setting, tuning),
        _activations(holder, sequences, setting, tuning),
        _logits(holder, sequences, setting),
    ]


def _scorer_params(config: ModelConfig) -> int:
    """Parameters of a value or reward model: one number per token in place of the vocabulary."""
    return total_params(config) - lm_head_params(config) + config.hidden_size


def _check_choices(choices: dict[str, str]) -> None:
    allowed = {"method": METHODS, "precision": PRECISIONS, "optimizer": OPTIMIZERS, "tuning": TUNINGS}
    for what, choice in choices.items():
        if choice not in allowed[what]:
            raise WidgetError(not_allowed(what, choice, allowed[what]))


def _check_count(what: str, number: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MAX_TOKENS:
        raise WidgetError(f"{what} is {number!r}; allowed: a whole number from 1 to {MAX_TOKENS:,}")
