"""What the RLHF lab trains: a reward model on the votes, then the tiny model on it with PPO. Needs the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from widgets.core.html import Html
from widgets.core.widget import RunStep, View
from widgets.gallery.labs import following, training
from widgets.gallery.labs.answers import questions_by_text, samples
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.rlhf.view import LAB, SETTINGS, charts_part
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.voting import starting
from widgets.gallery.labs.voting import training as voting
from widgets.gallery.labs.voting.parts import answers_html
from widgets.recipes import ppo, reward_model
from widgets.recipes.evaluation import answer_questions
from widgets.recipes.results import PPOStep, PreferenceStep
from widgets.world import Style, as_prose, check_answer, questions

ROUND = 5
"""A round of PPO takes about as long as this many steps of the others; the progress bar counts it so."""

LAST_ROUNDS = 5
"""Rounds over which the reward at the end is averaged: one round's 64 answers are few."""

TRAINED = {"Your model": "rlhf-lab"}
"""What the reader's models are called, and the names under which they are kept."""


def run_ppo(
    lab: Lab,
    view: View,
    chosen: Mapping[str, str],
    charts: Callable[[Run], Mapping[str, Html]],
    trained: Mapping[str, str],
) -> Iterator[RunStep]:
    """Train a reward model on the votes, then the tiny model on it.

    Args:
        lab: The lab that runs it.
        view: What the run begins with.
        chosen: Texts of the settings of PPO.
        charts: The run so far → HTML of parts.
        trained: The reader's models that answer.
    """
    config = ppo.PPOConfig(
        steps=int(chosen["rounds"]),
        kl_coeff=float(chosen["kl_coeff"]),
        learning_rate=float(chosen["learning_rate"]),
        seed=view.values["seed"],
    )
    rewards = reward_model.RewardModelConfig(seed=view.values["seed"])
    before = starting.START_STEPS + rewards.steps
    total = before + ROUND * config.steps
    begun = yield from voting.begin(view, {**chosen, "method": "ppo"}, total)
    if begun is None:
        return
    log, reward = begun.log, reward_model.start_from(begun.start)

    def learned(result: PreferenceStep) -> RunStep:
        text = f"reward model: step {result.step} of {rewards.steps}, loss {result.loss:.3f}"
        return RunStep({}, starting.START_STEPS + result.step, total, text)

    yield from following.follow(reward_model.train(reward, begun.pairs, rewards), log, None, learned)
    if log.finding:
        why = f"The reward model blew up, so there is nothing for PPO to learn from. {log.finding.message}"
        yield voting.stopped(why, total)
        return
    log.figures["reward_accuracy"] = reward_model.accuracy(reward, begun.pairs)
    yield RunStep({}, before, total, f"reward model: agrees with {log.figures['reward_accuracy']:.0%} of the votes")
    four = ppo.four_models(begun.start.copy(), reward)
    looks = following.evenly(config.steps)

    def improved(result: PPOStep) -> RunStep:
        left = log.seconds / (result.step + 1) * (config.steps - result.step)
        text = f"PPO round {result.step} of {config.steps}, reward {result.reward_mean:.2f}, "
        text += f"KL {result.kl_nats:.2f} nats, {-int(-left // 1)} s left, "
        text += f"for example: “{as_prose(result.answers[0].removesuffix(' <eos>'))}”"
        shown = dict(charts(log.run()))
        if looks.is_due(result.step):
            log.after = tuple(answer_questions(four.policy, samples()))
            shown["answers"] = answers_html(log.run(), f"After round {result.step}")
        return RunStep(shown, before + ROUND * result.step, total, text)

    rounds = ppo.train(four, questions("train"), config)
    # A round is long: each is reported, so that a cancel comes through.
    yield from following.follow(rounds, log, partial(_measured, begun.taste[0]), improved, pause_seconds=0)
    log.figures |= {"reward_mean": log.last("reward", LAST_ROUNDS), "models_in_memory": 4}
    yield from voting.finish(lab, view, begun, four.policy, total, trained, "ppo_runs", LAB.name)


def _measured(style: Style, result: PPOStep) -> dict[str, float]:
    """Give the number of each curve for a round.

    Args:
        style: The preferred one.
        result: The round.
    """
    asked = questions_by_text("train")
    pairs = zip(result.questions, result.answers, strict=True)
    verdicts = [check_answer(asked[question].fact, answer) for question, answer in pairs]
    return {
        "reward": result.reward_mean,
        "kl_nats": result.kl_nats,
        "preferred_share": sum(verdict.style == style for verdict in verdicts) / len(verdicts),
        "wrong_share": sum(not verdict.is_correct for verdict in verdicts) / len(verdicts),
    }


def train(view: View) -> Iterator[RunStep]:
    """Train with the reader's settings."""
    chosen = {name: view.state[name] for name in SETTINGS}
    yield from run_ppo(LAB, view, chosen, lambda live: {"charts": charts_part(view, live)}, TRAINED)


ACTIONS = {
    "run": train,
    "draw": partial(starting.draw, LAB),
    "ask": lambda view: voting.ask(view, TRAINED),
    "forget": partial(training.forget, LAB),
}
