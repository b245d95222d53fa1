"""What the DPO lab trains: the tiny model on the votes directly, or with PPO beside it. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from widgets.core.html import Html
from widgets.core.widget import RunStep, View
from widgets.gallery.labs import following, training
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.dpo.view import LAB, PPO_DEFAULTS, SETTINGS
from widgets.gallery.labs.rlhf.run import run_ppo
from widgets.gallery.labs.standard_parts import charts
from widgets.gallery.labs.voting import starting
from widgets.gallery.labs.voting import training as voting
from widgets.gallery.labs.voting.parts import answers_html
from widgets.recipes import dpo
from widgets.recipes.evaluation import answer_questions
from widgets.recipes.results import PreferenceStep

TRAINED = {"Your DPO model": "dpo-lab", "Your PPO model": "rlhf-lab"}
"""What the reader's models are called, and the names under which they are kept."""


def train(view: View) -> Iterator[RunStep]:
    """Train the tiny model on the votes directly."""
    value = view.values
    config = dpo.DPOConfig(
        steps=value["steps"], beta=value["beta"], learning_rate=value["learning_rate"], seed=value["seed"]
    )
    total = starting.START_STEPS + config.steps
    begun = yield from voting.begin(view, {**{name: view.state[name] for name in SETTINGS}, "method": "dpo"}, total)
    if begun is None:
        return
    log, policy = begun.log, begun.start.copy()
    looks = following.evenly(config.steps)

    def report(result: PreferenceStep) -> RunStep:
        shown: dict[str, Html] = {"chart": charts(LAB, view, log.run())}
        if looks.is_due(result.step):
            log.after = tuple(answer_questions(policy, samples()))
            shown["answers"] = answers_html(log.run(), f"After step {result.step}")
        text = f"DPO step {result.step} of {config.steps}, loss {result.loss:.3f}"
        return RunStep(shown, starting.START_STEPS + result.step, total, text)

    yield from following.follow(dpo.train(policy, begun.pairs, config), log, _measured, report)
    log.figures["models_in_memory"] = 2
    yield from voting.finish(LAB, view, begun, policy, total, TRAINED, "dpo_runs", LAB.name)


def _measured(result: PreferenceStep) -> dict[str, float]:
    return {"loss": result.loss, "accuracy": result.accuracy, "margin": result.margin}


ACTIONS = {
    "run": train,
    # The chart is DPO's; it stays as it is while PPO trains.
    "train-ppo": lambda view: run_ppo(LAB, view, PPO_DEFAULTS, lambda live: {}, TRAINED),
    "draw": partial(starting.draw, LAB),
    "ask": lambda view: voting.ask(view, TRAINED),
    "forget": partial(training.forget, LAB),
}
