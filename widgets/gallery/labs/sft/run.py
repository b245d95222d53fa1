"""What the SFT lab trains. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from widgets.core.widget import RunStep, View
from widgets.gallery.labs import following, replying, trained_models, training
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.sft.view import LAB, SETTINGS
from widgets.recipes import sft
from widgets.recipes.evaluation import answer_questions
from widgets.world import qa_pairs
from widgets.world.model import base_model


def train(view: View) -> Iterator[RunStep]:
    """Fine-tune the base model with the reader's settings."""
    value = view.values
    config = sft.SFTConfig(
        steps=value["steps"], learning_rate=value["learning_rate"], loss_on=value["loss_on"], seed=value["seed"]
    )
    yield RunStep({}, 0, config.steps, "preparing the model and the rows")
    model = base_model()
    rows = qa_pairs("train", value["style"], seed=value["seed"])
    log = following.Log({name: view.state[name] for name in SETTINGS})
    yield from training.teach(
        sft.train(model, rows, config),
        log,
        model,
        rows,
        LAB,
        view,
        steps=config.steps,
        batch_size=config.batch_size,
        style=None if value["style"] == "mixed" else value["style"],
    )
    if log.finding is None:
        trained_models.remember(LAB.name, model)
    left = {
        "runs": training.with_run(LAB, view, log.run()),
        "answers": "|".join(answer_questions(model, samples())),
    }
    yield training.last_step(
        LAB, view, left, config.steps, training.outcome(log), {"reply": replying.reply(view, LAB.name)}
    )


ACTIONS = {
    "run": train,
    "ask": lambda view: replying.ask(view, LAB.name),
    "forget": partial(training.forget, LAB),
}
