"""Supervised fine-tuning: go on predicting tokens, but on questions with the answers that we want.

What this simplifies: one question and one answer a row (no conversations), every row padded to the longest instead of
packed, the data small enough to be shuffled in memory.

Sources: Ouyang et al., arXiv 2203.02155, section 3.5; loss on the response only as in TRL's SFTTrainer
(``assistant_only_loss``, ``completion_only_loss``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

from widgets.core.errors import EngineError, not_allowed
from widgets.engine.architectures.gpt import GPT
from widgets.engine.operations import cross_entropy
from widgets.engine.optimizer import AdamW
from widgets.engine.parameters import ParameterSet
from widgets.engine.program import Captured
from widgets.engine.tensor import Tensor
from widgets.recipes.batches import LossOn, RowBatch, endless
from widgets.recipes.checks import require_run
from widgets.recipes.divergence import Guard, chance_loss
from widgets.recipes.encoding import HasPromptAndResponse, encode_pairs, longest
from widgets.recipes.results import Diverged, TrainingStep
from widgets.recipes.schedule import linear_decay
from widgets.world import Style, qa_pairs
from widgets.world.model import base_model


@dataclass(frozen=True)
class SFTConfig:
    """Settings of a run.

    Attributes:
        steps: How many updates.
        batch_size: Rows a step.
        learning_rate: Step size at the start; it falls to almost nothing in a straight line.
        max_norm: Gradients are clipped to this global norm; 0 for no clipping.
        loss_on: ``"response"`` counts the answer and its end, ``"everything"`` the question too.
        seed: Of the rows' order.
    """

    steps: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-3
    max_norm: float = 1.0
    loss_on: LossOn = "response"
    seed: int = 0

    def __post_init__(self) -> None:
        require_run(self.steps, self.batch_size, self.learning_rate, self.max_norm)
        if self.loss_on not in get_args(LossOn):
            raise EngineError(not_allowed("part of a row to train on", self.loss_on, get_args(LossOn)))


# --8<-- [start:sft]
def train(
    model: GPT,
    pairs: Iterable[HasPromptAndResponse],
    config: SFTConfig | None = None,
    *,
    trained: ParameterSet | None = None,
) -> Iterator[TrainingStep | Diverged]:
    """Fine-tune a model on questions with answers, one result a step.

    Args:
        model: Changed in place.
        pairs: Questions with their answers, for example `widgets.world.qa_pairs`.
        config: The settings.
        trained: What to change; everything in the model if not given, an adapter's parameters for LoRA.

    Yields:
        A `TrainingStep` after each update, or a `Diverged` as the last result.

    Raises:
        EngineError: There are no pairs, a word is unknown, or a row is longer than the model's context.
    """
    config = config or SFTConfig()
    trained = trained or model.parameters
    rows = encode_pairs(pairs)
    batch = RowBatch(config.batch_size, longest(rows))
    optimizer = AdamW(trained, config.learning_rate, max_norm=config.max_norm)

    # --8<-- [start:update]
    def update() -> Tensor:
        loss = cross_entropy(model(batch.tokens), batch.targets, batch.counts_in_loss)
        loss.backward()
        optimizer.step()
        return loss
        # --8<-- [end:update]

    one_update = Captured(update)
    guard = Guard([trained], chance_loss(model.config.vocab_size))
    order = endless(rows, config.seed)
    for step in range(1, config.steps + 1):
        tokens = batch.fill(list(islice(order, config.batch_size)), config.loss_on)
        rate = optimizer.learning_rate = linear_decay(step, config.steps, config.learning_rate)
        guard.before_step()
        loss = one_update().item()
        finding = guard.check(step, loss, rate)
        if finding:
            yield finding
            return
        yield TrainingStep(step, config.steps, loss, rate, optimizer.gradient_norm, tokens)


# --8<-- [end:sft]


def fine_tuned(style: Style | Literal["mixed"] = "mixed", config: SFTConfig | None = None) -> GPT:
    """Return the base model after a whole run of fine-tuning: where learning from preferences starts.

    Args:
        style: Of the answers; ``"mixed"`` leaves it to the model which one it gives.
        config: The settings; the seed also draws the styles.

    Raises:
        EngineError: The run diverged.
    """
    config = config or SFTConfig()
    model = base_model()
    for result in train(model, qa_pairs("train", style, config.seed), config):
        if isinstance(result, Diverged):
            raise EngineError(f"sft: {result.message}")
    return model
