"""What ``python -m widgets train RECIPE`` does: set a recipe up, print its steps, measure before and after."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from widgets.core.errors import EngineError
from widgets.engine import checkpoint
from widgets.engine.adapter import LoraConfig, expand_targets
from widgets.engine.architectures.gpt import GPT
from widgets.recipes import dpo, lora, ppo, qlora, reward_model, sft
from widgets.recipes.checks import require
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.recipes.results import Diverged, PPOStep, PreferenceStep, TrainingStep
from widgets.recipes.scalar_model import ScalarModel
from widgets.recipes.votes import MOST_VOTES, simulated_votes
from widgets.world import SimulatedRater, as_prose, qa_pairs, questions
from widgets.world.model import base_model

Result = TrainingStep | PreferenceStep | PPOStep | Diverged

DEFAULTS: Final[dict[str, Any]] = {
    "sft": sft.SFTConfig(),
    "lora": lora.DEFAULT_TRAINING,
    "qlora": lora.DEFAULT_TRAINING,
    "reward-model": reward_model.RewardModelConfig(),
    "dpo": dpo.DPOConfig(),
    "ppo": ppo.PPOConfig(),
}
LEARNS_FROM_VOTES: Final = ("reward-model", "dpo", "ppo")
_LINES: Final = 20
_FRESH_VOTES: Final = 200
_FRESH_SEED: Final = 1_000


@dataclass(frozen=True)
class _Run:
    """A recipe that is set up: how to measure it, its steps, and what its trained numbers are saved as."""

    measure: Callable[[], str]
    steps: Iterator[Result]
    trained_bytes: Callable[[], bytes]
    about: str


def run(recipe: str, config: Any, options: argparse.Namespace) -> int:
    """Run a recipe on the tiny model.

    Args:
        recipe: A key of `DEFAULTS`.
        config: Its settings.
        options: The other options of the command line.

    Returns:
        0, or 1 if the run diverged.

    Raises:
        EngineError: An option is out of its range, or the file cannot be written where it is wanted; this is seen
            before anything is trained. Or PPO's reward model diverged.
    """
    if options.out:
        _require_place(options.out)
    made = _prepare(recipe, config, options)
    print(f"{recipe}: {made.about}\n{config}\nbefore: {made.measure()}")
    start = time.monotonic()
    last: Result | None = None
    for last in made.steps:
        if isinstance(last, Diverged):
            print(f"diverged: {last.message}")
        elif last.step == 1 or last.step == last.steps or last.step % max(last.steps // _LINES, 1) == 0:
            print(_line(last), flush=True)
    print(f"trained for {time.monotonic() - start:.1f} s\nafter:  {made.measure()}")
    if options.out:
        options.out.write_bytes(made.trained_bytes())
        print(f"{options.out}: {options.out.stat().st_size:,} bytes")
    return 1 if isinstance(last, Diverged) else 0


def _require_place(out: Path) -> None:
    """Raise unless a file can be put there, so that nobody trains for nothing."""
    if not out.parent.is_dir():
        raise EngineError(f"--out {out}: there is no folder {out.parent}; make it first")
    if out.is_dir():
        raise EngineError(f"--out {out} is a folder; name a file in it")


def _prepare(recipe: str, config: Any, options: argparse.Namespace) -> _Run:
    if recipe in LEARNS_FROM_VOTES:
        return _prepare_votes(recipe, config, options)
    model = base_model()
    measure = partial(_measured, model)
    pairs = qa_pairs("train", options.style, config.seed)
    about = f"{len(pairs)} questions about the training animals, {options.style} answers"
    if recipe == "sft":
        return _Run(measure, sft.train(model, pairs, config), lambda: checkpoint.dump_model(model), about)
    alpha = options.alpha if options.alpha is not None else 2.0 * options.rank
    lora_config = LoraConfig(options.rank, alpha, expand_targets(options.targets.split(",")))
    if recipe == "lora":
        adapter = lora.attach(model, lora_config, seed=config.seed)
    else:
        adapter, size = qlora.attach(model, lora_config, seed=config.seed)
        about += f"; matrices in {size.matrices_bytes:,} bytes, {size.matrices_ratio:.3f} of their 32-bit size"
    share = lora.trainable_share(model, adapter)
    about += f"; {share.trainable_params:,} of {share.total_params:,} parameters trained ({share.percent:.2f} %)"
    steps = lora.train(model, adapter, pairs, config)
    return _Run(measure, steps, lambda: checkpoint.dump(adapter.parameters), about)


def _prepare_votes(recipe: str, config: Any, options: argparse.Namespace) -> _Run:
    require("votes", options.votes, 1, MOST_VOTES)
    rater = SimulatedRater(noise=options.noise, seed=config.seed)
    policy = sft.fine_tuned(config=sft.SFTConfig(seed=config.seed))
    measure = partial(_measured, policy)
    votes = simulated_votes(policy, rater, options.votes, seed=config.seed)
    about = f"{len(votes)} votes of a simulated rater ({' > '.join(rater.taste)} > wrong, noise {rater.noise:g})"
    if recipe == "dpo":
        return _Run(measure, dpo.train(policy, votes, config), lambda: checkpoint.dump_model(policy), about)
    scorer = reward_model.start_from(policy)
    if recipe == "reward-model":
        steps = reward_model.train(scorer, votes, config)
        return _Run(lambda: _agreement(scorer, policy, rater), steps, scorer.dump, about)
    for result in reward_model.train(scorer, votes):
        if isinstance(result, Diverged):
            raise EngineError(f"the reward model diverged, so there is nothing for PPO to learn from: {result.message}")
    about += f"; {_agreement(scorer, policy, rater)}"
    rounds = ppo.train(ppo.four_models(policy, scorer), questions("train"), config)
    return _Run(measure, rounds, lambda: checkpoint.dump_model(policy), about)


def _agreement(scorer: ScalarModel, policy: GPT, rater: SimulatedRater) -> str:
    """Compare a reward model with a rater's votes on answers to the held-out questions."""
    fresh = simulated_votes(policy, replace(rater, noise=0.0), _FRESH_VOTES, seed=_FRESH_SEED, split="held_out")
    return f"the reward model agrees with {reward_model.accuracy(scorer, fresh):.1%} of {len(fresh)} fresh votes"


def _line(result: TrainingStep | PreferenceStep | PPOStep) -> str:
    start = f"step {result.step:>4} of {result.steps}"
    if isinstance(result, TrainingStep):
        return f"{start}  loss {result.loss:.4f}  gradient norm {result.gradient_norm:.3f}"
    if isinstance(result, PreferenceStep):
        return f"{start}  loss {result.loss:.4f}  agrees with {result.accuracy:.0%}  margin {result.margin:.3f}"
    example = as_prose(result.answers[0].removesuffix(" <eos>"))
    return f"{start}  reward {result.reward_mean:+.3f}  KL {result.kl_nats:.3f} nats  {example}"


def _measured(model: GPT) -> str:
    found = evaluate(model)
    styles = ", ".join(f"{style} {share:.1%}" for style, share in found.style_shares.items())
    right = f"held-out answers right {found.exact_match:.1%}"
    return f"{right} ({styles}); loss on fresh text {text_loss(model):.3f} nats"
