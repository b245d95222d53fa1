"""Pre-training: predict the next token of plain text, from random weights.

What this simplifies: the text fits into memory and is read many times over (real runs see most of theirs once), there
is one device, and windows are cut from the stream of documents without regard to where a document ends.

Sources: Radford et al., Language Models are Unsupervised Multitask Learners, 2019; the schedule as in Brown et al.,
arXiv 2005.14165, appendix B.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from widgets.core.errors import EngineError
from widgets.engine.architectures.gpt import GPT
from widgets.engine.operations import cross_entropy
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Indices, Tensor
from widgets.recipes.checks import require, require_run
from widgets.recipes.divergence import Guard, chance_loss
from widgets.recipes.results import Diverged, TrainingStep
from widgets.recipes.schedule import warmup_then_cosine


@dataclass(frozen=True)
class PretrainConfig:
    """Settings of a run.

    Attributes:
        steps: How many updates.
        batch_size: Windows a step.
        window: Tokens a window; at most the model's context.
        learning_rate: Highest step size.
        warmup_steps: Steps until it is reached.
        weight_decay: Of AdamW.
        max_norm: Gradients are clipped to this global norm.
        seed: Of the windows' places.
    """

    steps: int = 4000
    batch_size: int = 32
    window: int = 64
    learning_rate: float = 3e-3
    warmup_steps: int = 100
    weight_decay: float = 0.05
    max_norm: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        require_run(self.steps, self.batch_size, self.learning_rate, self.max_norm)
        require("window", self.window, 2, 4096)
        require("warmup_steps", self.warmup_steps, 0, 100_000)
        require("weight_decay", self.weight_decay, 0, 10)


# --8<-- [start:pretrain]
def train(model: GPT, stream: Sequence[int], config: PretrainConfig | None = None) -> Iterator[TrainingStep | Diverged]:
    """Train a model on a stream of tokens, one result a step.

    Args:
        model: Changed in place.
        stream: The text's token ids, at least one window and a token more.
        config: The settings.

    Yields:
        A `TrainingStep` after each update, or a `Diverged` as the last result.

    Raises:
        EngineError: The stream is shorter than a window, or the window longer than the context.
    """
    config = config or PretrainConfig()
    batch = WindowBatch(stream, config.batch_size, config.window)
    optimizer = AdamW(
        model.parameters, config.learning_rate, weight_decay=config.weight_decay, max_norm=config.max_norm
    )

    # --8<-- [start:update]
    def update() -> Tensor:
        loss = cross_entropy(model(batch.tokens), batch.targets)
        loss.backward()
        optimizer.step()
        return loss
        # --8<-- [end:update]

    one_update = Captured(update)
    guard = Guard([model.parameters], chance_loss(model.config.vocab_size))
    rng = random.Random(config.seed)
    for step in range(1, config.steps + 1):
        batch.draw(rng)
        rate = warmup_then_cosine(step, config.steps, config.learning_rate, config.warmup_steps)
        optimizer.learning_rate = rate
        guard.before_step()
        loss = one_update().item()
        finding = guard.check(step, loss, rate)
        if finding:
            yield finding
            return
        yield TrainingStep(step, config.steps, loss, rate, optimizer.gradient_norm, batch.tokens.size)


# --8<-- [end:pretrain]


class WindowBatch:
    """Windows of a stream, side by side.

    Attributes:
        tokens: What the model reads, shape (B, T).
        targets: The token that follows each, shape (B, T).
    """

    def __init__(self, stream: Sequence[int], batch_size: int, window: int) -> None:
        """Keep the stream and reserve the tensors.

        Args:
            stream: Token ids.
            batch_size: B.
            window: T.

        Raises:
            EngineError: The stream is too short.
        """
        if len(stream) <= window:
            raise EngineError(f"the text has {len(stream)} tokens; a window of {window} needs at least {window + 1}")
        self._stream = array("i", stream)
        self.tokens = Indices((batch_size, window))
        self.targets = Indices((batch_size, window))

    def draw(self, rng: random.Random) -> None:
        """Fill the tensors with windows from random places."""
        batch_size, window = self.tokens.shape
        tokens, targets = array("i"), array("i")
        for _ in range(batch_size):
            start = int(rng.random() * (len(self._stream) - window))
            tokens += self._stream[start : start + window]
            targets += self._stream[start + 1 : start + window + 1]
        self.tokens.set(tokens)
        self.targets.set(targets)
