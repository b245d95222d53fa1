"""Weights, gradients, optimiser states, adapters and NF4 codes take the bytes that the account says."""

from __future__ import annotations

import json
from pathlib import Path

import bitsandbytes
import pytest
import torch
from bitsandbytes import functional
from peft import LoraConfig, get_peft_model

from tests.catalog.torch_reference.real import TINY, make_model, tensor_bytes
from widgets.catalog import lora_counts, memory, quantization
from widgets.catalog.models import MODELS, linear_layers, total_params

# PEFT 0.21.2 asks transformers 5.23.0 under an old name.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

REFERENCE = json.loads((Path(__file__).parents[1] / "lora_params.json").read_text(encoding="utf-8"))["models"]
NAMES = {"q,v": ["q_proj", "v_proj"], "q,k,v,o": ["q_proj", "k_proj", "v_proj", "o_proj"], "all-linear": "all-linear"}
BATCH, TOKENS = 2, 32


def step(model: torch.nn.Module) -> torch.optim.AdamW:
    """Take one training step and give the optimiser, whose states exist afterwards."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, foreach=False)
    ids = torch.randint(TINY.vocab_size, (BATCH, TOKENS), generator=torch.Generator().manual_seed(0))
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
    return optimizer


def moments(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    return [state[name] for state in optimizer.state.values() for name in ("exp_avg", "exp_avg_sq")]


def gradients(model: torch.nn.Module) -> list[torch.Tensor]:
    return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_full_fine_tuning_holds_the_counted_weights_gradients_and_moments(precision: str, dtype: torch.dtype) -> None:
    model = make_model(TINY, dtype)
    optimizer = step(model)
    account = memory.estimate(TINY, "full-sft", precision=precision)
    assert tensor_bytes(model.parameters()) == account.component_bytes("weights")
    assert tensor_bytes(gradients(model)) == account.component_bytes("gradients")
    assert tensor_bytes(moments(optimizer)) == account.component_bytes("optimizer_states")


def test_mixed_precision_with_a_master_copy_takes_16_bytes_for_each_parameter() -> None:
    model = make_model(TINY, torch.bfloat16)
    master = [parameter.detach().float().requires_grad_() for parameter in model.parameters()]
    optimizer = torch.optim.AdamW(master, foreach=False)
    ids = torch.randint(TINY.vocab_size, (1, 8), generator=torch.Generator().manual_seed(0))
    model(input_ids=ids, labels=ids).loss.backward()
    for copy, parameter in zip(master, model.parameters(), strict=True):
        copy.grad = parameter.grad.float()
    optimizer.step()
    held = tensor_bytes([*model.parameters(), *gradients(model), *master, *moments(optimizer)])
    assert held == memory.estimate(TINY, "full-sft").model_state_bytes == 16 * total_params(TINY)


@pytest.mark.parametrize("targets", list(NAMES))
def test_lora_holds_a_frozen_base_and_32_bit_adapters_with_their_gradients_and_moments(targets: str) -> None:
    base = make_model(TINY, torch.bfloat16)
    model = get_peft_model(base, LoraConfig(r=4, target_modules=NAMES[targets], task_type="CAUSAL_LM"))
    optimizer = step(model)
    adapters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    frozen = [parameter for parameter in model.parameters() if not parameter.requires_grad]
    account = memory.estimate(TINY, "lora", rank=4, targets=targets)
    assert tensor_bytes(frozen) == account.component_bytes("weights")
    assert tensor_bytes(adapters) == account.component_bytes("adapters")
    assert tensor_bytes(gradients(model)) == account.component_bytes("gradients")
    assert tensor_bytes(moments(optimizer)) == account.component_bytes("optimizer_states")


@pytest.mark.parametrize("model_id", list(MODELS))
def test_peft_counts_the_same_parameters_on_the_real_dimensions(model_id: str) -> None:
    config = MODELS[model_id]
    base = make_model(config, device="meta")
    assert sum(parameter.numel() for parameter in base.parameters()) == total_params(config)
    for targets, names in (("q,v", NAMES["q,v"]), ("all-linear", "all-linear")):
        model = get_peft_model(
            base, LoraConfig(r=8, target_modules=names, task_type="CAUSAL_LM"), low_cpu_mem_usage=True
        )
        assert model.get_nb_trainable_parameters() == (
            lora_counts.trainable_params(config, 8, targets),
            lora_counts.all_params(config, 8, targets),
        )
        base = model.unload()


def test_the_kept_counts_speak_of_models_of_the_catalogue() -> None:
    assert set(REFERENCE) <= set(MODELS)


@pytest.mark.parametrize("double_quantization", [False, True])
@pytest.mark.parametrize("shape", [(128, 128), (352, 128), (64, 96), (4096, 1024)])
def test_nf4_codes_and_constants_take_the_bytes_of_bitsandbytes(
    shape: tuple[int, int], double_quantization: bool
) -> None:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    packed, state = functional.quantize_4bit(
        weight, blocksize=64, quant_type="nf4", compress_statistics=double_quantization
    )
    constants = tensor_bytes([state.absmax, *([state.state2.absmax] if double_quantization else [])])
    assert tensor_bytes([packed]) == quantization.nf4_code_bytes(weight.numel())
    assert constants == quantization.nf4_constant_bytes(weight.numel(), double_quantization)


def test_the_tables_that_bitsandbytes_adds_are_a_fixed_kilobyte_and_not_counted() -> None:
    weight = torch.randn((256, 256), generator=torch.Generator().manual_seed(0))
    _, state = functional.quantize_4bit(weight, blocksize=64, quant_type="nf4", compress_statistics=True)
    assert tensor_bytes([state.code, state.state2.code, state.offset]) == 16 * 4 + 256 * 4 + 4


@pytest.mark.parametrize("double_quantization", [False, True])
def test_a_quantized_model_takes_the_bytes_of_the_account(double_quantization: bool) -> None:
    model = make_model(TINY, torch.bfloat16)
    codes = constants = 0
    layers = [
        layer for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear) and "lm_head" not in name
    ]
    assert len(layers) == sum(layer.count for layer in linear_layers(TINY))
    for layer in layers:
        packed, state = functional.quantize_4bit(
            layer.weight.data, blocksize=64, quant_type="nf4", compress_statistics=double_quantization
        )
        codes += tensor_bytes([packed])
        constants += tensor_bytes([state.absmax, *([state.state2.absmax] if double_quantization else [])])
    quantized = {id(layer.weight) for layer in layers}
    rest = tensor_bytes(parameter for parameter in model.parameters() if id(parameter) not in quantized)
    account = memory.estimate(TINY, "qlora", double_quantization=double_quantization)
    assert codes + rest == account.component_bytes("weights")
    assert constants == account.component_bytes("quantization_constants")


def test_8_bit_adam_takes_two_bytes_for_each_parameter_and_a_constant_for_256() -> None:
    numbers = 64 * 256
    first, second = (torch.zeros(numbers, dtype=torch.uint8) for _ in range(2))
    constants = torch.zeros(2 * numbers // memory.EIGHT_BIT_BLOCK_SIZE)
    assert memory.optimizer_bytes(numbers, 8, "adamw-8bit") == tensor_bytes([first, second, constants])
    default = bitsandbytes.optim.AdamW8bit([torch.nn.Parameter(torch.zeros(numbers))])
    states = default.get_state_buffer(torch.zeros(numbers), dtype=torch.uint8)
    assert tensor_bytes([states]) == numbers
