"""Real decoder-only language models: their dimensions, their linear layers and their parameter counts.

Field names are Hugging Face's ``config.json`` names, so a reader can compare them with the model's own file.
What a configuration does not say (which layers carry a bias, how many norms a block has) is fixed by the
architecture's code, ``model_type``, and is held in `ARCHITECTURES`.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.core.errors import WidgetError, not_allowed


@dataclass(frozen=True)
class Architecture:
    """What the code of one ``model_type`` fixes, beyond the numbers in a configuration.

    Attributes:
        linear_names: Module name of each linear layer of a block, by role (``q``, ``k``, ``v``, ``o``, ``gate``,
            ``up``, ``down``). A role that is missing does not exist: ``phi`` has no gate.
        biased_roles: Roles whose linear layer always has a bias vector.
        norms_per_layer: Normalisations of width ``hidden_size`` in one block.
        norm_has_bias: True for LayerNorm (weight and bias), False for RMSNorm (weight only).
        norms_queries_and_keys: True if each head's query and key are normalised too (two vectors of ``head_dim``).
        lm_head_has_bias: True if the output layer has a bias of ``vocab_size``.
    """

    linear_names: dict[str, str]
    biased_roles: tuple[str, ...] = ()
    norms_per_layer: int = 2
    norm_has_bias: bool = False
    norms_queries_and_keys: bool = False
    lm_head_has_bias: bool = False


_GATED = {
    "q": "q_proj",
    "k": "k_proj",
    "v": "v_proj",
    "o": "o_proj",
    "gate": "gate_proj",
    "up": "up_proj",
    "down": "down_proj",
}
_PHI = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "dense", "up": "fc1", "down": "fc2"}

ARCHITECTURES: dict[str, Architecture] = {
    "llama": Architecture(_GATED),
    "mistral": Architecture(_GATED),
    "qwen2": Architecture(_GATED, biased_roles=("q", "k", "v")),
    "qwen3": Architecture(_GATED, norms_queries_and_keys=True),
    "gemma": Architecture(_GATED),
    "phi": Architecture(
        _PHI,
        biased_roles=("q", "k", "v", "o", "up", "down"),
        norms_per_layer=1,
        norm_has_bias=True,
        lm_head_has_bias=True,
    ),
}


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
        attention_bias: True if q, k, v and o carry bias vectors although the architecture does not ask for them.
        released: Year and month of the release, ``YYYY-MM``.
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


def linear_layers(config: ModelConfig) -> list[LinearLayer]:
    """List the linear layers of the blocks (PEFT's ``all-linear``: everything linear but the output layer).

    Args:
        config: A model's dimensions.

    Returns:
        One entry per kind of layer, in the order in which a token passes them.

    >>> [layer.name for layer in linear_layers(MODELS["microsoft/phi-2"])]
    ['q_proj', 'k_proj', 'v_proj', 'dense', 'fc1', 'fc2']
    """
    query = config.num_attention_heads * config.head_dim
    key_value = config.num_key_value_heads * config.head_dim
    hidden, inner = config.hidden_size, config.intermediate_size
    shapes = {
        "q": (hidden, query),
        "k": (hidden, key_value),
        "v": (hidden, key_value),
        "o": (query, hidden),
        "gate": (hidden, inner),
        "up": (hidden, inner),
        "down": (inner, hidden),
    }
    architecture = config.architecture
    return [
        LinearLayer(
            name,
            role,
            *shapes[role],
            count=config.num_hidden_layers,
            has_bias=role in architecture.biased_roles or (config.attention_bias and role in ("q", "k", "v", "o")),
        )
        for role, name in architecture.linear_names.items()
    ]


def linear_weights(config: ModelConfig) -> int:
    """Count the entries of the blocks' weight matrices: what NF4 quantizes and what LoRA can adapt."""
    return sum(layer.weights for layer in linear_layers(config))


def total_params(config: ModelConfig) -> int:
    """Count the parameters of a model; tied embeddings count once, as in ``model.num_parameters()``.

    >>> total_params(MODELS["meta-llama/Llama-2-7b-hf"])
    6738415616
    """
    architecture = config.architecture
    norm = config.hidden_size * (2 if architecture.norm_has_bias else 1)
    biases = sum(layer.out_features * layer.count for layer in linear_layers(config) if layer.has_bias)
    norms = (architecture.norms_per_layer * config.num_hidden_layers + 1) * norm
    if architecture.norms_queries_and_keys:
        norms += 2 * config.head_dim * config.num_hidden_layers
    embeddings = config.vocab_size * config.hidden_size
    return embeddings + linear_weights(config) + biases + norms + lm_head_params(config)


def lm_head_params(config: ModelConfig) -> int:
    """Count the parameters that only the output layer has: none of its weights if it is tied to the embeddings."""
    weights = 0 if config.tie_word_embeddings else config.vocab_size * config.hidden_size
    return weights + (config.vocab_size if config.architecture.lm_head_has_bias else 0)


def _hub(model_id: str) -> str:
    return f"https://huggingface.co/{model_id}/blob/main/config.json"


def _config(
    model_id: str, label: str, model_type: str, dimensions: tuple[int, int, int, int, int, int, int], released: str,
    licence: str, *, tied: bool = False,
) -> ModelConfig:
    """Build a catalogue entry; dimensions are V, C, feed-forward width, blocks, H, key-value heads, D."""
    return ModelConfig(
        model_id, label, model_type, *dimensions, tie_word_embeddings=tied, released=released, licence=licence,
        source=_hub(model_id),
    )


_ENTRIES = [
    _config("HuggingFaceTB/SmolLM2-135M", "SmolLM2 135M", "llama", (49152, 576, 1536, 30, 9, 3, 64), "2024-11",
            "Apache 2.0", tied=True),
    _config("Qwen/Qwen2.5-0.5B", "Qwen2.5 0.5B", "qwen2", (151936, 896, 4864, 24, 14, 2, 64), "2024-09",
            "Apache 2.0", tied=True),
    _config("TinyLlama/TinyLlama-1.1B-Chat-v1.0", "TinyLlama 1.1B Chat", "llama",
            (32000, 2048, 5632, 22, 32, 4, 64), "2023-12", "Apache 2.0"),
    _config("meta-llama/Llama-3.2-1B", "Llama 3.2 1B", "llama", (128256, 2048, 8192, 16, 32, 8, 64), "2024-09",
            "Llama 3.2 Community", tied=True),
    _config("google/gemma-2b", "Gemma 2B", "gemma", (256000, 2048, 16384, 18, 8, 1, 256), "2024-02", "Gemma",
            tied=True),
    _config("microsoft/phi-2", "Phi-2", "phi", (51200, 2560, 10240, 32, 32, 32, 80), "2023-12", "MIT"),
    _config("meta-llama/Llama-2-7b-hf", "Llama 2 7B", "llama", (32000, 4096, 11008, 32, 32, 32, 128), "2023-07",
            "Llama 2 Community"),
    _config("mistralai/Mistral-7B-v0.1", "Mistral 7B v0.1", "mistral", (32000, 4096, 14336, 32, 32, 8, 128),
            "2023-09", "Apache 2.0"),
    _config("Qwen/Qwen2.5-7B", "Qwen2.5 7B", "qwen2", (152064, 3584, 18944, 28, 28, 4, 128), "2024-09",
            "Apache 2.0"),
    _config("meta-llama/Meta-Llama-3-8B", "Llama 3 8B", "llama", (128256, 4096, 14336, 32, 32, 8, 128), "2024-04",
            "Llama 3 Community"),
    _config("Qwen/Qwen3-8B", "Qwen3 8B", "qwen3", (151936, 4096, 12288, 36, 32, 8, 128), "2025-04", "Apache 2.0"),
    _config("meta-llama/Llama-2-13b-hf", "Llama 2 13B", "llama", (32000, 5120, 13824, 40, 40, 40, 128), "2023-07",
            "Llama 2 Community"),
    _config("meta-llama/Llama-2-70b-hf", "Llama 2 70B", "llama", (32000, 8192, 28672, 80, 64, 8, 128), "2023-07",
            "Llama 2 Community"),
    _config("meta-llama/Llama-3.1-70B", "Llama 3.1 70B", "llama", (128256, 8192, 28672, 80, 64, 8, 128), "2024-07",
            "Llama 3.1 Community"),
]

MODELS: dict[str, ModelConfig] = {entry.model_id: entry for entry in _ENTRIES}
"""The catalogue: Hugging Face id → dimensions, from the smallest model to the largest."""


def get_model(model: str | ModelConfig) -> ModelConfig:
    """Look a model up by its id; a configuration is passed through.

    Raises:
        WidgetError: No model of that id is in the catalogue; the message names the nearest one.
    """
    if isinstance(model, ModelConfig):
        return model
    if model in MODELS:
        return MODELS[model]
    raise WidgetError(not_allowed("model", model, MODELS))
