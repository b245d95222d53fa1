"""The dimensions and parameter counts of real models."""

from dataclasses import replace

import pytest

from widgets.catalog.architectures import ARCHITECTURES
from widgets.catalog.models import (
    LIMITS,
    MODELS,
    find_problems,
    get_model,
    linear_layers,
    linear_weights,
    lm_head_params,
    total_params,
    validate,
)
from widgets.core.errors import WidgetError

LLAMA = MODELS["meta-llama/Llama-2-7b-hf"]

# Parameter counts on the models' Hugging Face pages ("Safetensors: model size"), for models PEFT was not run on.
PUBLISHED = {
    "Qwen/Qwen2.5-0.5B": 494_032_768,
    "meta-llama/Llama-3.2-1B": 1_235_814_400,
    "meta-llama/Llama-2-13b-hf": 13_015_864_320,
    "meta-llama/Llama-2-70b-hf": 68_976_648_192,
    "meta-llama/Llama-3.1-70B": 70_553_706_496,
}


def test_dimensions_are_those_of_the_reference_file(peft_model):
    model_id, reference = peft_model
    config = MODELS[model_id]
    for name, value in reference["config"].items():
        assert getattr(config, name) == value, name


def test_base_parameters_equal_what_peft_counted(peft_model):
    model_id, reference = peft_model
    assert total_params(MODELS[model_id]) == reference["base_params"]


def test_linear_layers_have_the_names_shapes_and_counts_that_peft_found(peft_model):
    model_id, reference = peft_model
    layers = linear_layers(MODELS[model_id])
    found = [[layer.name, layer.in_features, layer.out_features, layer.count] for layer in layers]
    assert found == reference["lora"]["all_linear"]["modules"]


@pytest.mark.parametrize(("model_id", "params"), PUBLISHED.items())
def test_other_models_have_their_published_size(model_id, params):
    assert total_params(MODELS[model_id]) == params


def test_every_model_is_checked_against_peft_or_its_published_size(reference):
    assert set(MODELS) == set(reference["models"]) | set(PUBLISHED)


def test_models_are_listed_from_the_smallest_to_the_largest():
    sizes = [total_params(config) for config in MODELS.values()]
    assert sizes == sorted(sizes)


def test_every_model_names_its_release_licence_and_source():
    for model_id, config in MODELS.items():
        assert config.model_id == model_id
        assert config.released
        assert config.licence
        assert config.source == f"https://huggingface.co/{model_id}/blob/main/config.json"


def test_tied_embeddings_count_once():
    tied = replace(LLAMA, tie_word_embeddings=True)
    assert total_params(LLAMA) - total_params(tied) == 32000 * 4096
    assert lm_head_params(tied) == 0


def test_attention_biases_add_one_number_per_output_of_q_k_v_and_o():
    config = replace(LLAMA, num_key_value_heads=8, attention_bias=True)
    biases = 32 * (4096 + 1024 + 1024 + 4096)
    assert total_params(config) - total_params(replace(config, attention_bias=False)) == biases


def test_head_size_may_differ_from_hidden_size_over_heads():
    config = replace(LLAMA, head_dim=256)
    shapes = {layer.role: (layer.in_features, layer.out_features) for layer in linear_layers(config)}
    assert shapes["q"] == (4096, 8192)
    assert shapes["o"] == (8192, 4096)


def test_grouped_query_attention_shrinks_keys_and_values_only():
    grouped = replace(LLAMA, num_key_value_heads=4)
    shapes = {layer.role: (layer.in_features, layer.out_features) for layer in linear_layers(grouped)}
    assert shapes["k"] == shapes["v"] == (4096, 512)
    assert shapes["q"] == shapes["o"] == (4096, 4096)
    assert linear_weights(LLAMA) - linear_weights(grouped) == 32 * 2 * 4096 * (4096 - 512)


def test_every_catalogue_model_is_possible():
    for config in MODELS.values():
        assert find_problems(config) == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_key_value_heads": 5}, "num_key_value_heads is 5, but each must serve the same number of the 32 query"),
        ({"num_key_value_heads": 5}, "allowed: 1, 2, 4, 8, 16, 32"),
        ({"num_key_value_heads": 64}, "num_key_value_heads is 64"),
        ({"head_dim": 81}, "head_dim is 81; .* try 80 or 82"),
        ({"head_dim": 1}, "try 2 or 2"),
        ({"hidden_size": 4100}, "hidden_size is 4,100, .* not a multiple of the 32 attention heads; .* 4,096 or 4,128"),
        ({"hidden_size": 0}, "hidden_size is 0; allowed: a whole number from 1 to 65,536"),
        ({"num_hidden_layers": -3}, "num_hidden_layers is -3"),
        ({"vocab_size": 2_000_000}, "vocab_size is 2000000; allowed: a whole number from 1 to 1,000,000"),
        ({"intermediate_size": 1.5}, "intermediate_size is 1.5"),
        ({"num_hidden_layers": True}, "num_hidden_layers is True"),
        ({"model_type": "lama"}, 'unknown model_type "lama"; allowed: llama, .* did you mean "llama"'),
        ({"model_type": "mistral", "attention_bias": True}, "Mistral has none; attention_bias can be chosen for llama"),
        ({"model_type": "qwen2", "attention_bias": True}, "Qwen2 always has them on q, k, v"),
    ],
)
def test_impossible_dimensions_are_explained(change, message):
    with pytest.raises(WidgetError, match=message):
        validate(replace(LLAMA, **change))


def test_every_problem_is_reported_under_its_field():
    config = replace(LLAMA, num_key_value_heads=5, head_dim=81)
    assert list(find_problems(config)) == ["num_key_value_heads", "head_dim"]


def test_the_largest_allowed_dimensions_pass():
    largest = replace(LLAMA, **{**LIMITS, "hidden_size": 65_536})
    assert find_problems(largest) == {}


def test_an_unknown_model_is_answered_with_the_nearest_one():
    with pytest.raises(WidgetError, match='did you mean "meta-llama/Llama-2-7b-hf"'):
        get_model("meta-llama/Llama-2-7b")


def test_a_configuration_of_ones_own_is_checked():
    with pytest.raises(WidgetError, match="num_key_value_heads"):
        get_model(replace(LLAMA, num_key_value_heads=5))
    assert get_model(LLAMA) is LLAMA


def test_every_architecture_occurs_in_the_catalogue():
    assert {config.model_type for config in MODELS.values()} == set(ARCHITECTURES)
