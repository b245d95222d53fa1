"""The SFT lab: the tiny base model learns to answer, in the reader's tab."""

from __future__ import annotations

from widgets.core.fields import Fields, Number, Select
from widgets.core.html import Html, join
from widgets.core.widget import Content, Part, View
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Texts
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, Runs
from widgets.gallery.labs.standard_parts import charts, last_answers, start_buttons

NUMBERS = ("steps", "learning_rate", "seed")
WORDS = ("loss_on", "style")
SETTINGS = (*NUMBERS, *WORDS)
QUESTION = "What does the kiwi eat?"
GUESS = "Your guess: how many held-out questions will it answer after 100 steps?"


def fields(content: Content) -> Fields:
    """Give the settings of the run, the reader's guess and question, and what earlier runs left."""
    return (
        controls.guess(GUESS),
        Number("steps", "Steps", "100", minimum=10, maximum=400, slider="linear", step=10, stops=("50", "200")),
        controls.learning_rate("0.002"),
        Select(
            "loss_on",
            "Loss on",
            "response",
            help="Which tokens count in the loss.",
            options=(("response", "the response only"), ("everything", "question and response")),
        ),
        Select(
            "style",
            "Style of the responses",
            "full",
            help="The manner that the rows show.",
            options=(
                ("terse", "terse: Worms."),
                ("full", "full: The kiwi feeds on worms."),
                ("friendly", "friendly: Good question! …"),
                ("mixed", "mixed, at random"),
            ),
        ),
        controls.seed(),
        controls.question(QUESTION),
        Runs("runs", "Your runs", "", numbers=NUMBERS, words=WORDS, figures=results.FIGURES),
        Texts("answers", "The last answers", ""),
        controls.deleting(),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    loss_on = "" if run.settings["loss_on"] == "response" else ", loss on everything"
    return f"{run.settings['style']}, lr {run.settings['learning_rate']}{loss_on}"


def results_part(view: View) -> Html:
    """Show what the run came to, beside the base model, and how good the guess was."""
    shown, selection = recorded(LAB.name), LAB.selection(view)
    return join(
        results.origin(shown, is_recorded=not selection.own),
        results.finding(selection.run),
        results.headline(selection.run, shown.base),
        results.verdict_on_guess(view.values["guess"], selection.run if selection.own else None),
        results.table(selection, name_of, results.COLUMNS),
    )


def script_text(view: View) -> str:
    """Write the run with the reader's settings as a program."""
    value = view.values
    judged = "" if value["style"] == "mixed" else f", style='{value['style']}'"
    return f'''"""Fine-tune the course's tiny model on questions with answers, as the SFT lab does."""

from widgets.recipes import sft
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.recipes.results import Diverged
from widgets.world import qa_pairs
from widgets.world.model import base_model

model = base_model()
print(f"base model: {{evaluate(model).exact_match:.1%}} of the held-out questions right, "
      f"loss on pre-training text {{text_loss(model):.3f}} nats")

rows = qa_pairs("train", "{value["style"]}", seed={value["seed"]})
config = sft.SFTConfig(steps={value["steps"]}, learning_rate={value["learning_rate"]},
                       loss_on="{value["loss_on"]}", seed={value["seed"]})
for result in sft.train(model, rows, config):
    if isinstance(result, Diverged):
        print(result.message)
    elif result.step % 10 == 0:
        print(f"step {{result.step:4d}}  loss {{result.loss:.4f}}")

print(f"after SFT: {{evaluate(model{judged}).exact_match:.1%}} of the held-out questions right, "
      f"loss on pre-training text {{text_loss(model):.3f}} nats")
'''


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        Part("start", ("deleting",), lambda view: start_buttons(LAB, view)),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), lambda view: charts(LAB, view)),
        Part("answers", ("answers",), lambda view: last_answers(LAB, view)),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "sft.py", "sft"),
            "sft_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


LAB = Lab(
    name="sft-lab",
    title="SFT lab: teach the tiny model to answer",
    summary=(
        "A real transformer with 118,000 parameters, pre-trained on facts about 64 animals, is fine-tuned here in "
        "your browser on questions about 44 of them. The other 20 are held out for the test."
    ),
    fields=fields,
    parts=parts,
    name_of=name_of,
    run_module="widgets.gallery.labs.sft.run",
    actions=("run", "ask", "forget"),
    forgets=("guess", "runs", "answers"),
)
WIDGET = LAB.widget()
