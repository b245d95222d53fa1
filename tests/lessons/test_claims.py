"""What the pages say about the libraries beside their listings: defaults, what is gone, what may be swapped."""

from __future__ import annotations

import pytest

from tests.lessons.checking import misfits
from tests.lessons.warm import Warm
from widgets.site.sources.listings import find_listings

pytestmark = pytest.mark.lessons

FACTS = """
import inspect, json
import transformers, trl
from transformers import BitsAndBytesConfig

def default(of, name):
    return inspect.signature(of).parameters[name].default

print(json.dumps({
    "4-bit type": BitsAndBytesConfig(load_in_4bit=True).bnb_4bit_quant_type,
    "double quantization": BitsAndBytesConfig(load_in_4bit=True).bnb_4bit_use_double_quant,
    "grpo beta": default(trl.GRPOConfig, "beta"),
    "rloo beta": default(trl.RLOOConfig, "beta"),
    "dpo beta": default(trl.DPOConfig, "beta"),
    "dpo learning rate": default(trl.DPOConfig, "learning_rate"),
    "has PPOTrainer": hasattr(trl, "PPOTrainer"),
    "SFTTrainer takes": list(inspect.signature(trl.SFTTrainer).parameters),
    "SFTConfig takes": list(inspect.signature(trl.SFTConfig).parameters),
    "TrainingArguments takes": list(inspect.signature(transformers.TrainingArguments).parameters),
}))
"""


@pytest.fixture(scope="module")
def facts(warm: Warm) -> dict[str, object]:
    """Ask the installed libraries."""
    answer: dict[str, object] = warm.answer_of(FACTS)
    return answer


def test_nf4_and_double_quantization_have_to_be_asked_for(facts: dict[str, object]) -> None:
    assert facts["4-bit type"] == "fp4"
    assert facts["double quantization"] is False


def test_the_defaults_that_the_pages_name(facts: dict[str, object]) -> None:
    assert (facts["grpo beta"], facts["rloo beta"]) == (0.0, 0.05)
    assert (facts["dpo beta"], facts["dpo learning rate"]) == (0.1, 1e-6)


def test_what_old_tutorials_use_is_gone(facts: dict[str, object]) -> None:
    assert facts["has PPOTrainer"] is False
    trainer, config, arguments = (facts[f"{name} takes"] for name in ("SFTTrainer", "SFTConfig", "TrainingArguments"))
    assert not {"tokenizer", "dataset_text_field", "max_seq_length"} & set(trainer)  # type: ignore[call-overload]
    assert not {"max_seq_length", "warmup_ratio"} & set(config)  # type: ignore[call-overload]
    assert "warmup_ratio" not in arguments  # type: ignore[operator]


@pytest.mark.parametrize(
    ("title", "swaps"),
    [
        ("train_grpo.py", [("GRPOTrainer", "RLOOTrainer"), ("GRPOConfig", "RLOOConfig")]),
        ("choose.py", [("SFTTrainer", "DPOTrainer"), ("SFTConfig", "DPOConfig")]),
    ],
)
def test_the_trainers_that_may_be_swapped_take_the_same_arguments(
    title: str, swaps: list[tuple[str, str]], warm: Warm
) -> None:
    program = next(listing.program for listing in find_listings() if listing.title == title)
    for old, new in swaps:
        assert old in program
        program = program.replace(old, new)
    assert misfits({"program": program}, warm.environment, warm) == {"program": []}
