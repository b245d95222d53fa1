"""LoRA: freeze the model and fine-tune a small change of low rank beside its matrices.

What this simplifies: no dropout on the adapter, the same rank everywhere, and the rows and the loss are those of
`sft`: LoRA changes what is trained, not how.

Sources: Hu et al., arXiv 2106.09685, section 4.1; recipe and learning rate relative to full fine-tuning as in the
experiments of section 5, where LoRA takes a larger step than full fine-tuning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT
from widgets.recipes import sft
from widgets.recipes.encoding import HasPromptAndResponse
from widgets.recipes.results import Diverged, TrainingStep
from widgets.recipes.sft import SFTConfig

DEFAULT_TRAINING = SFTConfig(learning_rate=1e-2)
"""A step size some times that of full fine-tuning: B starts at zero and the two factors are small."""


@dataclass(frozen=True)
class TrainableShare:
    """How much of a model is trained.

    Attributes:
        trainable_params: Numbers in the adapter.
        total_params: Numbers in model and adapter together, as PEFT counts them.
    """

    trainable_params: int
    total_params: int

    @property
    def percent(self) -> float:
        """The trained share, 0 to 100."""
        return 100 * self.trainable_params / self.total_params


def attach(model: GPT, config: LoraConfig | None = None, *, seed: int = 0) -> Adapter:
    """Freeze a model and put an adapter on it that changes nothing yet.

    Args:
        model: Its own parameters are no longer trained from here on.
        config: Rank, alpha and target modules.
        seed: Of the adapter's random half.
    """
    return Adapter(model, config or LoraConfig(), seed=seed)


def train(
    model: GPT, adapter: Adapter, pairs: Iterable[HasPromptAndResponse], config: SFTConfig | None = None
) -> Iterator[TrainingStep | Diverged]:
    """Fine-tune the adapter of a model, one result a step.

    Args:
        model: The model that wears the adapter; its own weights stay as they are.
        adapter: From `attach`.
        pairs: Questions with their answers.
        config: The settings of `sft`.

    Yields:
        A `TrainingStep` after each update, or a `Diverged` as the last result.
    """
    return sft.train(model, pairs, config or DEFAULT_TRAINING, trained=adapter.parameters)


def trainable_share(model: GPT, adapter: Adapter) -> TrainableShare:
    """Count what is trained and what there is."""
    trainable = adapter.parameters.count
    return TrainableShare(trainable, model.parameters.count + trainable)
