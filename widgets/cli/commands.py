"""The commands ``pretrain`` and ``train RECIPE`` of ``python -m widgets``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from widgets.recipes.checks import attribute_texts

if TYPE_CHECKING:
    from widgets.recipes.results import TrainingStep

MODEL_FOLDER: Final = Path(__file__).parents[1] / "world" / "model"
_KINDS: Final = {"int": int, "float": float}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``pretrain`` and ``train`` to the command line."""
    pretrain = commands.add_parser("pretrain", help="train the tiny base model and write its weights")
    pretrain.add_argument("--out", type=Path, default=MODEL_FOLDER, help="folder to write to")
    pretrain.add_argument("--steps", type=int, help="fewer steps, to try the command out")
    pretrain.add_argument("--seed", type=int, default=1, help="of the text, the weights and the order (default: 1)")
    train = commands.add_parser("train", help="fine-tune the tiny model with one of the recipes")
    _add_recipes(train)


def _add_recipes(parser: argparse.ArgumentParser) -> None:
    from widgets.cli import train
    from widgets.recipes import dpo, lora, ppo, qlora, reward_model, sft
    from widgets.world import STYLES

    recipes = parser.add_subparsers(dest="recipe", required=True)
    modules = {"sft": sft, "lora": lora, "qlora": qlora, "reward-model": reward_model, "dpo": dpo, "ppo": ppo}
    for name, module in modules.items():
        first_line = (module.__doc__ or "").partition("\n")[0]
        recipe = recipes.add_parser(name, help=first_line, description=first_line)
        _add_settings(recipe, train.DEFAULTS[name])
        if name in ("lora", "qlora"):
            recipe.add_argument("--rank", type=int, default=8, help="Of the adapter. (default: 8)")
            recipe.add_argument("--alpha", type=float, help="The change is scaled by alpha / rank. (default: 2 · rank)")
            recipe.add_argument("--targets", default="all-linear", help="For example q,v. (default: all-linear)")
        if name in train.LEARNS_FROM_VOTES:
            recipe.add_argument("--votes", type=int, default=20, help="Of a simulated rater. (default: 20)")
            recipe.add_argument("--noise", type=float, default=0.0, help="Share of its wrong votes. (default: 0)")
        else:
            recipe.add_argument("--style", choices=[*STYLES, "mixed"], default="full", help="Of the answers.")
        recipe.add_argument("--out", type=Path, help="File to write the trained numbers to.")


def _add_settings(recipe: argparse.ArgumentParser, defaults: Any) -> None:
    """Add an option for every field of a configuration, explained by its docstring."""
    texts = attribute_texts(type(defaults))
    for field in fields(defaults):
        default = getattr(defaults, field.name)
        recipe.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=_KINDS.get(str(field.type), str),
            default=default,
            help=f"{texts[field.name]} (default: {default})".replace("%", "%%"),
        )


def run_command(options: argparse.Namespace) -> int:
    """Run ``pretrain`` or ``train`` and return the exit status: 1 if the run diverged."""
    if options.command == "pretrain":
        return run_pretrain(options.out, steps=options.steps, seed=options.seed)
    from widgets.cli import train

    defaults = train.DEFAULTS[options.recipe]
    config = type(defaults)(**{field.name: getattr(options, field.name) for field in fields(defaults)})
    return train.run(options.recipe, config, options)


def run_pretrain(folder: Path, *, steps: int | None, seed: int) -> int:
    """Train the base model with progress on standard error, and write its files."""
    from widgets.cli.pretrain import make_base, write_files
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
