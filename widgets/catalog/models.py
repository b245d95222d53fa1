"""Real decoder-only language models: their dimensions, their linear layers and their parameter counts.

Field names are Hugging Face's ``config.json`` names, so a reader can compare them with the model's own file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from widgets.catalog.architectures import ARCHITECTURES, ATTENTION_ROLES, Architecture
from widgets.core.errors import WidgetError, not_allowed


@dataclass(frozen=True)
class ModelConfig:
    """The dimensions of one decoder-only transformer, under Hugging Face's names.

    Attributes:
        model_id: Name on the Hugging Face Hub, or ``custom``.
        label: Name for readers.
        model_type: Key of `ARCHITECTURES`.
        vocab_size: Rows of the embedding table (V).
        hidden_size: Width of the residual stream (C).
        intermediate_size: Width inside the feed-forward part.
        num_hidden_layers: Number of blocks.
        num_attention_heads: Query heads (H).
        num_key_value_heads: Key and value heads; fewer than query heads is grouped-query attention.
        head_dim: Width of one head (D); usually but not always hidden_size / num_attention_heads.
        tie_word_embeddings: True if the output layer is the embedding table itself, counted once.
        attention_bias: True if q, k, v and o carry bias vectors where the architecture leaves that open.
        released: Year and month of the release, ``YYYY-MM``; empty for custom dimensions.
        licence: Name of the licence of the weights.
        source: Where the dimensions can be read.
    """

    model_id: str
    label: str
    model_type: str
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    released: str = ""
    licence: str = ""
    source: str = ""

    @property
    def architecture(self) -> Architecture:
        """The part of the model that its code fixes."""
        return ARCHITECTURES[self.model_type]

    @property
    def query_size(self) -> int:
        """Width of all queries together, H · D."""
        return self.num_attention_heads * self.head_dim

    @property
    def key_value_size(self) -> int:
        """Width of all keys (and of all values) together."""
        return self.num_key_value_heads * self.head_dim


@dataclass(frozen=True)
class LinearLayer:
    """One kind of linear layer, as it occurs ``count`` times in a model (once in each block).

    Attributes:
        name: Module name, as in PEFT's ``target_modules``.
        role: ``q``, ``k``, ``v``, ``o``, ``gate``, ``up`` or ``down``.
        in_features: Columns of W.
        out_features: Rows of W.
        count: How many such layers the model has.
        has_bias: True if each carries a bias of ``out_features``.
    """

    name: str
    role: str
    in_features: int
    out_features: int
    count: int
    has_bias: bool = False

    @property
    def weights(self) -> int:
        """Entries of all ``count`` weight matrices, without biases."""
        return self.in_features * self.out_features * self.count


LIMITS: dict[str, int] = {
    "vocab_size": 1_000_000,
    "hidden_size": 65_536,
    "intermediate_size": 262_144,
    "num_hidden_layers": 1_000,
    "num_attention_heads": 1_024,
    "num_key_value_heads": 1_024,
    "head_dim": 1_024,
}
"""Largest custom value of each dimension; the smallest is 1."""


def find_problems(config: ModelConfig) -> dict[str, str]:
    """Explain every dimension that no model could have.

    Args:
        config: Any dimensions.

    Returns:
        Name of the field → what was found and what is possible; empty if a model of these dimensions can exist.
    """
    if config.model_type not in ARCHITECTURES:
        return {"model_type": not_allowed("model_type", config.model_type, ARCHITECTURES)}
    problems: dict[str, str] = {}
    for field, limit in LIMITS.items():
        value = getattr(config, field)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
            problems[field] = f"{field} is {value!r}; allowed: a whole number from 1 to {limit:,}"
    if problems:
        return problems
    heads, key_value_heads = config.num_attention_heads, config.num_key_value_heads
    if heads % key_value_heads:
        divisors = [number for number in range(1, heads + 1) if heads % number == 0]
        problems["num_key_value_heads"] = (
            f"num_key_value_heads is {key_value_heads}, but each must serve the same number of the {heads} query "
            f"heads; allowed: {', '.join(map(str, divisors))}"
        )
    if config.head_dim % 2:
        problems["head_dim"] = (
            f"head_dim is {config.head_dim}; rotary embeddings turn pairs of values, so it must be even: "
            f"try {config.head_dim - 1 or 2} or {config.head_dim + 1}"
        )
    if config.model_type == "llama" and config.hidden_size % heads:
        problems["hidden_size"] = (
            f"hidden_size is {config.hidden_size:,}, which is not a multiple of the {heads} attention heads; "
            f"Hugging Face's Llama refuses that: try {config.hidden_size // heads * heads or heads:,} "
            f"or {(config.hidden_size // heads + 1) * heads:,}"
        )
    architecture = config.architecture
    if config.attention_bias and not architecture.obeys_attention_bias:
        has = f"always has them on {', '.join(architecture.biased_roles)}" if architecture.biased_roles else "has none"
        allowing = ", ".join(name for name, other in ARCHITECTURES.items() if other.obeys_attention_bias)
        problems["attention_bias"] = f"{architecture.label} {has}; attention_bias can be chosen for {allowing}"
    return problems


def validate(config: ModelConfig) -> ModelConfig:
    """Return the configuration if a model of these dimensions can exist.

    Raises:
        WidgetError: It cannot; the message gives every reason of `find_problems`.
    """
    reasons = _reasons_against(config)
    if reasons:
        raise WidgetError(reasons)
    return config


@lru_cache(maxsize=256)
def _reasons_against(config: ModelConfig) -> str:
    # Every count of a page asks again about the same few configurations.
    return "; ".join(find_problems(config).values())


def linear_layers(config: ModelConfig) -> list[LinearLayer]:
    """List the linear layers of the blocks (PEFT's ``all-linear``: everything linear but the output layer).

    Args:
        config: A model's dimensions.

    Returns:
        One entry per kind of layer, in the order in which a token passes them.

    >>> [layer.name for layer in linear_layers(MODELS["microsoft/phi-2"])]
    ['q_proj', 'k_proj', 'v_proj', 'dense', 'fc1', 'fc2']
    """
    return list(_linear_layers(config))


@lru_cache(maxsize=256)
def _linear_layers(config: ModelConfig) -> tuple[LinearLayer, ...]:
    hidden, inner = config.hidden_size, config.intermediate_size
    shapes = {
        "q": (hidden, config.query_size),
        "k": (hidden, config.key_value_size),
        "v": (hidden, config.key_value_size),
        "o": (config.query_size, hidden),
        "gate": (hidden, inner),
        "up": (hidden, inner),
        "down": (inner, hidden),
    }
    architecture = config.architecture
    biased = architecture.biased_roles + (ATTENTION_ROLES if config.attention_bias else ())
    return tuple(
        LinearLayer(name, role, *shapes[role], count=config.num_hidden_layers, has_bias=role in biased)
        for role, name in architecture.linear_names.items()
    )


@lru_cache(maxsize=256)
def linear_weights(config: ModelConfig) -> int:
    """Count the entries of the blocks' weight matrices: what NF4 quantizes and what LoRA can adapt."""
    return sum(layer.weights for layer in linear_layers(config))


def lm_head_params(config: ModelConfig) -> int:
    """Count the parameters that only the output layer has: none of its weights if it is tied to the embeddings."""
    weights = 0 if config.tie_word_embeddings else config.vocab_size * config.hidden_size
    return weights + (config.vocab_size if config.architecture.lm_head_has_bias else 0)


@lru_cache(maxsize=256)
def total_params(config: ModelConfig) -> int:
    """Count the parameters of a model; tied embeddings count once, as in ``model.num_parameters()``.

    >>> total_params(MODELS["meta-llama/Llama-2-7b-hf"])
    6738415616
    """
    architecture = config.architecture
    embeddings = config.vocab_size * config.hidden_size
    biases = sum(layer.out_features * layer.count for layer in linear_layers(config) if layer.has_bias)
    norm = config.hidden_size * (1 if architecture.is_rms_norm else 2)
    norms = (architecture.norms_per_layer * config.num_hidden_layers + 1) * norm
    if architecture.norms_queries_and_keys:
        norms += 2 * config.head_dim * config.num_hidden_layers
    return embeddings + linear_weights(config) + biases + norms + lm_head_params(config)


def _entry(
    model_id: str,
    label: str,
    model_type: str,
    dimensions: tuple[int, int, int, int, int, int, int],
    released: str,
    licence: str,
    *,
    tied: bool = False,
) -> ModelConfig:
    """Build a catalogue entry; dimensions are V, C, feed-forward width, blocks, H, key-value heads and D."""
    return ModelConfig(
        model_id,
        label,
        model_type,
        *dimensions,
        tie_word_embeddings=tied,
        released=released,
        licence=licence,
        source=f"https://huggingface.co/{model_id}/blob/main/config.json",
    )


_APACHE = "Apache 2.0"
_LLAMA_2 = "Llama 2 Community"
# fmt: off
_ENTRIES = (
    _entry("HuggingFaceTB/SmolLM2-135M", "SmolLM2 135M", "llama",
           (49152, 576, 1536, 30, 9, 3, 64), "2024-11", _APACHE, tied=True),
    _entry("Qwen/Qwen2.5-0.5B", "Qwen2.5 0.5B", "qwen2",
           (151936, 896, 4864, 24, 14, 2, 64), "2024-09", _APACHE, tied=True),
    _entry("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "TinyLlama 1.1B Chat", "llama",
           (32000, 2048, 5632, 22, 32, 4, 64), "2023-12", _APACHE),
    _entry("meta-llama/Llama-3.2-1B", "Llama 3.2 1B", "llama",
           (128256, 2048, 8192, 16, 32, 8, 64), "2024-09", "Llama 3.2 Community", tied=True),
    _entry("google/gemma-2b", "Gemma 2B", "gemma",
           (256000, 2048, 16384, 18, 8, 1, 256), "2024-02", "Gemma", tied=True),
    _entry("microsoft/phi-2", "Phi-2", "phi",
           (51200, 2560, 10240, 32, 32, 32, 80), "2023-12", "MIT"),
    _entry("meta-llama/Llama-2-7b-hf", "Llama 2 7B", "llama",
           (32000, 4096, 11008, 32, 32, 32, 128), "2023-07", _LLAMA_2),
    _entry("mistralai/Mistral-7B-v0.1", "Mistral 7B v0.1", "mistral",
           (32000, 4096, 14336, 32, 32, 8, 128), "2023-09", _APACHE),
    _entry("Qwen/Qwen2.5-7B", "Qwen2.5 7B", "qwen2",
           (152064, 3584, 18944, 28, 28, 4, 128), "2024-09", _APACHE),
    _entry("meta-llama/Meta-Llama-3-8B", "Llama 3 8B", "llama",
           (128256, 4096, 14336, 32, 32, 8, 128), "2024-04", "Llama 3 Community"),
    _entry("Qwen/Qwen3-8B", "Qwen3 8B", "qwen3",
           (151936, 4096, 12288, 36, 32, 8, 128), "2025-04", _APACHE),
    _entry("meta-llama/Llama-2-13b-hf", "Llama 2 13B", "llama",
           (32000, 5120, 13824, 40, 40, 40, 128), "2023-07", _LLAMA_2),
    _entry("meta-llama/Llama-2-70b-hf", "Llama 2 70B", "llama",
           (32000, 8192, 28672, 80, 64, 8, 128), "2023-07", _LLAMA_2),
    _entry("meta-llama/Llama-3.1-70B", "Llama 3.1 70B", "llama",
           (128256, 8192, 28672, 80, 64, 8, 128), "2024-07", "Llama 3.1 Community"),
)
# fmt: on

MODELS: dict[str, ModelConfig] = {entry.model_id: entry for entry in _ENTRIES}
"""The catalogue: Hugging Face id → dimensions, from the smallest model to the largest."""


def get_model(model: str | ModelConfig) -> ModelConfig:
    """Look a model up by its id; an entry is passed through, a configuration of one's own is checked.

    Raises:
        WidgetError: No model of that id is in the catalogue (the message names the nearest one), or no model of
            these dimensions could exist.
    """
    if isinstance(model, ModelConfig):
        return model if MODELS.get(model.model_id) is model else validate(model)
    if model not in MODELS:
        raise WidgetError(not_allowed("model", model, MODELS))
    return MODELS[model]
