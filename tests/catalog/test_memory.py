"""Memory for Llama-2-7B agrees with the figures that the course counted, to one per cent."""

import pytest

from widgets.catalog import memory
from widgets.catalog.account import COMPONENTS, HOLDERS
from widgets.catalog.methods import METHODS
from widgets.catalog.models import MODELS, total_params
from widgets.core.errors import WidgetError

LLAMA = "meta-llama/Llama-2-7b-hf"
PARAMS = 6_738_415_616


def estimate(method, model=LLAMA, **choices):
    return memory.estimate(model, method, **choices)


@pytest.mark.parametrize(
    ("gigabytes", "method", "choices"),
    [
        (107.8, "full-sft", {}),
        (107.8, "full-sft", {"precision": "fp32"}),
        (107.8, "pre-training", {}),
        (53.9, "full-sft", {"precision": "bf16"}),
        (40.4, "full-sft", {"precision": "bf16", "optimizer": "adamw-8bit"}),
        (13.5, "lora", {"rank": 8, "targets": "q,v"}),
        (3.93, "qlora", {"rank": 8, "targets": "q,v"}),
        (4.5, "qlora", {"rank": 16, "targets": "all-linear"}),
    ],
)
def test_model_states_of_llama_2_7b(gigabytes, method, choices):
    assert estimate(method, **choices).model_state_bytes / memory.GB == pytest.approx(gigabytes, rel=0.01)


def test_fp32_weights_alone():
    weights = estimate("full-sft", precision="fp32").component_bytes("weights")
    assert weights / memory.GB == pytest.approx(26.95, rel=0.01)


def test_upcast_of_what_is_not_quantized():
    added = estimate("qlora", upcast_rest=True).total_bytes - estimate("qlora").total_bytes
    assert added / memory.GB == pytest.approx(0.52, rel=0.01)


def test_double_quantization_saves_three_tenths_of_a_gigabyte():
    saved = estimate("qlora", double_quantization=False).total_bytes - estimate("qlora").total_bytes
    assert saved / memory.GB == pytest.approx(0.30, rel=0.01)


@pytest.mark.parametrize(
    ("gigabytes", "method", "context_length"),
    [(3.06, "full-sft", 512), (2.29, "lora", 512), (12.2, "full-sft", 2048), (9.2, "lora", 2048)],
)
def test_activations_of_llama_2_7b(gigabytes, method, context_length):
    activations = estimate(method, context_length=context_length).component_bytes("activations")
    assert activations / memory.GB == pytest.approx(gigabytes, rel=0.01)


def test_checkpointing_keeps_the_inputs_of_the_blocks_and_one_block():
    whole = estimate("full-sft").component_bytes("activations")
    kept = estimate("full-sft", checkpointing=True).component_bytes("activations")
    assert (kept - whole / 32) / memory.GB == pytest.approx(0.134, rel=0.01)


def test_model_states_are_8_and_27_times_smaller():
    full = estimate("full-sft").model_state_bytes
    assert round(full / estimate("lora").model_state_bytes) == 8
    assert round(full / estimate("qlora").model_state_bytes) == 27


def test_mixed_precision_takes_sixteen_bytes_per_parameter():
    assert memory.model_state_bytes(PARAMS, memory.PRECISIONS["bf16-mixed"]) == 16 * PARAMS
    assert estimate("full-sft").model_state_bytes == 16 * PARAMS


def test_eight_bit_moments_carry_a_constant_for_every_256():
    assert memory.optimizer_bytes(1024, 8, "adamw-8bit") == 2 * 1024 + 2 * 4 * 4
    assert memory.optimizer_bytes(1, 8, "adamw-8bit") == 2 + 8


def test_logits_count_the_logit_its_log_probability_and_its_gradient():
    logits = estimate("lora", context_length=100, batch_size=3).component_bytes("logits")
    assert logits == 100 * 3 * 32000 * (2 + 4 + 4)
    logits = estimate("lora", precision="fp32", context_length=100).component_bytes("logits")
    assert logits == 100 * 32000 * (4 + 4 + 4)


def test_ppo_holds_four_models_and_dpo_two():
    assert estimate("rlhf-ppo").holders == ("policy", "value", "reference", "reward")
    assert estimate("dpo").holders == ("policy", "reference")


def test_with_an_adapter_the_reference_model_is_the_policy():
    for tuning in ("lora", "qlora"):
        assert estimate("rlhf-ppo", tuning=tuning).holders == ("policy", "value", "reward")
        assert estimate("dpo", tuning=tuning).holders == ("policy",)


def test_the_methods_table_names_the_models_that_are_counted():
    for method_id, method in METHODS.items():
        assert estimate(method_id).holders == method.models_in_memory
        assert estimate(method_id, tuning="lora").holders == method.models_with_adapter


def test_value_and_reward_models_have_one_output_in_place_of_the_vocabulary():
    parts = {(part.holder, part.component): part.num_bytes for part in estimate("rlhf-ppo").parts}
    scorer = PARAMS - 32000 * 4096 + 4096
    assert parts["reward", "weights"] == parts["value", "weights"] == 2 * scorer
    assert parts["reference", "weights"] == 2 * PARAMS
    assert ("value", "logits") not in parts
    assert ("reward", "gradients") not in parts


def test_dpo_runs_chosen_and_rejected_answers_through_the_policy():
    dpo, sft = estimate("dpo", batch_size=2), estimate("full-sft", batch_size=4)
    assert dpo.component_bytes("activations") == sft.component_bytes("activations")
    assert dpo.component_bytes("logits") == sft.component_bytes("logits")


def test_dpo_with_an_adapter_holds_the_model_states_of_lora():
    assert estimate("dpo", tuning="lora").model_state_bytes == estimate("lora").model_state_bytes
    assert estimate("dpo", tuning="qlora").model_state_bytes == estimate("qlora").model_state_bytes


def test_parts_add_up_and_every_part_shows_its_formula():
    for method in memory.METHODS:
        for checkpointing in (True, False):
            account = estimate(method, checkpointing=checkpointing)
            assert sum(account.by_component().values()) == account.total_bytes
            for part in account.parts:
                assert part.component in COMPONENTS
                assert part.holder in HOLDERS
                assert part.symbols
                assert part.formula


@pytest.mark.parametrize("method", memory.METHODS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("checkpointing", [True, False])
@pytest.mark.parametrize("optimizer", memory.OPTIMIZERS)
def test_the_formula_shown_gives_the_bytes_shown(method, model, checkpointing, optimizer):
    account = estimate(method, model=model, checkpointing=checkpointing, optimizer=optimizer, context_length=700)
    for part in account.parts:
        text = part.formula.replace(",", "").replace("×", "*").replace(" bits", "/8")
        text = text.replace(" B", "").replace(" tokens", "")
        # The constants are shown with rounded bits; a partial block of an optimiser counts whole.
        assert eval(text, {}) == pytest.approx(part.num_bytes, rel=2e-3), (part.holder, part.component)


def test_frozen_base_is_the_whole_of_the_16_bit_weights():
    assert estimate("lora").component_bytes("weights") == 2 * total_params(MODELS[LLAMA])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"method": "lorra"}, 'unknown method "lorra"; .* did you mean "lora"'),
        ({"precision": "bf17"}, 'unknown precision "bf17"; allowed: bf16-mixed, bf16, fp32'),
        ({"optimizer": "adam"}, 'unknown optimizer "adam"; allowed: adamw, adamw-8bit'),
        ({"tuning": "half"}, 'unknown tuning "half"; allowed: full, lora, qlora'),
        ({"context_length": 0}, "context length is 0; allowed: a whole number from 1"),
        ({"batch_size": 1.5}, "batch size is 1.5"),
        ({"rank": 0}, "rank is 0"),
        ({"targets": "q,w"}, 'unknown target modules "q,w"'),
        ({"model": "gpt-4"}, 'unknown model "gpt-4"'),
    ],
)
def test_bad_choices_are_explained(choices, message):
    with pytest.raises(WidgetError, match=message):
        estimate(**{"method": "lora", **choices})


@pytest.mark.parametrize("method", ["pre-training", "full-sft", "lora", "qlora"])
@pytest.mark.parametrize(("rank", "targets"), [(8, "q,v"), (64, "all-linear")])
@pytest.mark.parametrize("model", [LLAMA, "microsoft/phi-2", "Qwen/Qwen3-8B"])
def test_the_model_states_alone_are_those_of_the_whole_account(method, rank, targets, model):
    whole = estimate(method, model, rank=rank, targets=targets, context_length=2048, batch_size=4)
    alone = memory.learner_state_bytes(model, method, rank=rank, targets=targets)
    assert alone == whole.model_state_bytes > 0


def test_the_model_states_of_an_impossible_rank_are_refused():
    with pytest.raises(WidgetError, match="rank is 0"):
        memory.learner_state_bytes(LLAMA, "lora", rank=0)
