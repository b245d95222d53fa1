"""What the reader can set: a model of the catalogue or dimensions of one's own, and the adapter."""

from __future__ import annotations

from widgets.catalog import lora_counts
from widgets.catalog.architectures import ARCHITECTURES
from widgets.catalog.models import LIMITS, MODELS, ModelConfig, total_params
from widgets.core.fields import Fields, Number, Select, Toggle
from widgets.core.widget import View

CUSTOM = "custom"
PATTERN = MODELS["meta-llama/Meta-Llama-3-8B"]
"""The model whose dimensions the custom fields start from: it has grouped-query attention."""

WHEN_CUSTOM = ("model", CUSTOM)

TARGET_LABELS = {
    "q,v": "q, v (as in the LoRA paper)",
    "q,k,v,o": "q, k, v, o (all of attention)",
    "all-linear": "all-linear (attention and feed-forward)",
    "q": "q: queries",
    "k": "k: keys",
    "v": "v: values",
    "o": "o: output of attention",
    "gate": "gate of the feed-forward part",
    "up": "up projection",
    "down": "down projection",
}


def _group(config: ModelConfig) -> str:
    size = total_params(config)
    return "Up to 3B" if size < 3e9 else "7B and 8B" if size < 10e9 else "13B and more"


MODEL = Select(
    "model",
    "Model",
    "meta-llama/Llama-2-7b-hf",
    options=(
        *((config.model_id, config.label, _group(config)) for config in MODELS.values()),
        (CUSTOM, "Custom dimensions …", "Your own"),
    ),
)
RANK = Number("rank", "Rank r", "8", minimum=1, maximum=lora_counts.MAX_RANK, slider="log2")
ALPHA = Number(
    "alpha", "Alpha", "16", help="The update is scaled by alpha / r.", minimum=1, maximum=1024, slider="log2"
)
TARGET_MODULES = Select(
    "target_modules",
    "Target modules",
    "q,v",
    options=tuple(
        (preset, TARGET_LABELS[preset], "Presets" if len(roles) > 1 else "Single modules")
        for preset, roles in lora_counts.TARGET_PRESETS.items()
    ),
)
MODEL_TYPE = Select(
    "model_type",
    "Architecture (model_type)",
    PATTERN.model_type,
    help="What the code fixes: biases, norms, names.",
    shown_when=WHEN_CUSTOM,
    options=tuple((name, architecture.label) for name, architecture in ARCHITECTURES.items()),
)


def _dimension(name: str, label: str, help_text: str = "") -> Number:
    default = str(getattr(PATTERN, name))
    return Number(
        name, f"{label} ({name})", default, help=help_text, shown_when=WHEN_CUSTOM, minimum=1, maximum=LIMITS[name]
    )


VOCAB_SIZE = _dimension("vocab_size", "Vocabulary", "Rows of the embedding table.")
HIDDEN_SIZE = _dimension("hidden_size", "Hidden size", "Width of the residual stream.")
INTERMEDIATE_SIZE = _dimension("intermediate_size", "Feed-forward size", "Width inside the feed-forward part.")
NUM_HIDDEN_LAYERS = _dimension("num_hidden_layers", "Layers")
NUM_ATTENTION_HEADS = _dimension("num_attention_heads", "Query heads")
NUM_KEY_VALUE_HEADS = _dimension(
    "num_key_value_heads", "Key–value heads", "Fewer than query heads: grouped-query attention."
)
HEAD_DIM = _dimension("head_dim", "Head size", "Need not be hidden size over heads.")
TIE_WORD_EMBEDDINGS = Toggle(
    "tie_word_embeddings",
    "tie_word_embeddings",
    "off",
    help="The output layer is the embedding table.",
    shown_when=WHEN_CUSTOM,
)
ATTENTION_BIAS = Toggle(
    "attention_bias", "attention_bias", "off", help="Bias vectors on q, k, v and o.", shown_when=WHEN_CUSTOM
)
CUSTOM_FIELDS: Fields = (
    MODEL_TYPE,
    VOCAB_SIZE,
    HIDDEN_SIZE,
    INTERMEDIATE_SIZE,
    NUM_HIDDEN_LAYERS,
    NUM_ATTENTION_HEADS,
    NUM_KEY_VALUE_HEADS,
    HEAD_DIM,
    TIE_WORD_EMBEDDINGS,
    ATTENTION_BIAS,
)
FIELDS: Fields = (MODEL, RANK, ALPHA, TARGET_MODULES, *CUSTOM_FIELDS)
SETTINGS = tuple(field.name for field in (MODEL, *CUSTOM_FIELDS, RANK, TARGET_MODULES))
"""What every count depends on: all fields but alpha, which scales the update and counts nothing."""


def config_of(view: View) -> ModelConfig:
    """Give the chosen model, or the one with the custom dimensions, possible or not."""
    if view[MODEL] != CUSTOM:
        return MODELS[view[MODEL]]
    return ModelConfig(
        CUSTOM,
        "Your model",
        view[MODEL_TYPE],
        vocab_size=view[VOCAB_SIZE],
        hidden_size=view[HIDDEN_SIZE],
        intermediate_size=view[INTERMEDIATE_SIZE],
        num_hidden_layers=view[NUM_HIDDEN_LAYERS],
        num_attention_heads=view[NUM_ATTENTION_HEADS],
        num_key_value_heads=view[NUM_KEY_VALUE_HEADS],
        head_dim=view[HEAD_DIM],
        tie_word_embeddings=view[TIE_WORD_EMBEDDINGS],
        attention_bias=view[ATTENTION_BIAS],
    )
