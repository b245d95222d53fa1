"""The pre-training lab: completions at several checkpoints, and a model trained from random weights."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Any

from widgets.core.fields import Fields, Number, Select
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, RunStep, View, Widget, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.asking import box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.curves import lab_chart
from widgets.gallery.labs.pretrain.parts import (
    FIGURES,
    Continuations,
    beginnings_note,
    checkpoints,
    continued,
    headline,
    table,
)
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Curve, Run, Runs, added, as_text, thinned
from widgets.world import vocabulary

LAB = "pretrain-lab"
SETTINGS = ("steps", "learning_rate", "seed")
BEGINNING = "The platypus"
BATCH_SIZE = 8
"""Windows a step: fewer than the 32 of the base model, so that steps are quick to watch."""

ROUNDS = 30
"""How often the text tells each fact; the base model read 120 rounds."""

WARMUP_STEPS = 20
GUESSES = (
    ("", "no guess yet"),
    ("0", "about 0"),
    ("1", "about 1"),
    ("ln", "about 5.4, which is ln 215"),
    ("v", "about 215"),
)


def fields(content: Content) -> Fields:
    """Give the settings of the run, the reader's guess and beginning, and what earlier runs left."""
    label = f"Your guess: the first loss of a model with random weights and {len(vocabulary())} words"
    return (
        Select("guess", label, "", stored=True, options=GUESSES),
        Number("steps", "Steps", "300", minimum=20, maximum=1000, slider="linear", step=20, stops=("100", "600")),
        controls.learning_rate("0.005"),
        controls.seed(),
        controls.question(BEGINNING),
        Runs("runs", "Your runs", "", settings=SETTINGS, figures=FIGURES),
        Continuations("continuations", "The last completions", ""),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    return f"lr {run.settings['learning_rate']}, seed {run.settings['seed']}"


def start_part(view: View) -> Html:
    """Show the buttons."""
    return element(
        "div",
        button("Train", "run", primary=True),
        controls.reset_button(WIDGET, view.content),
        button("Forget my runs and my model", "forget", data_run=True),
        class_="ft-buttons",
    )


def results_part(view: View) -> Html:
    """Show where the last run began and ended, and how good the guess was."""
    shown = recorded(LAB)
    own: tuple[Run, ...] = view.values["runs"]
    last = own[-1] if own else shown.runs[-1]
    return join(
        results.origin(shown, is_recorded=not own),
        results.finding(last),
        headline(last, shown.base["text_loss"]),
        _on_guess(view.values["guess"], own),
        table(own, shown.runs, name_of),
    )


def _on_guess(guess: str, own: tuple[Run, ...]) -> Html | None:
    if not guess or not own:
        return None
    words = "you were right" if guess == "ln" else "that was off"
    first = own[0].figures["first_loss"]
    return element("p", f"You guessed {dict(GUESSES)[guess]}; your first run began at {first:.2f} nats: {words}.")


def chart_part(view: View, live: Curve = (), live_name: str = "", steps: int = 0) -> Html:
    """Draw the loss of all runs, and the line of blind guessing."""
    return lab_chart(
        view,
        LAB,
        name_of,
        live,
        live_name,
        steps,
        is_logarithmic=False,
        level=(f"blind guessing: ln {len(vocabulary())}", log(len(vocabulary()))),
    )


def continuations_part(view: View) -> Html:
    """Show what the model of the last run makes of a few beginnings."""
    own: tuple[str, ...] = view.values["continuations"]
    shown = own or tuple(recorded(LAB).fields["continuations"].split("|"))
    label = "Your model" if own else "The model of the recorded run"
    return join(element("h4", f"{label} continues"), continued(shown))


def script_text(view: View) -> str:
    """Write the run with the reader's settings as a program."""
    value = view.values
    return f'''"""Pre-train a tiny model from random weights for a while, as the pre-training lab does."""

from math import log

from widgets.engine.architectures.gpt import GPT
from widgets.recipes import pretrain
from widgets.recipes.evaluation import text_loss
from widgets.recipes.results import Diverged
from widgets.world import corpus, token_stream, tokenizer, vocabulary
from widgets.world.model import model_config

text = tokenizer().encode(" ".join(token_stream(corpus({value["seed"]}, rounds={ROUNDS}))))
model = GPT(model_config(), seed={value["seed"]})
print(f"{{len(text):,}} tokens of text; blind guessing: {{log(len(vocabulary())):.3f}} nats")

config = pretrain.PretrainConfig(steps={value["steps"]}, batch_size={BATCH_SIZE}, warmup_steps={WARMUP_STEPS},
                                 learning_rate={value["learning_rate"]:g}, seed={value["seed"]})
for result in pretrain.train(model, text, config):
    if isinstance(result, Diverged):
        print(result.message)
    elif result.step == 1 or result.step % 20 == 0:
        print(f"step {{result.step:4d}}  loss {{result.loss:.4f}}")

print(f"loss on fresh text: {{text_loss(model):.3f}} nats")
'''


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        Part("start", (), start_part),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), chart_part),
        Part("continuations", ("continuations",), continuations_part),
        Part("checkpoints", (), lambda view: checkpoints(recorded(LAB).fields["stages"])),
        *closing_parts(
            lambda view: box(view, "Begin a sentence", BEGINNING, "Continue", beginnings_note()),
            ("widgets.recipes", "pretrain.py", "pretrain"),
            "pretrain_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


def run(view: View, action: str) -> Iterator[RunStep]:
    """Train, continue the reader's beginning at every checkpoint, or forget."""
    if action == "forget":
        yield from results.forget(WIDGET, view, LAB)
    elif action == "run":
        yield from _train(view)
    else:
        from widgets.gallery.labs.pretrain import run

        if action == "ask":
            yield from run.reply(view, LAB)
        else:
            yield RunStep({}, 1, 1, "", {"stages": run.stages_text()})


def _train(view: View) -> Iterator[RunStep]:
    from widgets.engine.architectures.gpt import GPT
    from widgets.gallery.labs import trained_models
    from widgets.gallery.labs.pace import follow
    from widgets.gallery.labs.pretrain import run
    from widgets.recipes import pretrain
    from widgets.recipes.evaluation import text_loss
    from widgets.world import corpus, token_stream, tokenizer
    from widgets.world.model import model_config

    value: Any = view.values
    config = pretrain.PretrainConfig(
        steps=value["steps"],
        batch_size=BATCH_SIZE,
        learning_rate=value["learning_rate"],
        warmup_steps=WARMUP_STEPS,
        seed=value["seed"],
    )
    yield RunStep({}, 0, config.steps, "writing the text")
    text = tokenizer().encode(" ".join(token_stream(corpus(value["seed"], rounds=ROUNDS))))
    model = GPT(model_config(), seed=value["seed"])
    chosen = {name: view.state[name] for name in SETTINGS}
    live_name = name_of(Run(chosen, {}, ()))
    watched = run.Watched(config.steps)

    def show(curve: Curve) -> dict[str, Html]:
        shown = {"chart": chart_part(view, curve, live_name, config.steps)}
        if watched.is_due(curve[-1][0]):
            heading = element("h4", f"The model continues, after step {curve[-1][0]}")
            shown["continuations"] = join(heading, continued(run.continuations(model)))
        return shown

    followed = yield from follow(pretrain.train(model, text, config), config.steps, show)
    yield RunStep({}, config.steps, config.steps, "reading fresh text")
    figures = {
        "first_loss": followed.curve[0][1] if followed.curve else 0.0,
        "loss": followed.curve[-1][1] if followed.curve else 0.0,
        "text_loss": text_loss(model),
        "train_seconds": followed.seconds,
        "tokens_per_second": len(followed.curve) * config.batch_size * config.window / followed.seconds,
        **results.figures_of_finding(followed.finding),
    }
    if followed.finding is None:
        trained_models.remember(LAB, model)
    left = {
        "runs": as_text(added(value["runs"], Run(chosen, figures, thinned(followed.curve)))),
        "continuations": "|".join(run.continuations(model)),
    }
    said = f"The loss went from {figures['first_loss']:.2f} to {figures['loss']:.2f} nats."
    text_at_end = results.outcome(figures) if followed.finding else said
    yield results.last_step(WIDGET, view, left, config.steps, {}, figures, text_at_end)


WIDGET = Widget(
    name=LAB,
    title="Pre-training lab: from random weights to facts",
    summary=(
        "Train a tiny transformer from random weights in your browser, on sentences about 64 animals. Below stands "
        "what one of its kind wrote at six moments of a longer training."
    ),
    parts=parts,
    fields=fields,
    run=run,
    place_of=lambda content: f"lab/{LAB}",
)
