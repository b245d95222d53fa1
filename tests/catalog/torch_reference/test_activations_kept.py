"""What autograd keeps of a forward pass is what the account says, to the byte."""

from __future__ import annotations

import pytest
import torch
from peft import LoraConfig, get_peft_model

from tests.catalog.torch_reference.real import TINY, make_model, saved_bytes, with_layers
from widgets.catalog import memory
from widgets.catalog.activations import activation_bytes, layer_activation_bytes
from widgets.catalog.lora_counts import TARGET_PRESETS
from widgets.catalog.models import MODELS, ModelConfig

# PEFT 0.21.2 asks transformers 5.23.0 under an old name.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

BATCH, TOKENS = 2, 64
RANK = 4
TOLERANCE = 0.005
"""Of a real model's activations, what the account leaves out."""

NAMES = {"q,v": ["q_proj", "v_proj"], "all-linear": "all-linear"}
DTYPES = {2: torch.bfloat16, 4: torch.float32}


def hidden_states(config: ModelConfig, targets: str | None, dtype: torch.dtype, checkpointing: bool = False) -> int:
    """Measure the bytes kept by the forward pass of a model without its output layer."""
    model = make_model(config, dtype)
    if checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
        model.train()
    body = model.model
    if targets:
        names = NAMES[targets]
        model = get_peft_model(
            model,
            LoraConfig(r=RANK, target_modules=names, task_type="CAUSAL_LM", lora_dropout=0.0),
            autocast_adapter_dtype=False,
        )
        body = model.base_model.model.model
    ids = torch.randint(config.vocab_size, (BATCH, TOKENS), generator=torch.Generator().manual_seed(0))
    embedded = body.embed_tokens(ids).detach().requires_grad_()
    _, kept = saved_bytes(model, lambda: body(inputs_embeds=embedded, use_cache=False).last_hidden_state)
    return kept


@pytest.mark.parametrize("value_bytes", DTYPES)
@pytest.mark.parametrize("targets", [None, *NAMES])
def test_one_more_block_keeps_exactly_what_the_account_says(targets: str | None, value_bytes: int) -> None:
    dtype = DTYPES[value_bytes]
    three = hidden_states(with_layers(TINY, 3), targets, dtype)
    two = hidden_states(with_layers(TINY, 2), targets, dtype)
    adapted = TARGET_PRESETS[targets] if targets else None
    predicted = sum(layer_activation_bytes(TINY, value_bytes, RANK if targets else 0, adapted).values())
    assert three - two == BATCH * TOKENS * predicted


def left_out_bytes(config: ModelConfig, *, is_trained: bool) -> int:
    """What the account leaves out: the final norm, and the cosines and sines of the rotary embedding, in bf16."""
    norm = 4 * config.hidden_size + 4 + (2 * config.hidden_size if is_trained else 0)
    return BATCH * TOKENS * norm + 2 * TOKENS * config.head_dim * 2


@pytest.mark.parametrize("targets", [None, *NAMES])
def test_the_whole_model_keeps_its_blocks_the_final_norm_and_the_rotary_tables(targets: str | None) -> None:
    adapted = TARGET_PRESETS[targets] if targets else None
    rank = RANK if targets else 0
    predicted = activation_bytes(TINY, TOKENS, BATCH, value_bytes=2, rank=rank, adapted=adapted)
    measured = hidden_states(TINY, targets, torch.bfloat16)
    assert measured - predicted == left_out_bytes(TINY, is_trained=targets is None)


def test_what_is_left_out_of_llama_2_7b_is_half_a_percent() -> None:
    config = MODELS["meta-llama/Llama-2-7b-hf"]
    left_out = left_out_bytes(config, is_trained=True)
    assert left_out < TOLERANCE * activation_bytes(config, TOKENS, BATCH)


def test_checkpointing_keeps_each_block_s_input_and_little_else() -> None:
    kept = {
        layers: hidden_states(with_layers(TINY, layers), None, torch.bfloat16, checkpointing=True) for layers in (2, 3)
    }
    one_input = BATCH * TOKENS * TINY.hidden_size * 2
    assert kept[3] - kept[2] == one_input
    account = activation_bytes(TINY, TOKENS, BATCH, checkpointing=True)
    recomputed = BATCH * TOKENS * sum(layer_activation_bytes(TINY).values())
    assert account - recomputed == 3 * one_input


def test_logits_their_log_probabilities_and_the_gradient_take_the_bytes_of_the_account() -> None:
    logits = torch.randn(BATCH * TOKENS, TINY.vocab_size, dtype=torch.bfloat16, requires_grad=True)
    labels = torch.randint(TINY.vocab_size, (BATCH * TOKENS,), generator=torch.Generator().manual_seed(0))
    given: list[torch.Tensor] = []
    held = torch.nn.Identity()

    def loss() -> torch.Tensor:
        upcast = logits.float()
        upcast.register_hook(given.append)
        return torch.nn.functional.cross_entropy(upcast, labels)

    result, kept = saved_bytes(held, loss)
    result.backward()
    gradient = given[0]
    log_probabilities = kept - labels.untyped_storage().nbytes()
    measured = logits.untyped_storage().nbytes() + log_probabilities + gradient.untyped_storage().nbytes()
    account = memory.estimate(TINY, "full-sft", context_length=TOKENS, batch_size=BATCH)
    assert measured == pytest.approx(account.component_bytes("logits"), rel=0.001)
