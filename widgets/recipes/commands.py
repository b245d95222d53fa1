"""The commands ``pretrain`` and ``train RECIPE`` of ``python -m widgets``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from widgets.recipes.results import TrainingStep

MODEL_FOLDER = Path(__file__).parent.parent / "data" / "model"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``pretrain`` and ``train`` to the command line."""
    pretrain = commands.add_parser("pretrain", help="train the tiny base model and write its weights")
    pretrain.add_argument("--out", type=Path, default=MODEL_FOLDER, help="folder to write to")
    pretrain.add_argument("--steps", type=int, help="fewer steps, to try the command out")
    pretrain.add_argument("--seed", type=int, default=1, help="of the text, the weights and the order (default: 1)")


def run_command(options: argparse.Namespace) -> int:
    """Run ``pretrain`` or ``train`` and return the exit status."""
    return run_pretrain(options.out, steps=options.steps, seed=options.seed)


def run_pretrain(folder: Path, *, steps: int | None, seed: int) -> int:
    """Train the base model with progress on standard error, and write its files."""
    from widgets.recipes.base import make_base, write_files
    from widgets.recipes.pretrain import PretrainConfig

    config = PretrainConfig(seed=seed) if steps is None else PretrainConfig(seed=seed, steps=steps)
    files = make_base(config, progress(every=max(config.steps // 100, 1)))
    write_files(files, folder)
    for name, data in files.items():
        print(f"{folder / name}: {len(data):,} bytes")
    return 0


def progress(every: int) -> Callable[[TrainingStep], None]:
    """Return a function that prints step, loss and time left now and then, in place on a terminal."""
    start = time.monotonic()

    def report(result: TrainingStep) -> None:
        if result.step % every and result.step != result.steps:
            return
        passed = time.monotonic() - start
        left = passed / result.step * (result.steps - result.step)
        line = f"step {result.step:>5} of {result.steps}  loss {result.loss:.3f} nats  {left:4.0f} s left"
        is_last = result.step == result.steps
        in_place = sys.stderr.isatty()
        print(line, end="\r" if in_place and not is_last else "\n", file=sys.stderr, flush=True)

    return report
