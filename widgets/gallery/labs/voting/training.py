"""Train on votes: begin, finish, judge, and ask the models that came of it. Needs the engine."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from widgets.core.html import Html, element, join
from widgets.core.widget import RunStep, View
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.asking import problem_of
from widgets.gallery.labs.following import Log
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.replying import Named, replies
from widgets.gallery.labs.training import ask_held_out, last_step, outcome, with_run
from widgets.gallery.labs.voting.parts import NO_OWN_MODEL, NOT_ASKED, NOTHING_TO_TRAIN_ON
from widgets.gallery.labs.voting.starting import START_STEPS, all_preferences, not_started, own_model, starting_model
from widgets.gallery.labs.voting.votes import VOTE_SETTINGS, judged_taste, own_preferences, vote_set
from widgets.recipes.dpo import row_logprobs
from widgets.recipes.encoding import encode_row
from widgets.recipes.evaluation import Evaluation, answer_questions
from widgets.world import PreferencePair, Question, SimulatedRater, Style, as_words, questions


@dataclass(frozen=True)
class Beginning:
    """What a run begins with.

    Attributes:
        start: The starting model, which is not to be changed.
        pairs: All preference pairs, the reader's first.
        taste: The order of styles by which the trained model is judged.
        log: Of the run.
    """

    start: GPT
    pairs: list[PreferencePair]
    taste: tuple[Style, ...]
    log: Log


def begin(view: View, chosen: Mapping[str, str], total: int) -> Generator[RunStep, None, Beginning | None]:
    """Prepare a run, or say why it cannot start.

    Args:
        view: What the run begins with.
        chosen: The texts of the method's own settings, and its name as ``method``.
        total: Steps of the whole run.
    """
    own = len(own_preferences(view.values["votes"], view.values["drawn"]))
    if view.values["start"] == "own" and own_model() is None:
        yield not_started(NO_OWN_MODEL, total)
        return None
    if not view.values["simulated_votes"] and not own:
        yield not_started(NOTHING_TO_TRAIN_ON, total)
        return None
    start = yield from starting_model(total, view.values["start"])
    pairs = yield from all_preferences(start, view, total)
    taste = judged_taste(pairs, own, view.values["taste"])
    digest = trained_models.digest(start) if view.values["start"] == "own" else ""
    settings = {
        **{name: view.state[name] for name in VOTE_SETTINGS},
        **chosen,
        "judged_by": "-".join(taste),
        "vote_set": vote_set(view.state, digest),
    }
    log = Log(settings, answer_questions(start, samples()))
    log.figures |= {"votes": len(pairs), "own_votes": own, "simulated_votes": len(pairs) - own}
    return Beginning(start, pairs, taste, log)


def finish(
    lab: Lab, view: View, begun: Beginning, model: GPT, total: int, trained: Mapping[str, str], field: str, kept_as: str
) -> Iterator[RunStep]:
    """Judge the model, keep it, and leave the run in the state.

    Args:
        lab: The lab.
        view: What the run began with.
        begun: What `begin` gave, with the log of all steps.
        model: The trained model.
        total: Steps of the whole run.
        trained: The reader's models that answer, as in `ask`.
        field: Where the run is left.
        kept_as: Name under which the model is kept.
    """
    log = begun.log
    if not log.steps:
        yield stopped("The run blew up at its first step; nothing was trained. Try a smaller learning rate.", total)
        return
    log.figures |= yield from judge(model, begun, total)
    log.figures |= {"train_seconds": log.seconds, "steps": len(log.steps)}
    log.after = tuple(answer_questions(model, samples()))
    if log.finding is None:
        trained_models.remember(kept_as, model)
    worth = log.figures
    said = f"Win rate {100 * worth['win_rate']:.0f} %, {100 * worth['wrong_share']:.0f} % wrong."
    more = {"reply": reply(view, begun.start, trained), "notice": join()}
    left = {field: with_run(lab, view, log.run(), field)}
    yield last_step(lab, view, left, total, outcome(log) if log.finding else said, more)


def stopped(why: str, total: int) -> RunStep:
    """Say that a run came to nothing: it leaves no figures and no model."""
    return RunStep({"notice": element("p", why, class_="ft-note lab-finding")}, total, total, why)


STARTED_FROM = {"course": "The course's SFT model, before", "own": "Your own SFT model, before"}


def ask(view: View, trained: Mapping[str, str]) -> Iterator[RunStep]:
    """Answer the reader's question, after making the starting model if that has not been done in this tab.

    Args:
        view: The lab's view.
        trained: What each of the reader's models is called, and the name under which it is kept.
    """
    problem = problem_of(as_words(view.values["question"]))
    if problem is None and view.values["start"] == "own" and own_model() is None:
        problem = element("p", NOT_ASKED, class_="ft-problem")
    if problem is not None:
        yield RunStep({"reply": problem}, 1, 1, "")
        return
    start = yield from starting_model(START_STEPS, view.values["start"])
    yield RunStep({"reply": reply(view, start, trained)}, START_STEPS, START_STEPS, "")


def reply(view: View, start: GPT, trained: Mapping[str, str]) -> Html:
    """Build the answers of the starting model and of those trained from it to the reader's question."""
    models: list[Named] = [(who, trained_models.recall(kept_as)) for who, kept_as in trained.items()]
    return replies(view, (STARTED_FROM[view.values["start"]], start), models)


def judge(model: GPT, begun: Beginning, total: int) -> Generator[RunStep, None, dict[str, float]]:
    """Judge a model against the starting model by a taste, with wrong answers last.

    Args:
        model: The trained model.
        begun: The starting model and the taste.
        total: Steps of the run, for the progress bar, which stays full.

    Returns:
        By the metric's name: the shares of held-out answers, 0 to 1, that are in the preferred style, wrong, and right;
        the share of questions on which the model is preferred, a tie counting half; how far it is from the starting
        model, in nats an answer.
    """
    theirs = yield from ask_held_out(begun.start, total)
    ours = yield from ask_held_out(model, total)
    rater = SimulatedRater(taste=begun.taste)
    points: list[float] = []
    for mine, other in zip(ours, theirs, strict=True):
        difference = rater.score(mine.question.fact, mine.text) - rater.score(mine.question.fact, other.text)
        points.append(0.5 if difference == 0 else float(difference > 0))
    found = Evaluation(tuple(ours), None)
    return {
        "preferred_share": found.style_share(begun.taste[0]),
        "wrong_share": found.wrong_share,
        "held_out_accuracy": 1 - found.wrong_share,
        "win_rate": fsum(points) / len(points),
        "kl_nats": divergence(model, begun.start, questions("held_out")[::2]),
    }


def divergence(model: GPT, start: GPT, asked: Sequence[Question]) -> float:
    """Estimate the KL divergence of a model from the starting model, in nats an answer.

    The mean over answers sampled from the model of its own log-probability less the starting model's.
    """
    answers = answer_questions(model, asked, temperature=1.0, seed=3)
    rows = [encode_row(question.prompt, answer) for question, answer in zip(asked, answers, strict=True)]
    pairs = zip(row_logprobs(model, rows), row_logprobs(start, rows), strict=True)
    return fsum(one - other for one, other in pairs) / len(rows)
