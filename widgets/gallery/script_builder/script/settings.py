"""What a training script is made from.

Names are those of the libraries where they have one (``per_device_train_batch_size``) and those of the course for the
adapter (``rank``, ``alpha``), so the same name stands in the form, in the address of the page and in the tests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from widgets.catalog.models import MODELS
from widgets.gallery.script_builder.script.choices import FORMATS, METHODS, TURN_ENDS, USUAL, Method


@dataclass(frozen=True)
class Settings:
    """Everything that a script depends on.

    Attributes:
        method: A key of `METHODS`.
        tuning: A key of `TUNINGS`.
        model: A model on the Hub.
        dataset_format: A key of `FORMATS`, or `USUAL`.
        source: A key of `SOURCES`.
        dataset: A dataset on the Hub or a file, by ``source``; for ``example`` it has no meaning.
        reward_model: Folder or Hub id of the reward model that scores answers (GRPO, RLOO).
        precision: A key of `PRECISIONS`.
        max_length: Longest row, or longest generated answer, in tokens.
        per_device_train_batch_size: Rows at a time on each GPU.
        gradient_accumulation_steps: Batches whose gradients are added up for one update.
        learning_rate: Peak of the schedule.
        num_train_epochs: How often every row is seen.
        rank, alpha, dropout, target_modules: The adapter; without meaning for ``full``.
        beta: Pull towards the reference model (DPO, GRPO, RLOO).
        num_generations: Answers sampled for each prompt (GRPO, RLOO).
        merge: True if the script can merge the adapter into a 16-bit base.
        output_dir: Folder for the result.
        gpus: Number of GPUs, on one machine.
        strategy: A key of `STRATEGIES`.
    """

    method: str = "sft"
    tuning: str = "qlora"
    model: str = "HuggingFaceTB/SmolLM2-135M"
    dataset_format: str = USUAL
    source: str = "example"
    dataset: str = ""
    reward_model: str = "my-reward-model"
    precision: str = "bf16"
    max_length: int = 512
    per_device_train_batch_size: int = 4
    gradient_accumulation_steps: int = 4
    learning_rate: float = 2e-4
    num_train_epochs: float = 1
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    target_modules: str = "all-linear"
    beta: float = 0.1
    num_generations: int = 4
    merge: bool = True
    output_dir: str = "my-model"
    gpus: int = 1
    strategy: str = "none"

    @property
    def way(self) -> Method:
        """The method."""
        return METHODS[self.method]

    @property
    def format_id(self) -> str:
        """The key of the rows' format."""
        return self.way.formats[0] if self.dataset_format == USUAL else self.dataset_format

    @property
    def dataset_name(self) -> str:
        """The dataset on the Hub, or the file."""
        return FORMATS[self.format_id].example if self.source == "example" else self.dataset

    @property
    def has_adapter(self) -> bool:
        """True if an adapter is trained."""
        return self.tuning != "full"

    @property
    def merges(self) -> bool:
        """True if the script has a step that merges the adapter."""
        return self.has_adapter and self.merge

    @property
    def is_chat(self) -> bool:
        """True if rows are turned into text by the model's chat template."""
        return self.format_id in ("messages", "preference", "prompt")

    @property
    def is_known(self) -> bool:
        """True if the model is in the course's catalogue, so that its layers are known by name."""
        return self.model in MODELS

    @property
    def rows_per_update(self) -> int:
        """Rows that one update of the weights learns from."""
        return self.per_device_train_batch_size * self.gradient_accumulation_steps * self.gpus

    @property
    def turn_end(self) -> str:
        """The token that ends a turn, where it must be named; "" if the tokenizer's own end of text does."""
        return TURN_ENDS.get(self.model, "") if self.method == "sft" and self.is_chat else ""


def literal(value: str | float | bool) -> str:
    """Write a value as Python: a text in double quotes, a number as short as it can be.

    >>> literal("my-model"), literal(2e-05), literal(3.0)
    ('"my-model"', '2e-05', '3')
    """
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return repr(value)
