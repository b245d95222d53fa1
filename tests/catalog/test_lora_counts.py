"""LoRA's counts equal PEFT's on every value of the reference file."""

from dataclasses import replace

import pytest

from widgets.catalog import lora_counts
from widgets.catalog.models import MODELS
from widgets.core.errors import WidgetError

LLAMA = "meta-llama/Llama-2-7b-hf"
PHI = "microsoft/phi-2"


def test_counts_and_printed_line_equal_peft(adapter):
    model_id, targets, rank, _, counts = adapter
    assert lora_counts.trainable_params(model_id, rank, targets) == counts["trainable"]
    assert lora_counts.all_params(model_id, rank, targets) == counts["all"]
    assert lora_counts.printed_like_peft(model_id, rank, targets) == counts["printed"]


def test_adapted_modules_and_their_shapes_equal_peft(adapter):
    model_id, targets, _, entry, _ = adapter
    layers = lora_counts.target_layers(model_id, targets)
    assert [[layer.name, layer.in_features, layer.out_features, layer.count] for layer in layers] == entry["modules"]
    assert lora_counts.target_module_names(model_id, targets) == entry["target_modules"]


def test_course_figures_for_llama_2_7b():
    assert lora_counts.trainable_params(LLAMA, 8, "q,v") == 4_194_304
    assert (
        lora_counts.trainable_params(LLAMA, 16, "q,v") == lora_counts.trainable_params(LLAMA, 8, "q,k,v,o") == 8_388_608
    )
    assert lora_counts.trainable_params(LLAMA, 8, "all-linear") == 19_988_480


@pytest.mark.parametrize(
    ("targets", "params"),
    # r · (in + out) · 32 blocks by hand: 8 · (4096 + 4096) · 32 and 8 · (4096 + 11008) · 32
    [("q", 2_097_152), ("v", 2_097_152), ("o", 2_097_152), ("gate", 3_866_624), ("down", 3_866_624)],
)
def test_single_modules_count_rank_times_in_plus_out(targets, params):
    assert lora_counts.trainable_params(LLAMA, 8, targets) == params


def test_single_modules_add_up_to_all_linear():
    singles = [preset for preset, roles in lora_counts.TARGET_PRESETS.items() if len(roles) == 1]
    total = sum(lora_counts.trainable_params(LLAMA, 8, preset) for preset in singles)
    assert total == lora_counts.trainable_params(LLAMA, 8, "all-linear")


def test_adapter_file_takes_four_or_two_bytes_per_parameter():
    assert lora_counts.adapter_bytes(LLAMA, 8, "q,v", "fp32") == 16_777_216
    assert lora_counts.adapter_bytes(LLAMA, 8, "q,v", "bf16") == 8_388_608


def test_scaling_is_alpha_over_rank():
    assert lora_counts.scaling(16, 8) == 2
    assert lora_counts.scaling(8, 64) == 0.125


def test_custom_dimensions_are_counted_like_catalogue_models():
    custom = replace(MODELS[LLAMA], model_id="custom", num_key_value_heads=4, head_dim=64)
    # q: 4096 → 2048, v: 4096 → 256, 32 blocks, rank 3
    assert lora_counts.trainable_params(custom, 3, "q,v") == 32 * 3 * (4096 + 2048 + 4096 + 256)


def test_lora_config_code_is_what_peft_takes():
    code = lora_counts.lora_config_code(PHI, 4, 8, "q,k,v,o")
    calls: dict[str, object] = {}
    exec(code.replace("from peft import LoraConfig", ""), {"LoraConfig": lambda **options: calls.update(options)})
    assert calls == {
        "r": 4,
        "lora_alpha": 8,
        "target_modules": ["q_proj", "k_proj", "v_proj", "dense"],
        "task_type": "CAUSAL_LM",
    }
    assert 'target_modules="all-linear"' in lora_counts.lora_config_code(PHI, 4, 8, "all-linear")


@pytest.mark.parametrize("rank", [0, -1, 257, 1.5, True, "8"])
def test_impossible_ranks_are_explained(rank):
    with pytest.raises(WidgetError, match="allowed: a whole number from 1 to 256"):
        lora_counts.trainable_params(LLAMA, rank, "q,v")


def test_unknown_targets_are_answered_with_the_nearest_choice():
    with pytest.raises(WidgetError, match=r'allowed: q,v; q,k,v,o; all-linear; .*did you mean "all-linear"'):
        lora_counts.trainable_params(LLAMA, 8, "all_linear")


def test_a_missing_gate_is_explained():
    with pytest.raises(WidgetError, match='Phi-2 has no layer "gate"; it has: q, k, v, o, up, down'):
        lora_counts.trainable_params(PHI, 8, "gate")


def test_unknown_adapter_type_is_explained():
    with pytest.raises(WidgetError, match="'fp64'; allowed: fp32, bf16"):
        lora_counts.adapter_bytes(LLAMA, 8, "q,v", "fp64")
