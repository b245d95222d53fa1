"""The pre-training lab: completions at several checkpoints, and a model trained from random weights."""

from __future__ import annotations

from math import log

from widgets.core.fields import Fields, Number, Select
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, View
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Texts
from widgets.gallery.labs.asking import box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.curves import Axes
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.pretrain.parts import (
    BEGINNINGS,
    COLUMNS,
    FIGURES,
    beginnings_note,
    checkpoints,
    continued,
    headline,
)
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, Runs
from widgets.gallery.labs.standard_parts import charts, start_buttons
from widgets.world import vocabulary

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
        Runs("runs", "Your runs", "", numbers=SETTINGS, figures=FIGURES),
        Texts("continuations", "The last completions", "", count=len(BEGINNINGS)),
        controls.deleting(),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    return f"lr {run.settings['learning_rate']}, seed {run.settings['seed']}"


def results_part(view: View) -> Html:
    """Show where the run began and ended, and how good the guess was."""
    shown, selection = recorded(LAB.name), LAB.selection(view)
    return join(
        results.origin(shown, is_recorded=not selection.own),
        results.finding(selection.run),
        headline(selection.run, shown.base["text_loss"]),
        _on_guess(view.values["guess"], selection.run) if selection.own else None,
        results.table(selection, name_of, COLUMNS) if selection.own else None,
    )


def _on_guess(guess: str, run: Run) -> Html | None:
    if not guess:
        return None
    first, came = run.figures["first_loss"], results.judged(guess == "ln")
    return element("p", f"You guessed {dict(GUESSES)[guess]}; your last run began at {first:.2f} nats: {came}.")


def continuations_part(view: View) -> Html:
    """Show what the model of the last run makes of a few beginnings."""
    own: tuple[str, ...] = view.values["continuations"]
    shown = own or tuple(recorded(LAB.name).fields["continuations"].split("|"))
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
        Part("start", ("deleting",), lambda view: start_buttons(LAB, view)),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), lambda view: charts(LAB, view)),
        Part("continuations", ("continuations",), continuations_part),
        Part("checkpoints", (), lambda view: checkpoints(recorded(LAB.name).fields["stages"])),
        *closing_parts(
            lambda view: box(view, "Begin a sentence", BEGINNING, "Continue", beginnings_note()),
            ("widgets.recipes", "pretrain.py", "pretrain"),
            "pretrain_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


LAB = Lab(
    name="pretrain-lab",
    title="Pre-training lab: from random weights to facts",
    summary=(
        "Train a tiny transformer from random weights in your browser, on sentences about 64 animals. Below stands "
        "what one of its kind wrote at six moments of a longer training."
    ),
    fields=fields,
    parts=parts,
    name_of=name_of,
    run_module="widgets.gallery.labs.pretrain.run",
    actions=("run", "ask", "forget"),
    forgets=("guess", "runs", "continuations"),
    charts={
        "chart": Axes(
            scale=(("rangemode", "tozero"),),
            level=(f"blind guessing: ln {len(vocabulary())}", log(len(vocabulary()))),
        )
    },
)
WIDGET = LAB.widget()
