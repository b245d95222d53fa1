"""Trainable parameters are counted as PEFT counts them, on a torch model of the same shape."""

from __future__ import annotations

import pytest
from peft import LoraConfig as PeftConfig
from peft import get_peft_model

from tests.engine.torch_reference.twin import Twin
from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT, PROJECTIONS, GPTConfig

TINY = GPTConfig(vocab_size=215, context_length=64)
"""The shape of the course's tiny model."""

TARGETS = {
    "q,v": ("q_proj", "v_proj"),
    "q,k,v,o": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "up": ("up_proj",),
    "all-linear": PROJECTIONS,
}


@pytest.mark.parametrize("rank", [1, 4, 8, 64])
@pytest.mark.parametrize("targets", TARGETS)
def test_trainable_and_all_parameters_equal_pefts(rank: int, targets: str) -> None:
    names = TARGETS[targets]
    peft_model = get_peft_model(Twin(TINY), PeftConfig(r=rank, lora_alpha=16, target_modules=list(names)))
    expected_trainable, expected_all = peft_model.get_nb_trainable_parameters()
    model = GPT(TINY)
    adapter = Adapter(model, LoraConfig(rank=rank, target_modules=names))
    assert adapter.parameters.count == expected_trainable
    assert model.parameters.count + adapter.parameters.count == expected_all


def test_the_names_and_shapes_of_the_factors_equal_pefts() -> None:
    peft_model = get_peft_model(Twin(TINY), PeftConfig(r=3, target_modules=list(PROJECTIONS)))
    theirs = {
        name.removeprefix("base_model.model.")
        .replace(".lora_A.default.weight", ".lora_a")
        .replace(".lora_B.default.weight", ".lora_b"): tuple(parameter.shape)
        for name, parameter in peft_model.named_parameters()
        if parameter.requires_grad
    }
    adapter = Adapter(GPT(TINY), LoraConfig(rank=3, target_modules=PROJECTIONS))
    assert {name: parameter.shape for name, parameter in adapter.parameters.items()} == theirs
