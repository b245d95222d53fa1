"""What must hold for every model that could exist."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from widgets.catalog import lora_counts, memory
from widgets.catalog.architectures import ARCHITECTURES
from widgets.catalog.models import LIMITS, ModelConfig, find_problems, linear_layers, total_params

GATED = sorted(name for name, architecture in ARCHITECTURES.items() if "gate" in architecture.linear_names)
ALL = sorted(ARCHITECTURES)
RANKS = st.integers(1, lora_counts.MAX_RANK)


@st.composite
def model_configs(draw, model_types=ALL):
    """Draw dimensions that a model could have, head size and hidden size independent of each other."""
    model_type = draw(st.sampled_from(model_types))
    key_value_heads = draw(st.integers(1, 16))
    heads = key_value_heads * draw(st.integers(1, 8))
    allows_bias = ARCHITECTURES[model_type].obeys_attention_bias
    config = ModelConfig(
        "custom",
        "custom",
        model_type,
        vocab_size=draw(st.integers(1, 300_000)),
        hidden_size=heads * draw(st.integers(1, 128)),
        intermediate_size=draw(st.integers(1, 40_000)),
        num_hidden_layers=draw(st.integers(1, 100)),
        num_attention_heads=heads,
        num_key_value_heads=key_value_heads,
        head_dim=2 * draw(st.integers(1, 128)),
        tie_word_embeddings=draw(st.booleans()),
        attention_bias=allows_bias and draw(st.booleans()),
    )
    assert find_problems(config) == {}
    return config


@settings(deadline=None)
@given(model_configs(), RANKS, st.sampled_from(["q,v", "q,k,v,o", "all-linear", "down"]))
def test_trainable_parameters_are_linear_in_the_rank(config, rank, targets):
    assert lora_counts.trainable_params(config, rank, targets) == rank * lora_counts.trainable_params(
        config, 1, targets
    )


@settings(deadline=None)
@given(model_configs(), RANKS)
def test_more_targets_never_mean_fewer_parameters(config, rank):
    counts = [lora_counts.trainable_params(config, rank, targets) for targets in ("q,v", "q,k,v,o", "all-linear")]
    assert counts == sorted(counts)
    assert 0 < counts[0] < counts[1] < counts[2]


@settings(deadline=None)
@given(model_configs(GATED), RANKS)
def test_single_modules_add_up_to_all_linear(config, rank):
    singles = sum(lora_counts.trainable_params(config, rank, role) for role in config.architecture.linear_names)
    assert singles == lora_counts.trainable_params(config, rank, "all-linear")


@settings(deadline=None)
@given(model_configs(), RANKS)
def test_all_parameters_are_base_and_adapter(config, rank):
    total = lora_counts.all_params(config, rank, "q,v")
    assert total == total_params(config) + lora_counts.trainable_params(config, rank, "q,v")
    assert 0 < lora_counts.trainable_percent(config, rank, "q,v") < 100


@settings(deadline=None)
@given(model_configs())
def test_keys_and_values_have_the_width_of_their_own_heads(config):
    shapes = {layer.role: (layer.in_features, layer.out_features) for layer in linear_layers(config)}
    assert shapes["q"] == shapes["o"][::-1] == (config.hidden_size, config.num_attention_heads * config.head_dim)
    assert shapes["k"] == shapes["v"] == (config.hidden_size, config.num_key_value_heads * config.head_dim)


@settings(deadline=None)
@given(model_configs())
def test_fewer_key_value_heads_never_cost_more(config):
    fewer = replace(config, num_key_value_heads=1)
    assert total_params(fewer) <= total_params(config)
    assert lora_counts.trainable_params(fewer, 8, "q,v") <= lora_counts.trainable_params(config, 8, "q,v")


@settings(deadline=None)
@given(
    model_configs(),
    st.sampled_from(memory.METHODS),
    st.sampled_from(sorted(memory.PRECISIONS)),
    st.sampled_from(sorted(memory.OPTIMIZERS)),
    st.sampled_from(sorted(memory.TUNINGS)),
    st.booleans(),
    st.integers(1, 8192),
    st.integers(1, 64),
    st.integers(1, lora_counts.MAX_RANK - 1),
)
def test_memory_grows_with_context_batch_rank_and_blocks(
    config, method, precision, optimizer, tuning, checkpointing, context_length, batch_size, rank
):
    def total(config=config, **changes):
        choices = {
            "precision": precision,
            "optimizer": optimizer,
            "tuning": tuning,
            "checkpointing": checkpointing,
            "context_length": context_length,
            "batch_size": batch_size,
            "rank": rank,
            **changes,
        }
        return memory.estimate(config, method, **choices).total_bytes

    here = total()
    assert total(context_length=context_length + 1) > here
    assert total(batch_size=batch_size + 1) > here
    assert total(rank=rank + 1) >= here
    assert total(targets="all-linear") >= here
    assert total(replace(config, num_hidden_layers=config.num_hidden_layers + 1)) > here


@settings(deadline=None)
@given(model_configs(), st.sampled_from(sorted(memory.PRECISIONS)), st.integers(1, 4096))
def test_checkpointing_and_freezing_never_keep_more_activations(config, precision, context_length):
    deep = replace(config, num_hidden_layers=config.num_hidden_layers + 1)

    def kept(method, *, checkpointing=False):
        choices = {"precision": precision, "context_length": context_length, "rank": 1}
        return memory.estimate(deep, method, checkpointing=checkpointing, **choices).component_bytes("activations")

    assert kept("full-sft", checkpointing=True) < kept("full-sft")
    assert kept("lora") < kept("full-sft")
    assert kept("qlora") == kept("lora")


@settings(deadline=None)
@given(model_configs(), st.integers(1, 64))
def test_quantization_shrinks_the_frozen_base(config, rank):
    # A matrix within one block has a single constant; there is nothing to quantize twice.
    assume(all(layer.in_features * layer.out_features > 64 for layer in linear_layers(config)))
    lora_states = memory.estimate(config, "lora", rank=rank).model_state_bytes
    qlora = memory.estimate(config, "qlora", rank=rank)
    plain = memory.estimate(config, "qlora", rank=rank, double_quantization=False)
    assert qlora.component_bytes("quantization_constants") < plain.component_bytes("quantization_constants")
    assert qlora.model_state_bytes < lora_states


@settings(deadline=None)
@given(
    model_configs(),
    st.sampled_from(sorted(LIMITS)),
    st.one_of(st.integers(-5, 0), st.integers(1_000_001, 10**9), st.floats(), st.text(max_size=3), st.none()),
)
def test_no_bad_dimension_passes(config, field, value):
    problems = find_problems(replace(config, **{field: value}))
    assert field in problems
    assert field in problems[field]
    assert "allowed: a whole number from 1 to" in problems[field]
