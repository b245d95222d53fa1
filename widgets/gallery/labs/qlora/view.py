"""The QLoRA lab: NF4 on the tiny model's own matrices, and LoRA on the 4-bit base beside LoRA on the 32-bit one."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.core.fields import Fields, Number, Select, Toggle
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, View, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Texts
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.controls import Stops
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.qlora.levels import WHOLE, matrices
from widgets.gallery.labs.qlora.parts import levels_part, matrix_label, sizes_part
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, Runs
from widgets.gallery.labs.selection import beside, last
from widgets.gallery.labs.standard_parts import charts, last_answers, start_buttons

NUMBERS = ("rank", "steps", "learning_rate", "seed")
SETTINGS = (*NUMBERS, "double_quantization")
BASES = {"32-bit": "LoRA on the 32-bit base", "NF4": "QLoRA, on the 4-bit base"}
QUESTION = "Where does the platypus live?"
GUESSES = (
    ("", "no guess yet"),
    ("0-1", "at most 1 point"),
    ("1-3", "1 to 3 points"),
    ("3-10", "3 to 10 points"),
    ("10-100", "more than 10 points"),
)


def fields(content: Content) -> Fields:
    """Give the matrix to look at, the settings of the two runs, the reader's guess, and what earlier runs left."""
    return (
        Select(
            "matrix",
            "Look at the weights of",
            "layers.0.up_proj",
            options=tuple((name, matrix_label(name)) for name in (*matrices(), WHOLE)),
        ),
        Toggle("double_quantization", "Double quantization", "on", help="Store the blocks' scales in 8 bits too."),
        Select(
            "guess",
            "Your guess: how much of LoRA's accuracy will the 4-bit base cost?",
            "",
            stored=True,
            options=GUESSES,
        ),
        Stops("rank", "LoRA rank", "8", minimum=1, maximum=64, stops=("1", "2", "4", "8", "16", "32", "64")),
        Number("steps", "Steps", "100", minimum=10, maximum=400, slider="linear", step=10, stops=("50", "200")),
        controls.learning_rate("0.01"),
        controls.seed(),
        controls.question(QUESTION),
        Runs(
            "runs",
            "Your runs",
            "",
            numbers=NUMBERS,
            words=("base", "double_quantization"),
            figures=results.FIGURES,
        ),
        Texts("answers", "The last answers", ""),
        controls.deleting(),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    kind = "LoRA, 32-bit base" if run.settings["base"] == "32-bit" else "QLoRA, NF4 base"
    return f"{kind}, r = {run.settings['rank']}, lr {run.settings['learning_rate']}"


def start_part(view: View) -> Html:
    """Show what is trained, and the buttons."""
    return join(
        element("h4", "Train LoRA on both bases"),
        element(
            "p",
            "Same rows, same adapter, same order: once on the base in 32 bits, once on the base in NF4.",
        ),
        start_buttons(LAB, view),
    )


def results_part(view: View) -> Html:
    """Show what two runs came to, side by side, and how good the guess was."""
    shown, selection = recorded(LAB.name), LAB.selection(view)
    pair = pair_of(selection.runs)
    return join(
        results.origin(shown, is_recorded=not selection.own),
        (results.finding(run) for run in pair),
        _side_by_side(pair),
        _on_guess(view.values["guess"], pair) if selection.own else None,
        results.table(selection, name_of, results.COLUMNS) if selection.own else None,
    )


def pair_of(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Give the last run on the 4-bit base, and before it the last one with the same settings on the 32-bit base."""
    nf4 = last(runs, lambda run: run.settings["base"] == "NF4")
    if nf4 is None:
        return tuple(runs[-1:])
    lora = beside(nf4, runs, SETTINGS, lambda run: run.settings["base"] == "32-bit")
    return (lora, nf4) if lora else (nf4,)


def _side_by_side(pair: Sequence[Run]) -> Html:
    rows = (
        ("Held-out questions answered right", "held_out_accuracy", results.percent),
        ("Last loss (nats a token)", "loss", lambda value: f"{value:.4f}"),
        ("Loss on pre-training text (nats)", "text_loss", lambda value: f"{value:.2f}"),
        ("Seconds of training", "train_seconds", lambda value: f"{value:.1f}"),
    )
    return results.table_of(
        ("Figure", *(BASES[run.settings["base"]] for run in pair)),
        [
            (label, [results.figure(run, name, write, data_base=run.settings["base"]) for run in pair])
            for label, name, write in rows
        ],
        "Both runs side by side",
    )


def _on_guess(guess: str, pair: Sequence[Run]) -> Html | None:
    """Compare the reader's guess with the pair of runs that is shown."""
    if not guess or len(pair) < 2 or not all(run.is_whole for run in pair):
        return None
    lost = 100 * (pair[0].figures["held_out_accuracy"] - pair[1].figures["held_out_accuracy"])
    low, high = (float(bound) for bound in guess.split("-"))
    came = results.judged(low <= max(lost, 0.0) <= high)
    lost_text = f"cost {lost:.1f} points" if lost > 0 else f"cost nothing ({-lost:.1f} points more)"
    return element("p", f"You guessed {dict(GUESSES)[guess]}; in your last run the 4-bit base {lost_text}: {came}.")


def script_text(view: View) -> str:
    """Write the two runs with the reader's settings as a program."""
    value = view.values
    return f'''"""Train LoRA on the tiny model in 32 bits and in NF4, as the QLoRA lab does."""

from widgets.engine.adapter import LoraConfig
from widgets.recipes import lora, qlora
from widgets.recipes.evaluation import evaluate
from widgets.recipes.results import Diverged
from widgets.recipes.sft import SFTConfig
from widgets.world import qa_pairs
from widgets.world.model import base_model

rows = qa_pairs("train", "full", seed={value["seed"]})
config = SFTConfig(steps={value["steps"]}, learning_rate={value["learning_rate"]:g}, seed={value["seed"]})
for base in ("32-bit", "NF4"):
    model = base_model()
    if base == "NF4":
        adapter, size = qlora.attach(
            model, LoraConfig(rank={value["rank"]}), seed={value["seed"]},
            double_quantization={value["double_quantization"]},
        )
        print(f"matrices: {{size.matrices_bytes:,}} bytes, {{size.matrices_ratio:.3f}} of 32 bits")
    else:
        adapter = lora.attach(model, LoraConfig(rank={value["rank"]}), seed={value["seed"]})
    for result in lora.train(model, adapter, rows, config):
        if isinstance(result, Diverged):
            print(result.message)
        elif result.step % 10 == 0:
            print(f"{{base}}: step {{result.step:4d}}  loss {{result.loss:.4f}}")
    print(f"{{base}}: {{evaluate(model, style='full').exact_match:.1%}} of the held-out questions right")
'''


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        Part("levels", ("matrix",), levels_part),
        Part("sizes", ("double_quantization",), sizes_part),
        Part("start", ("deleting",), start_part),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), lambda view: charts(LAB, view)),
        Part("answers", ("answers",), lambda view: last_answers(LAB, view, "QLoRA run")),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "qlora.py", "qlora"),
            "qlora_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


LAB = Lab(
    name="qlora-lab",
    title="QLoRA lab: the tiny model in 4 bits",
    summary=(
        "See where the sixteen NF4 levels fall on the weights of the tiny model, what rounding to them costs, and "
        "whether LoRA still learns on the rounded base. The training runs in your browser."
    ),
    fields=fields,
    parts=parts,
    name_of=name_of,
    run_module="widgets.gallery.labs.qlora.run",
    actions=("run", "ask", "forget"),
    forgets=("guess", "runs", "answers"),
    buttons=(button("Train both", "run", primary=True),),
)
WIDGET = LAB.widget()
