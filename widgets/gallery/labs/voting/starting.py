"""The model that training on votes starts from, and what is sampled from it. Needs the engine."""

from __future__ import annotations

import os
import random
from collections.abc import Collection, Generator, Iterator

from widgets.core.draws import shuffled
from widgets.core.html import element
from widgets.core.widget import RunStep, View
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.training import last_step
from widgets.gallery.labs.voting.pairs import MOST_DRAWN, as_text, stock, unrated
from widgets.gallery.labs.voting.parts import ENOUGH_DRAWN, NO_OWN_MODEL, SAYS_THE_SAME
from widgets.gallery.labs.voting.votes import own_preferences
from widgets.recipes import sft
from widgets.recipes.results import Diverged
from widgets.recipes.votes import sample_comparisons, simulated_vote_rounds
from widgets.world import Comparison, PreferencePair, SimulatedRater, Style, qa_pairs, questions
from widgets.world.model import base_model

START_STEPS = sft.SFTConfig().steps
DRAWN_AT_ONCE = 8
"""New pairs that the reader gets at a time."""

ASKED_AT_ONCE = 16
"""Questions asked twice in one go, to find answers that differ."""

MOST_ROUNDS = 12
"""After so many goes a model that nearly always says the same is left alone."""

_course: list[GPT] = []


def own_model() -> GPT | None:
    """Give the model that the reader has trained in the SFT lab, in this visit or an earlier one."""
    return trained_models.recall("sft-lab")


def starting_model(total: int, start: str = "course") -> Generator[RunStep, None, GPT]:
    """Give the model that both methods start from, which is not to be changed.

    The course's is the base, fine-tuned on answers in all three styles with the default settings of `sft`; it is made
    once in a tab.

    Args:
        total: Steps of the whole run, for the progress bar.
        start: ``"course"``, or ``"own"`` for the reader's own model, which must be there.
    """
    if start == "own":
        model = own_model()
        assert model is not None
        return model
    if not _course:
        model = base_model()
        for result in sft.train(model, qa_pairs("train", "mixed")):
            if isinstance(result, Diverged):
                raise AssertionError(result.message)
            if result.step % 5 == 0:
                text = f"first SFT in three styles: step {result.step} of {START_STEPS}"
                yield RunStep({}, result.step, total, text)
        _course.append(model)
    return _course[0]


def all_preferences(model: GPT, view: View, total: int) -> Generator[RunStep, None, list[PreferencePair]]:
    """Give the preference pairs of the reader's votes and of the simulated ones, in this order.

    Args:
        model: Samples the answers that the simulated rater compares.
        view: With the fields of the votes.
        total: Steps of the whole run, for the progress bar.
    """
    values = view.values
    pairs = own_preferences(values["votes"], values["drawn"])
    if values["simulated_votes"]:
        taste: tuple[Style, ...] = tuple(values["taste"].split("-"))
        rater = SimulatedRater(taste=taste, noise=values["noise"], seed=values["seed"])
        for fresh in simulated_vote_rounds(model, rater, values["simulated_votes"], seed=values["seed"]):
            pairs += fresh
            yield RunStep({}, START_STEPS, total, f"sampling answers to vote on: {len(pairs)} votes")
    return pairs


def draw_pairs(model: GPT, seed: int, known: Collection[str] = ()) -> Iterator[list[Comparison]]:
    """Sample new pairs of answers for the reader to vote on.

    Args:
        model: Who answers.
        seed: Of the questions and of the sampling.
        known: The ids of pairs that are not wanted again.

    Yields:
        Those found so far, in the end `DRAWN_AT_ONCE` or a few more; fewer from a model whose two answers hardly ever
        differ.
    """
    found: list[Comparison] = []
    asked = shuffled(random.Random(seed), questions("train"))
    for number in range(MOST_ROUNDS):
        if len(found) >= DRAWN_AT_ONCE:
            break
        ask = asked[ASKED_AT_ONCE * number : ASKED_AT_ONCE * (number + 1)]
        fresh = sample_comparisons(model, ask, seed=seed + number)
        found += [pair for pair in fresh if pair.pair_id not in known]
        yield found


def draw(lab: Lab, view: View) -> Iterator[RunStep]:
    """Sample new pairs of answers from the starting model, to be voted on next.

    Pairs that the reader has not voted on make room for the new ones; the others stay, because the votes name them.
    """
    waiting = unrated(view.values["drawn"], view.values["votes"])
    rated = [pair for pair in view.values["drawn"] if pair not in waiting]
    if view.values["start"] == "own" and own_model() is None:
        yield not_started(NO_OWN_MODEL, 1)
        return
    if len(rated) + DRAWN_AT_ONCE > MOST_DRAWN:
        yield not_started(ENOUGH_DRAWN, 1)
        return
    total = START_STEPS + DRAWN_AT_ONCE
    start = yield from starting_model(total, view.values["start"])
    known = {pair.pair_id for pair in (*rated, *stock())}
    fresh: list[Comparison] = []
    for found in draw_pairs(start, int.from_bytes(os.urandom(4), "little"), known):
        fresh = found[:DRAWN_AT_ONCE]
        yield RunStep({}, START_STEPS + len(fresh), total, f"{len(found)} pairs of different answers")
    said = f"{len(fresh)} new pairs, sampled in this tab." if fresh else SAYS_THE_SAME
    yield last_step(lab, view, {"drawn": as_text([*rated, *fresh])}, total, said)


def not_started(why: str, total: int) -> RunStep:
    """Say why a run cannot start."""
    return RunStep({"notice": element("p", why, class_="ft-problem")}, total, total, "Not started.")
