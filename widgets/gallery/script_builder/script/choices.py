"""The choices there are for a training script, and what is allowed where the reader types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A way to train, as TRL offers it.

    Attributes:
        method_id: Key in `METHODS`.
        label: Name for readers.
        trainer: Name of TRL's trainer class.
        config: Name of the class that holds its settings.
        formats: Keys of `FORMATS` that it can learn from, the usual one first.
        verb: What it does to the model, for the first line of the script.
        learning_rates: What the course uses with an adapter, and for all weights.
        lesson: Number of its lesson.
    """

    method_id: str
    label: str
    trainer: str
    config: str
    formats: tuple[str, ...]
    verb: str
    learning_rates: tuple[float, float]
    lesson: int

    @property
    def samples_answers(self) -> bool:
        """True if training generates answers and has them scored."""
        return self.formats == ("prompt",)


METHODS: dict[str, Method] = {
    method.method_id: method
    for method in (
        Method(
            "sft",
            "Supervised fine-tuning (SFT)",
            "SFTTrainer",
            "SFTConfig",
            ("prompt-completion", "messages", "text"),
            "Teach {model} by example (SFT)",
            (2e-4, 2e-5),
            2,
        ),
        Method(
            "reward-model",
            "Reward model",
            "RewardTrainer",
            "RewardConfig",
            ("preference",),
            "Turn {model} into a reward model",
            (1e-4, 1e-5),
            5,
        ),
        Method(
            "dpo",
            "DPO",
            "DPOTrainer",
            "DPOConfig",
            ("preference",),
            "Train {model} on preferences (DPO)",
            (5e-5, 1e-6),
            6,
        ),
        Method(
            "grpo",
            "RL with a reward model: GRPO",
            "GRPOTrainer",
            "GRPOConfig",
            ("prompt",),
            "Train {model} on the scores of a reward model (GRPO)",
            (1e-5, 1e-6),
            5,
        ),
        Method(
            "rloo",
            "RL with a reward model: RLOO",
            "RLOOTrainer",
            "RLOOConfig",
            ("prompt",),
            "Train {model} on the scores of a reward model (RLOO)",
            (1e-5, 1e-6),
            5,
        ),
    )
}
"""How a model can be trained: key → method."""

TUNINGS: dict[str, str] = {
    "full": "all weights",
    "lora": "LoRA adapter",
    "qlora": "LoRA adapter on a 4-bit base (QLoRA)",
}
"""What moves during training."""

TRAINED: dict[str, str] = {
    "full": "all weights",
    "lora": "a LoRA adapter",
    "qlora": "a LoRA adapter on a 4-bit base (QLoRA)",
}
"""The same within a sentence."""

USUAL = "usual"
"""The dataset format that stands for the method's own."""


@dataclass(frozen=True)
class Format:
    """What a row of a dataset looks like.

    Attributes:
        label: Name for readers.
        columns: Names of the columns.
        row: One row as JSON, as it may stand in a file.
        example: A dataset on the Hub that has such rows, or can be turned into them.
    """

    label: str
    columns: tuple[str, ...]
    row: str
    example: str


FORMATS: dict[str, Format] = {
    "prompt-completion": Format(
        "prompt and completion",
        ("prompt", "completion"),
        '{"prompt": "Name a fruit.", "completion": "An apple."}',
        "databricks/databricks-dolly-15k",
    ),
    "messages": Format(
        "messages of a chat",
        ("messages",),
        '{"messages": [{"role": "user", "content": "Hi!"}, {"role": "assistant", "content": "Hello."}]}',
        "trl-lib/Capybara",
    ),
    "text": Format("plain text", ("text",), '{"text": "Once upon a time …"}', "tatsu-lab/alpaca"),
    "preference": Format(
        "preference pairs",
        ("prompt", "chosen", "rejected"),
        '{"prompt": "Is ice hot?", "chosen": "No, it is cold.", "rejected": "Maybe."}',
        "trl-lib/ultrafeedback_binarized",
    ),
    "prompt": Format("prompts only", ("prompt",), '{"prompt": "Is ice hot?"}', "trl-lib/ultrafeedback-prompt"),
}
"""Key → format of a dataset's rows."""

SOURCES: dict[str, str] = {
    "example": "an example for the format",
    "hub": "a dataset on the Hub",
    "jsonl": "my own JSONL file",
}
"""Where the rows come from."""

PRECISIONS: dict[str, str] = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
"""Precision of training → torch's name of the type."""

STRATEGIES: dict[str, str] = {
    "none": "none: every GPU holds a copy (DDP)",
    "fsdp": "FSDP: split everything",
    "zero3": "DeepSpeed ZeRO-3: split everything",
}
"""How several GPUs share the work."""

TARGETS = ("q,v", "q,k,v,o", "all-linear")
"""Choices of layers that get an adapter, keys of `widgets.catalog.lora_counts.TARGET_PRESETS`."""

HUB_NAME = r"[A-Za-z0-9](?:(?!--|\.\.)[A-Za-z0-9_.-])*(?<![.-])"
HUB_ID = rf"(?=.{{1,96}}\Z)(?!.*\.(?:git|ipynb)\Z)(?:{HUB_NAME}/)?{HUB_NAME}"
"""Regular expression of a repository on the Hub, ``org/name`` or ``name``, by the Hub's own rules."""

FOLDER = r"(?=.{1,80}\Z)[A-Za-z0-9][A-Za-z0-9_-]*(?:[./]?[A-Za-z0-9_-]+)*"
"""Regular expression of a folder below the one in which the script runs: no blanks, no ``..``, not absolute."""

JSONL = rf"{FOLDER}\.jsonl?"
"""Regular expression of a JSON Lines file below the folder in which the script runs."""

CHAT_MODELS = frozenset({"TinyLlama/TinyLlama-1.1B-Chat-v1.0", "Qwen/Qwen3-8B"})
"""Models of the catalogue that were already trained to answer."""

TURN_ENDS: dict[str, str] = {"Qwen/Qwen2.5-0.5B": "<|im_end|>", "Qwen/Qwen2.5-7B": "<|im_end|>"}
"""Base models whose chat template ends a turn with another token than their end of text (lesson 2)."""
