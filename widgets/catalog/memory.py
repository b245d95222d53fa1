"""Memory of one training step, component by component, for a method on a model.

1 GB = 1e9 bytes throughout. Weights, gradients and optimiser states are the *model states*: they do not depend on the
text. Activations and logits grow with the tokens in a step.

What is left out: the CUDA context, fragmentation, temporary buffers, the key-value cache while PPO samples, and
whatever paged optimisers move to the host.

Source: 16 bytes per parameter for mixed precision with Adam: Rajbhandari et al. 2019, arXiv 1910.02054, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.catalog import lora, quantization
from widgets.catalog.activations import activation_bytes
from widgets.catalog.models import ModelConfig, get_model, linear_layers, linear_weights, lm_head_params, total_params
from widgets.core.errors import WidgetError, not_allowed

GB = 10**9
"""Bytes in a gigabyte as data sheets and this course use it."""


@dataclass(frozen=True)
class Precision:
    """How many bytes each number of a fully trained model takes.

    Attributes:
        label: Name for readers.
        weight_bytes: One weight, as the forward pass reads it.
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
    "bf16-mixed": Precision("mixed: bf16 with fp32 master weights", 2, 2, 4, 8),
    "bf16": Precision("pure bf16", 2, 2, 0, 4),
    "fp32": Precision("fp32", 4, 4, 0, 8),
}
OPTIMIZERS: dict[str, str] = {"adamw": "AdamW", "adamw-8bit": "8-bit AdamW"}
METHODS = ("pre-training", "full-sft", "lora", "qlora", "rlhf-ppo", "dpo")
TUNINGS = ("full", "lora", "qlora")
COMPONENTS: dict[str, str] = {
    "weights": "weights",
    "quantization_constants": "quantization constants",
    "adapters": "adapters",
    "gradients": "gradients",
    "optimizer_states": "optimiser states",
    "activations": "activations",
    "logits": "logits",
}
MODEL_STATES = ("weights", "quantization_constants", "adapters", "gradients", "optimizer_states")

EIGHT_BIT_BLOCK_SIZE = 256
"""Optimiser values that share one 32-bit constant in bitsandbytes' 8-bit optimisers."""


@dataclass(frozen=True)
class MemoryPart:
    """One line of the account.

    Attributes:
        component: Key of `COMPONENTS`.
        holder: The model it belongs to: ``model``, ``policy``, ``value``, ``reference`` or ``reward``.
        num_bytes: Size in bytes.
        formula: How the size was computed, with the numbers in it.
    """

    component: str
    holder: str
    num_bytes: int
    formula: str

    @property
    def label(self) -> str:
        """Name of the component for readers."""
        return COMPONENTS[self.component]


@dataclass(frozen=True)
class MemoryEstimate:
    """The whole account of one training step."""

    parts: tuple[MemoryPart, ...]

    @property
    def total_bytes(self) -> int:
        """Everything that is held at once."""
        return sum(part.num_bytes for part in self.parts)

    @property
    def model_state_bytes(self) -> int:
        """Weights, adapters, gradients and optimiser states: what does not depend on the text."""
        return sum(part.num_bytes for part in self.parts if part.component in MODEL_STATES)

    @property
    def holders(self) -> tuple[str, ...]:
        """The models held in memory, in order."""
        return tuple(dict.fromkeys(part.holder for part in self.parts))

    def component_bytes(self, component: str) -> int:
        """Bytes of one component over all models."""
        return sum(part.num_bytes for part in self.parts if part.component == component)

    def by_component(self) -> dict[str, int]:
        """Bytes of every component that occurs, in the order of `COMPONENTS`."""
        return {name: size for name in COMPONENTS if (size := self.component_bytes(name))}


# --8<-- [start:model_state_bytes]
def optimizer_bytes(params: int, adam_bytes: int, optimizer: str) -> int:
    """Bytes of Adam's two moments; in 8 bits, one byte each and a 32-bit constant per block of 256."""
    if optimizer == "adamw-8bit":
        return 2 * params + 2 * 4 * -(-params // EIGHT_BIT_BLOCK_SIZE)
    return params * adam_bytes


def model_state_bytes(params: int, precision: Precision, optimizer: str = "adamw") -> int:
    """Weights, gradients, master weights and Adam states of a model whose every parameter is trained."""
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

    @property
    def value_bytes(self) -> int:
        return self.precision.weight_bytes


def _optimizer_part(holder: str, params: int, adam_bytes: int, setting: _Setting) -> MemoryPart:
    size = optimizer_bytes(params, adam_bytes, setting.optimizer)
    if setting.optimizer == "adamw-8bit":
        formula = f"{params:,} × 2 B + one 4 B constant per {EIGHT_BIT_BLOCK_SIZE} values"
    else:
        formula = f"{params:,} × {adam_bytes} B (two moments)"
    return MemoryPart("optimizer_states", holder, size, formula)


def _full(holder: str, params: int, setting: _Setting) -> list[MemoryPart]:
    """Parts of a model whose every parameter is trained."""
    precision = setting.precision
    optimizer = _optimizer_part(holder, params, precision.adam_bytes, setting)
    if precision.master_bytes:
        optimizer = MemoryPart(
            optimizer.component,
            holder,
            optimizer.num_bytes + params * precision.master_bytes,
            f"{optimizer.formula} + {params:,} × {precision.master_bytes} B (master weights)",
        )
    return [
        _frozen(holder, params, setting),
        MemoryPart(
            "gradients", holder, params * precision.gradient_bytes, f"{params:,} × {precision.gradient_bytes} B"
        ),
        optimizer,
    ]


def _frozen(holder: str, params: int, setting: _Setting) -> MemoryPart:
    size = setting.precision.weight_bytes
    return MemoryPart("weights", holder, params * size, f"{params:,} × {size} B")


def _quantized(holder: str, params: int, setting: _Setting) -> list[MemoryPart]:
    """Parts of an NF4 base: 4-bit codes of the blocks' matrices, their constants, and the rest in 16 or 32 bits."""
    codes = linear_weights(setting.config)
    rest = params - codes
    rest_bytes = 4 if setting.upcast_rest else 2
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
            f"{codes:,} × 0.5 B (NF4) + {rest:,} × {rest_bytes} B (embeddings, head, norms)",
        ),
        MemoryPart("quantization_constants", holder, constants, f"{codes:,} × {bits:.3f} bits"),
    ]


def _adapted(holder: str, params: int, setting: _Setting, *, quantized: bool) -> list[MemoryPart]:
    """Parts of a frozen base with a LoRA adapter, which PEFT keeps in 32 bits."""
    adapter = lora.trainable_params(setting.config, setting.rank, setting.targets)
    base = _quantized(holder, params, setting) if quantized else [_frozen(holder, params, setting)]
    return [
        *base,
        MemoryPart("adapters", holder, adapter * 4, f"{adapter:,} × 4 B"),
        MemoryPart("gradients", holder, adapter * 4, f"{adapter:,} × 4 B"),
        _optimizer_part(holder, adapter, 8, setting),
    ]


def _trained(holder: str, params: int, setting: _Setting, tuning: str) -> list[MemoryPart]:
    if tuning == "full":
        return _full(holder, params, setting)
    return _adapted(holder, params, setting, quantized=tuning == "qlora")


def _activations(holder: str, setting: _Setting, tuning: str, sequences: int) -> MemoryPart:
    roles = None if tuning == "full" else frozenset(lora.TARGET_PRESETS[setting.targets])
    size = activation_bytes(
        setting.config,
        setting.context_length,
        sequences,
        bytes_per_value=setting.value_bytes,
        adapted_roles=roles,
        checkpointing=setting.checkpointing,
    )
    tokens = f"{sequences} × {setting.context_length:,} tokens"
    blocks = setting.config.num_hidden_layers
    layer = size // (sequences * setting.context_length * blocks)
    if setting.checkpointing:
        width = f"{setting.config.hidden_size:,} × {setting.value_bytes} B"
        formula = f"{tokens} × {blocks} blocks × {width} (inputs) + one block recomputed"
    else:
        formula = f"{tokens} × {blocks} blocks × {layer:,} B"
    return MemoryPart("activations", holder, size, formula)


def _logits(holder: str, setting: _Setting, sequences: int) -> MemoryPart:
    """Logits as the model returns them, their 32-bit copy, and the 32-bit log-probabilities kept for the gradient."""
    each = 8 if setting.value_bytes == 4 else 2 + 4 + 4
    size = sequences * setting.context_length * setting.config.vocab_size * each
    how = "fp32 logits, log-probabilities" if each == 8 else "bf16 logits, fp32 copy, fp32 log-probabilities"
    return MemoryPart(
        "logits",
        holder,
        size,
        f"{sequences} × {setting.context_length:,} tokens × {setting.config.vocab_size:,} × {each} B ({how})",
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
        precision: Key of `PRECISIONS`. For LoRA it sets the frozen base (2 or 4 bytes a weight); adapters are always
            trained in 32 bits.
        optimizer: Key of `OPTIMIZERS`.
        tuning: How the policy of ``rlhf-ppo`` and ``dpo`` is trained, one of `TUNINGS`. With an adapter the reference
            model is the policy with its adapter switched off, so it takes no memory of its own.
        context_length: Tokens in a sequence (T).
        batch_size: Sequences in a step (B); for ``dpo`` pairs, so twice as many sequences.
        rank: LoRA rank.
        targets: Key of `lora.TARGET_PRESETS`.
        checkpointing: True keeps only each block's input and computes the rest again in the backward pass.
        double_quantization: True quantizes the NF4 constants too.
        upcast_rest: True turns what NF4 leaves alone into 32 bits, as ``prepare_model_for_kbit_training`` does.

    Returns:
        The account; sizes in bytes.

    Raises:
        WidgetError: A choice is unknown or a number is out of range.
    """
    for what, value, allowed in (
        ("method", method, METHODS),
        ("precision", precision, PRECISIONS),
        ("optimizer", optimizer, OPTIMIZERS),
        ("tuning", tuning, TUNINGS),
    ):
        if value not in allowed:
            raise WidgetError(not_allowed(what, value, allowed))
    for what, number in (("context length", context_length), ("batch size", batch_size)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise WidgetError(f"{what} is {number!r}; allowed: a whole number from 1")
    config = get_model(model)
    setting = _Setting(
        config, PRECISIONS[precision], optimizer, context_length, batch_size, rank, targets, checkpointing,
        double_quantization, upcast_rest,
    )
    params = total_params(config)
    if method in ("pre-training", "full-sft", "lora", "qlora"):
        how = method if method in ("lora", "qlora") else "full"
        parts = _trained("model", params, setting, how)
        parts += [_activations("model", setting, how, batch_size), _logits("model", setting, batch_size)]
        return MemoryEstimate(tuple(parts))

    sequences = 2 * batch_size if method == "dpo" else batch_size
    parts = _trained("policy", params, setting, tuning)
    parts += [_activations("policy", setting, tuning, sequences), _logits("policy", setting, sequences)]
    # A value or reward model has one output number per token in place of the vocabulary.
    scorer_params = params - lm_head_params(config) + config.hidden_size
    if method == "rlhf-ppo":
        parts += _trained("value", scorer_params, setting, tuning)
        parts.append(_activations("value", setting, tuning, sequences))
    if tuning == "full":
        parts.append(_frozen("reference", params, setting))
    if method == "rlhf-ppo":
        parts += _quantized("reward", scorer_params, setting) if tuning == "qlora" else [
            _frozen("reward", scorer_params, setting)
        ]
    return MemoryEstimate(tuple(parts))
