"""The runs of the RLHF and the DPO lab: PPO on a reward model, and DPO, both from the same votes. Needs the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from math import fsum
from typing import Any

from widgets.core.html import Html, element, join
from widgets.core.widget import RunStep, View, Widget, render_parts, view_of
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.judging import Watched
from widgets.gallery.labs.pairs import MOST_DRAWN, stock, unrated
from widgets.gallery.labs.pairs import as_text as pairs_as_text
from widgets.gallery.labs.preferences import judged_taste
from widgets.gallery.labs.preferences_asking import reply
from widgets.gallery.labs.preferences_log import Due, Log, own_count, share
from widgets.gallery.labs.preferences_runs import PreferenceRun, PreferenceRuns, as_text
from widgets.gallery.labs.preferences_training import (
    DRAWN_AT_ONCE,
    START_STEPS,
    Clock,
    all_votes,
    draw_pairs,
    judge,
    own_model,
    starting_model,
)
from widgets.gallery.labs.preferences_view import ENOUGH_DRAWN, NO_OWN_MODEL, NOTHING_TO_TRAIN_ON, SAYS_THE_SAME
from widgets.recipes import dpo, ppo, reward_model
from widgets.recipes.results import Diverged
from widgets.world import Style, as_prose, check_answer, questions

Show = Callable[[PreferenceRun, str], Mapping[str, Html]]
"""The run so far, and when the model in training was asked the samples if that is news, else "" → HTML of parts."""

ROUND = 5
"""A round of PPO takes about as long as this many steps of the others; the progress bar counts it so."""

LAST_ROUNDS = 5
"""Rounds over which the reward at the end is averaged: one round's 64 answers are few."""

PPO_SETTINGS = ("kl_coeff", "rounds", "learning_rate")
DPO_SETTINGS = ("beta", "steps", "learning_rate")


def run_ppo(
    widget: Widget, view: View, show: Show, *, chosen: Mapping[str, str] | None = None, keep_as: str = "rlhf-lab"
) -> Iterator[RunStep]:
    """Train a reward model on the votes, then the tiny model on it.

    Args:
        widget: The lab.
        view: What the run begins with.
        show: Gives the parts that are shown while it trains.
        chosen: Texts of the settings of PPO; the view's own if not given.
        keep_as: Name under which the trained model is kept.
    """
    chosen = chosen or {name: view.state[name] for name in PPO_SETTINGS}
    config = ppo.PPOConfig(
        steps=int(chosen["rounds"]),
        kl_coeff=float(chosen["kl_coeff"]),
        learning_rate=float(chosen["learning_rate"]),
        seed=view.values["seed"],
    )
    rewards = reward_model.RewardModelConfig(seed=view.values["seed"])
    before = START_STEPS + rewards.steps
    total = before + ROUND * config.steps
    obstacle = _obstacle(view)
    if obstacle:
        yield _not_started(obstacle, total)
        return
    start = yield from starting_model(total, view.values["start"])
    votes = yield from all_votes(start, view.values, total)
    taste = judged_taste(votes, own_count(view), view.values["taste"])
    clock, log = Clock(), Log(view, {**chosen, "method": "ppo", "judged_by": "-".join(taste)}, start, votes)
    reward = reward_model.start_from(start)
    due = Due()
    for result in clock.timed(reward_model.train(reward, votes, rewards)):
        if isinstance(result, Diverged):
            yield _stopped(
                f"The reward model blew up, so there is nothing for PPO to learn from. {result.message}", total
            )
            return
        if due.is_due():
            text = f"reward model: step {result.step} of {rewards.steps}, loss {result.loss:.3f}"
            yield RunStep({}, START_STEPS + result.step, total, text)
    log.figures["reward_accuracy"] = reward_model.accuracy(reward, votes)
    yield RunStep({}, before, total, f"reward model: agrees with {log.figures['reward_accuracy']:.0%} of the votes")
    four = ppo.four_models(start.copy(), reward)
    facts = {question.text: question.fact for question in questions("train")}
    watched = Watched(four.policy, config.steps)
    for result in clock.timed(ppo.train(four, questions("train"), config)):
        if isinstance(result, Diverged):
            log.note(result)
            break
        pairs = zip(result.questions, result.answers, strict=True)
        verdicts = [check_answer(facts[question], answer) for question, answer in pairs]
        log.add(
            result.step,
            reward=result.reward_mean,
            kl_nats=result.kl_nats,
            preferred_share=share(verdict.style == taste[0] for verdict in verdicts),
            wrong_share=share(not verdict.is_correct for verdict in verdicts),
        )
        left = clock.seconds / (result.step + 1) * (config.steps - result.step)
        text = f"PPO round {result.step} of {config.steps}, reward {result.reward_mean:.2f}, "
        text += f"KL {result.kl_nats:.2f} nats, {-int(-left // 1)} s left, "
        text += f"for example: “{as_prose(result.answers[0].removesuffix(' <eos>'))}”"
        asked = _look(watched, log, "round", result.step)
        yield RunStep(show(log.run(), asked), before + ROUND * result.step, total, text)
    last = log.curves.get("reward", [0.0])[-LAST_ROUNDS:]
    log.figures["reward_mean"] = fsum(last) / len(last)
    log.figures["models_in_memory"] = 4
    yield from _finish(widget, view, "ppo_runs", keep_as, log, four.policy, start, taste, clock, total)


def run_dpo(widget: Widget, view: View, show: Show) -> Iterator[RunStep]:
    """Train the tiny model on the votes directly.

    Args:
        widget: The lab.
        view: What the run begins with.
        show: Gives the parts that are shown while it trains.
    """
    chosen = {name: view.state[name] for name in DPO_SETTINGS}
    value = view.values
    config = dpo.DPOConfig(
        steps=value["steps"], beta=value["beta"], learning_rate=value["learning_rate"], seed=value["seed"]
    )
    total = START_STEPS + config.steps
    obstacle = _obstacle(view)
    if obstacle:
        yield _not_started(obstacle, total)
        return
    start = yield from starting_model(total, value["start"])
    votes = yield from all_votes(start, value, total)
    taste = judged_taste(votes, own_count(view), value["taste"])
    clock, log = Clock(), Log(view, {**chosen, "method": "dpo", "judged_by": "-".join(taste)}, start, votes)
    policy = start.copy()
    due, watched = Due(), Watched(policy, config.steps)
    for result in clock.timed(dpo.train(policy, votes, config)):
        if isinstance(result, Diverged):
            log.note(result)
            break
        log.add(result.step, loss=result.loss, accuracy=result.accuracy, margin=result.margin)
        if due.is_due():
            text = f"DPO step {result.step} of {config.steps}, loss {result.loss:.3f}"
            asked = _look(watched, log, "step", result.step)
            yield RunStep(show(log.run(), asked), START_STEPS + result.step, total, text)
    log.figures["models_in_memory"] = 2
    yield from _finish(widget, view, "dpo_runs", "dpo-lab", log, policy, start, taste, clock, total)


def forget(widget: Widget, view: View, field: str, lab: str) -> Iterator[RunStep]:
    """Delete the runs of a method and its model; the votes stay."""
    trained_models.forget(lab)
    left = {field: ""}
    parts = {**_parts(widget, view, left), "reply": join(), "notice": join()}
    yield RunStep(parts, 1, 1, "Your runs and your model are deleted; your votes stay.", left)


def draw(widget: Widget, view: View) -> Iterator[RunStep]:
    """Sample new pairs of answers from the starting model, to be voted on next.

    Pairs that the reader has not voted on make room for the new ones; the others stay, because the votes name them.
    """
    rated = [pair for pair in view.values["drawn"] if pair not in unrated(view.values["drawn"], view.values["votes"])]
    if view.values["start"] == "own" and own_model() is None:
        yield _not_started(NO_OWN_MODEL, 1)
        return
    if len(rated) + DRAWN_AT_ONCE > MOST_DRAWN:
        yield _not_started(ENOUGH_DRAWN, 1)
        return
    total = START_STEPS + DRAWN_AT_ONCE
    start = yield from starting_model(total, view.values["start"])
    known = {pair.pair_id for pair in (*rated, *stock())}
    drawing = draw_pairs(start, int.from_bytes(os.urandom(4), "little"), known)
    while True:
        try:
            count = next(drawing)
        except StopIteration as end:
            fresh = end.value
            break
        yield RunStep({}, START_STEPS + min(count, DRAWN_AT_ONCE), total, f"{count} pairs of different answers")
    left = {"drawn": pairs_as_text([*rated, *fresh])}
    said = f"{len(fresh)} new pairs, sampled in this tab." if fresh else SAYS_THE_SAME
    yield RunStep(_parts(widget, view, left), total, total, said, left)


def _finish(
    widget: Widget,
    view: View,
    field: str,
    keep_as: str,
    log: Log,
    model: GPT,
    start: GPT,
    taste: tuple[Style, ...],
    clock: Clock,
    total: int,
) -> Iterator[RunStep]:
    """Judge the model, keep it, and leave the run in the state."""
    if not log.steps:
        yield _stopped("The run blew up at its first step; nothing was trained. Try a smaller learning rate.", total)
        return
    worth = yield from judge(model, start, taste, total)
    log.figures |= {**worth.figures(), "train_seconds": clock.seconds, "steps": len(log.steps)}
    log.after = list(worth.answers)
    if "diverged_step" not in log.figures:
        trained_models.remember(keep_as, model)
    earlier: Any = view.values[field]
    shape: PreferenceRuns = next(f for f in widget.fields(view.content) if f.name == field)  # type: ignore[assignment]
    text = as_text([*earlier, log.run()])
    shape.parse(text)  # what is left must be readable in the next visit
    left = {field: text}
    said = f"Win rate {100 * worth.win_rate:.0f} %, {100 * worth.wrong_share:.0f} % wrong."
    if "diverged_step" in log.figures:
        said = f"The run blew up at step {log.figures['diverged_step']:.0f} and was stopped."
    parts = {**_parts(widget, view, left), "reply": reply(view, widget.name, start), "notice": join()}
    yield RunStep(parts, total, total, said, left)


def _look(watched: Watched, log: Log, unit: str, step: int) -> str:
    """Ask the model in training the samples if it is time to, and say when that was; "" if it is not."""
    if not watched.is_due(step):
        return ""
    log.after = watched.ask()
    return f"After {unit} {step}"


def _parts(widget: Widget, view: View, left: Mapping[str, str]) -> dict[str, Html]:
    """Render the parts that depend on what a run leaves."""
    after = render_parts(widget, view_of(widget, view.id, view.content, {**view.state, **left}))
    return {part.name: after[part.name] for part in widget.parts(view.content) if set(part.depends_on) & set(left)}


def _obstacle(view: View) -> str:
    """Say why a run cannot start; "" if it can."""
    if view.values["start"] == "own" and own_model() is None:
        return NO_OWN_MODEL
    if not view.values["simulated_votes"] and not own_count(view):
        return NOTHING_TO_TRAIN_ON
    return ""


def _not_started(why: str, total: int) -> RunStep:
    return RunStep({"notice": element("p", why, class_="ft-problem")}, total, total, "Not started.")


def _stopped(why: str, total: int) -> RunStep:
    """Say that a run came to nothing: it leaves no figures and no model."""
    return RunStep({"notice": element("p", why, class_="ft-note lab-finding")}, total, total, why)
