"""Make the base model: the text, the run, the files and the manifest."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from math import fsum
from pathlib import Path
from typing import Any, Final

from widgets.core.errors import EngineError
from widgets.engine import checkpoint
from widgets.engine.architectures.gpt import GPT
from widgets.recipes import pretrain
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.recipes.pretrain import PretrainConfig
from widgets.recipes.results import Diverged, TrainingStep
from widgets.world import corpus, token_stream, tokenizer, vocabulary
from widgets.world import model as stored
from widgets.world.model import four_bits, model_config

ROUNDS: Final = 120
"""How often each fact is told; fewer rounds, read more often, make the model learn the wordings by heart."""

STAGES: Final = (50, 150, 500, 1500)
"""Steps after which the state is kept for the lesson on pre-training."""


def training_text(seed: int) -> str:
    """Return the pre-training text."""
    return " ".join(token_stream(corpus(seed, ROUNDS)))


def make_base(config: PretrainConfig, report: Callable[[TrainingStep], None]) -> dict[str, bytes]:
    """Train the base model.

    Args:
        config: The settings; its seed also makes the random weights and the text.
        report: Called after every step.

    Returns:
        The files to store, by name, the manifest among them.

    Raises:
        EngineError: The run diverged.
    """
    text = training_text(config.seed)
    model = GPT(model_config(), seed=config.seed)
    stages = [{"step": 0, "text_loss": _rounded(text_loss(model))}]
    files: dict[str, bytes] = {}
    losses: list[float] = []
    for result in pretrain.train(model, tokenizer().encode(text), config):
        if isinstance(result, Diverged):
            raise EngineError(f"pretrain: {result.message}")
        losses.append(result.loss)
        report(result)
        if result.step in STAGES and result.step < config.steps:
            packed = four_bits.pack(model.parameters)
            files[stored.stage_file(result.step)] = packed
            stages.append({"step": result.step, "text_loss": _rounded(_loss_as_stored(packed))})
    base = checkpoint.dump_model(model, notes={"made_by": "python -m widgets pretrain", "seed": config.seed})
    files[stored.BASE_FILE] = base
    as_stored = checkpoint.load_model(base)
    stages.append({"step": config.steps, "text_loss": _rounded(text_loss(as_stored))})
    last = losses[-100:]
    facts: dict[str, Any] = {
        "config": asdict(model.config),
        "parameters": model.parameters.count,
        "seed": config.seed,
        "steps": config.steps,
        "training": asdict(config),
        "data": {"rounds": ROUNDS, "tokens": len(text.split()), "sha256": sha256(text.encode()).hexdigest()},
        "vocabulary_sha256": sha256("\n".join(vocabulary()).encode()).hexdigest(),
        "metrics": {
            "training_loss": _rounded(fsum(last) / len(last)),
            "text_loss": stages[-1]["text_loss"],
            "held_out_exact_match": _rounded(evaluate(as_stored).exact_match),
        },
        "stages": stages,
        "made_with": f"Python {platform.python_version()} on {platform.machine()}",
        "files": {
            name: {"bytes": len(data), "sha256": sha256(data).hexdigest()} for name, data in sorted(files.items())
        },
    }
    files[stored.MANIFEST_FILE] = (json.dumps(facts, indent=2) + "\n").encode()
    return files


def write_files(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of a base model, and remove stored states that no longer belong to it."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.bin"):
        if old.name not in files:
            old.unlink()
    for name, data in files.items():
        fresh = folder / f"{name}.new"
        fresh.write_bytes(data)
        fresh.replace(folder / name)


def _loss_as_stored(packed: bytes) -> float:
    model = GPT(model_config())
    four_bits.fill(model.parameters, packed)
    return text_loss(model)


def _rounded(value: float) -> float:
    return round(value, 4)
