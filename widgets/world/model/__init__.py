"""The weights of the tiny model: the pre-trained base, earlier states of its training, and the manifest.

`python -m widgets pretrain` writes these files. The base is stored in 16-bit floats. The earlier states are there to
be looked at only, and are stored in 4 bits (see `four_bits`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from widgets.core.errors import EngineError, not_allowed
from widgets.engine import checkpoint
from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.world.model import four_bits
from widgets.world.vocabulary import vocabulary

BASE_FILE: Final = "base.bin"
CONTEXT_LENGTH: Final = 64
MANIFEST_FILE: Final = "manifest.json"


@dataclass(frozen=True)
class Stage:
    """A state of the base model's training.

    Attributes:
        step: After how many steps; 0 is random weights.
        text_loss: Loss on fresh text, in nats a token, of the model as it is stored.
    """

    step: int
    text_loss: float


@cache
def manifest() -> dict[str, Any]:
    """Return what is known about the weights: configuration, data, seed, metrics, and each file's SHA-256."""
    loaded: dict[str, Any] = json.loads(_read(MANIFEST_FILE))
    return loaded


def model_config() -> GPTConfig:
    """Return the sizes of the tiny model: 2 layers, 4 heads, 64 channels, about 118,000 parameters."""
    return GPTConfig(len(vocabulary()), CONTEXT_LENGTH)


def base_model() -> GPT:
    """Return the pre-trained model, a new copy each time."""
    return checkpoint.load_model(_read(BASE_FILE))


def stages() -> tuple[Stage, ...]:
    """Return the states of the training that can be looked at, from random weights to the base model."""
    return tuple(Stage(**stage) for stage in manifest()["stages"])


def stage_model(step: int) -> GPT:
    """Return the model as it was after some steps of pre-training.

    Args:
        step: The step of one of the `stages`.

    Raises:
        EngineError: That state was not kept.
    """
    steps = [stage.step for stage in stages()]
    if step not in steps:
        raise EngineError(not_allowed("stage", step, [str(kept) for kept in steps]))
    if step == steps[-1]:
        return base_model()
    model = GPT(GPTConfig(**manifest()["config"]), seed=manifest()["seed"])
    if step:
        four_bits.fill(model.parameters, _read(stage_file(step)))
    return model


def stage_file(step: int) -> str:
    """Return the name of the file with an earlier state."""
    return f"step-{step}.bin"


def _read(name: str) -> bytes:
    file = resources.files(__package__).joinpath(name)
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise EngineError(f"the weights {name} are missing; make them with: python -m widgets pretrain") from None
