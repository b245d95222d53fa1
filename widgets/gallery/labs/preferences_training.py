"""What training on votes needs: the starting model, the votes, a judge of what came of it. Needs the engine."""

from __future__ import annotations

import random
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from math import fsum
from time import perf_counter
from typing import Any

from widgets.core.draws import shuffled
from widgets.core.widget import RunStep
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.pairs import to_rows
from widgets.gallery.labs.preferences import own_preferences
from widgets.recipes import sft
from widgets.recipes.dpo import row_logprobs
from widgets.recipes.encoding import encode_row
from widgets.recipes.evaluation import answer_questions
from widgets.recipes.results import Diverged
from widgets.recipes.votes import sample_comparisons, vote_rounds
from widgets.world import Comparison, PreferencePair, Question, SimulatedRater, Style, check_answer, qa_pairs, questions
from widgets.world.model import base_model

START_STEPS = sft.SFTConfig().steps
SLICE = 96
"""Questions asked in one go: about a tenth of a second in a browser."""

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


def all_votes(model: GPT, values: Any, total: int) -> Generator[RunStep, None, list[PreferencePair]]:
    """Give the reader's votes and the simulated ones, in this order.

    Args:
        model: Samples the answers that the simulated rater compares.
        values: The typed values of the fields.
        total: Steps of the whole run, for the progress bar.
    """
    votes = own_preferences(values["votes"], values["drawn"])
    if values["simulated_votes"]:
        taste: tuple[Style, ...] = tuple(values["taste"].split("-"))
        rater = SimulatedRater(taste=taste, noise=values["noise"], seed=values["seed"])
        for fresh in vote_rounds(model, rater, values["simulated_votes"], seed=values["seed"]):
            votes += fresh
            yield RunStep({}, START_STEPS, total, f"sampling answers to vote on: {len(votes)} votes")
    return votes


def draw_pairs(model: GPT, seed: int, known: Collection[str] = ()) -> Generator[int, None, list[Comparison]]:
    """Sample new pairs of answers for the reader to vote on.

    Args:
        model: Who answers.
        seed: Of the questions and of the sampling.
        known: The ids of pairs that are not wanted again.

    Yields:
        How many there are so far.

    Returns:
        `DRAWN_AT_ONCE` pairs, or fewer from a model whose two answers hardly ever differ.
    """
    found: list[Comparison] = []
    asked = shuffled(random.Random(seed), questions("train"))
    for number in range(MOST_ROUNDS):
        if len(found) >= DRAWN_AT_ONCE:
            break
        ask = asked[ASKED_AT_ONCE * number : ASKED_AT_ONCE * (number + 1)]
        fresh = sample_comparisons(model, ask, seed=seed + number)
        found += [pair for pair in fresh if pair.pair_id not in known]
        yield len(found)
    return found[:DRAWN_AT_ONCE]


def record_pairs(model: GPT, count: int) -> list[list[str]]:
    """Sample the pairs on which readers vote: question, one answer, another one."""
    asked = questions("train")
    spread = [asked[place * 7 % len(asked)] for place in range(4 * count)]
    found = {pair.pair_id: pair for pair in sample_comparisons(model, spread, seed=1)}
    return to_rows(list(found.values())[:count])


@dataclass(frozen=True)
class Worth:
    """What a trained model is worth on held-out questions, answered with the likeliest words.

    Attributes:
        preferred_share: Share of the answers in the preferred style, 0 to 1, right or wrong.
        wrong_share: Share of the answers that are wrong or no answer.
        win_rate: Share of the questions on which it is preferred to the starting model; a tie counts half.
        kl_nats: How far it is from the starting model: nats an answer, estimated on sampled answers.
        answers: Its answers to the samples.
    """

    preferred_share: float
    wrong_share: float
    win_rate: float
    kl_nats: float
    answers: tuple[str, ...]

    def figures(self) -> dict[str, float]:
        """Give the figures by the metric's name."""
        return {
            "preferred_share": self.preferred_share,
            "wrong_share": self.wrong_share,
            "held_out_accuracy": 1 - self.wrong_share,
            "win_rate": self.win_rate,
            "kl_nats": self.kl_nats,
        }


def judge(model: GPT, start: GPT, taste: tuple[Style, ...], total: int) -> Generator[RunStep, None, Worth]:
    """Judge a model against the starting model by a taste, with wrong answers last.

    Args:
        model: The trained model.
        start: The model it started from.
        taste: All styles, the preferred one first.
        total: Steps of the run, for the progress bar, which stays full.
    """
    asked = questions("held_out")
    yield RunStep({}, total, total, f"asking both models {len(asked)} held-out questions")
    theirs = yield from _answers(start, asked, total)
    ours = yield from _answers(model, asked, total)
    rater = SimulatedRater(taste=taste)
    points: list[float] = []
    for question, mine, other in zip(asked, ours, theirs, strict=True):
        difference = rater.score(question.fact, mine) - rater.score(question.fact, other)
        points.append(0.5 if difference == 0 else float(difference > 0))
    verdicts = [check_answer(question.fact, text) for question, text in zip(asked, ours, strict=True)]
    kl_nats = divergence(model, start, asked[::2])
    return Worth(
        sum(verdict.style == taste[0] for verdict in verdicts) / len(verdicts),
        sum(not verdict.is_correct for verdict in verdicts) / len(verdicts),
        fsum(points) / len(points),
        kl_nats,
        tuple(answer_questions(model, samples())),
    )


def _answers(model: GPT, asked: Sequence[Question], total: int) -> Generator[RunStep, None, list[str]]:
    texts: list[str] = []
    for start in range(0, len(asked), SLICE):
        texts += answer_questions(model, asked[start : start + SLICE])
        yield RunStep({}, total, total, "asking held-out questions")
    return texts


def divergence(model: GPT, start: GPT, asked: Sequence[Question]) -> float:
    """Estimate the KL divergence of a model from the starting model, in nats an answer.

    The mean over answers sampled from the model of its own log-probability less the starting model's.
    """
    answers = answer_questions(model, asked, temperature=1.0, seed=3)
    rows = [encode_row(question.prompt, answer) for question, answer in zip(asked, answers, strict=True)]
    pairs = zip(row_logprobs(model, rows), row_logprobs(start, rows), strict=True)
    return fsum(one - other for one, other in pairs) / len(rows)


class Clock:
    """Measures the time spent in recipes, without sampling votes, judging and drawing."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, results: Iterator[Any]) -> Iterator[Any]:
        """Pass results on and add the time that each took."""
        while True:
            start = perf_counter()
            result = next(results, None)
            self.seconds += perf_counter() - start
            if result is None:
                return
            yield result
