"""The reader's question to the starting model and to the models trained on votes. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator

from widgets.core.html import Html, element
from widgets.core.widget import RunStep, View
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.asking import answers_to, problem_of
from widgets.gallery.labs.preferences_training import START_STEPS, own_model, starting_model
from widgets.gallery.labs.preferences_view import NOT_ASKED
from widgets.world import as_words

STARTED_FROM = {"course": "The course's SFT model, before", "own": "Your own SFT model, before"}
TRAINED = {
    "rlhf-lab": (("Your model", "rlhf-lab"),),
    "dpo-lab": (("Your DPO model", "dpo-lab"), ("Your PPO model", "rlhf-lab")),
}
"""For each lab the models that it trains: their names for the reader, and those under which they are kept."""


def ask(view: View, lab: str) -> Iterator[RunStep]:
    """Answer the reader's question, after making the starting model if that has not been done in this tab.

    Args:
        view: The lab's view.
        lab: The lab's name.
    """
    problem = problem_of(as_words(view.values["question"]))
    if problem is None and view.values["start"] == "own" and own_model() is None:
        problem = element("p", NOT_ASKED, class_="ft-problem")
    if problem is not None:
        yield RunStep({"reply": problem}, 1, 1, "")
        return
    start = yield from starting_model(START_STEPS, view.values["start"])
    yield RunStep({"reply": reply(view, lab, start)}, START_STEPS, START_STEPS, "")


def reply(view: View, lab: str, start: GPT) -> Html:
    """Build the answers to the reader's question; words that the models do not know are named instead.

    Args:
        view: The lab's view.
        lab: The lab's name.
        start: The starting model that the view names.
    """
    text = as_words(view.values["question"])
    before = (STARTED_FROM[view.values["start"]], start)
    trained = [(who, trained_models.recall(kept_as)) for who, kept_as in TRAINED[lab]]
    return problem_of(text) or answers_to(text, before, trained)
