"""The LoRA lab: the rank slider trains an adapter on the tiny model, in the reader's tab."""

from __future__ import annotations

from widgets.core.fields import Fields, Number, Select
from widgets.core.html import Html, join, metric
from widgets.core.widget import Content, Part, View, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Texts
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.lora.adapter_states import AdapterStates, adapter_actions
from widgets.gallery.labs.lora.spectrum_chart import spectrum_chart
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, Runs
from widgets.gallery.labs.selection import last
from widgets.gallery.labs.standard_parts import charts, last_answers, start_buttons

NUMBERS = ("rank", "alpha", "learning_rate", "steps", "seed")
SETTINGS = (*NUMBERS, "target_modules")
WORDS = ("method", "target_modules")
QUESTION = "Where does the platypus live?"
GUESS = "Your guess: how many held-out questions will rank 1 answer?"
FULL_RATE = 0.002
"""Learning rate of the comparison with full fine-tuning: the SFT lab's; LoRA's would wreck the model."""

TARGETS = {
    "q,v": ("q_proj", "v_proj"),
    "q,k,v,o": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "all-linear": ("q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj"),
}


def fields(content: Content) -> Fields:
    """Give the settings of the adapter and of the run, the reader's guess, and what earlier runs left."""
    return (
        controls.guess(GUESS),
        Number(
            "rank",
            "Rank r",
            "8",
            help="Move it, and an adapter of that rank is trained.",
            minimum=1,
            maximum=64,
            slider="log2",
        ),
        Number(
            "alpha", "Alpha", "16", help="The change is scaled by alpha / r.", minimum=1, maximum=256, slider="log2"
        ),
        Select(
            "target_modules",
            "Target modules",
            "all-linear",
            options=(
                ("q,v", "q, v"),
                ("q,k,v,o", "q, k, v, o (all of attention)"),
                ("all-linear", "all-linear (attention and feed-forward)"),
            ),
        ),
        controls.learning_rate("0.01"),
        Number("steps", "Steps", "60", minimum=10, maximum=400, slider="linear", step=10, stops=("100", "200")),
        controls.seed(),
        controls.question(QUESTION),
        Runs(
            "runs",
            "Your runs",
            "",
            numbers=NUMBERS,
            words=WORDS,
            figures=(*results.FIGURES, "trainable_params", "total_params"),
        ),
        Texts("answers", "The last answers", ""),
        controls.deleting(),
        AdapterStates("adapter", "What was done with the adapter", ""),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    chosen = run.settings
    if chosen["method"] == "full":
        return f"all weights, lr {chosen['learning_rate']}"
    return f"r = {chosen['rank']}, {chosen['target_modules']}, lr {chosen['learning_rate']}"


def results_part(view: View) -> Html:
    """Show what the run came to, and all runs beside one another."""
    shown, selection = recorded(LAB.name), LAB.selection(view)
    return join(
        results.origin(shown, is_recorded=not selection.own),
        results.finding(selection.run),
        results.headline(selection.run, shown.base, [("Trained numbers", _trained(selection.run))]),
        results.verdict_on_guess(view.values["guess"], last(selection.own, _is_rank_1), "last run of rank 1"),
        results.table(selection, name_of, COLUMNS),
    )


def _is_rank_1(run: Run) -> bool:
    return run.settings["method"] == "lora" and run.settings["rank"] == "1"


def _count(run: Run) -> int:
    return round(run.figures["trainable_params"])


def _trained(run: Run) -> Html:
    figures = run.figures
    count, total = _count(run), round(figures["total_params"])
    share = 100 * count / total
    return join(
        metric("trainable_params", count, f"{count:,}"),
        " (",
        metric("trainable_percent", f"{share:.4f}", f"{share:.1f} %"),
        ")",
    )


COLUMNS = (*results.COLUMNS, ("Trained numbers", lambda run: f"{_count(run):,}"))


def spectrum_part(view: View) -> Html:
    """Draw the singular values of what each run changed in one matrix."""
    return spectrum_chart(f"{view.id}-spectrum", LAB.selection(view), name_of)


def adapter_part(view: View) -> Html:
    """Show the adapter on, peeled off and merged, with the buttons that do it."""
    shown = AdapterStates("adapter", "", "").parse(recorded(LAB.name).fields.get("adapter", ""))
    return adapter_actions(view.values["adapter"], shown)


def script_text(view: View) -> str:
    """Write the run with the reader's settings as a program."""
    value = view.values
    targets = ", ".join(f'"{name}"' for name in TARGETS[value["target_modules"]])
    return f'''"""Train a LoRA adapter on the course's tiny model, as the LoRA lab does."""

from widgets.engine.adapter import LoraConfig
from widgets.recipes import lora
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.recipes.results import Diverged
from widgets.recipes.sft import SFTConfig
from widgets.world import qa_pairs
from widgets.world.model import base_model

model = base_model()
targets = ({targets})
adapter = lora.attach(model, LoraConfig(rank={value["rank"]}, alpha={value["alpha"]}, target_modules=targets),
                      seed={value["seed"]})
share = lora.trainable_share(model, adapter)
print(f"trainable params: {{share.trainable_params:,}} || all params: {{share.total_params:,}} "
      f"|| trainable%: {{share.percent:.4f}}")

rows = qa_pairs("train", "full", seed={value["seed"]})
config = SFTConfig(steps={value["steps"]}, learning_rate={value["learning_rate"]:g}, seed={value["seed"]})
for result in lora.train(model, adapter, rows, config):
    if isinstance(result, Diverged):
        print(result.message)
    elif result.step % 10 == 0:
        print(f"step {{result.step:4d}}  loss {{result.loss:.4f}}")

print(f"adapter on: {{evaluate(model, style='full').exact_match:.1%}} of the held-out questions right, "
      f"loss on pre-training text {{text_loss(model):.3f}} nats")
with adapter.disabled():
    print(f"peeled off: loss on pre-training text {{text_loss(model):.3f}} nats, as before")
adapter.merge()
print(f"merged:     {{evaluate(model, style='full').exact_match:.1%}}")
'''


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        Part("start", ("deleting",), lambda view: start_buttons(LAB, view)),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), lambda view: charts(LAB, view)),
        Part("adapter", ("adapter",), adapter_part, announce=True),
        Part("spectrum", ("runs",), spectrum_part),
        Part("answers", ("answers",), lambda view: last_answers(LAB, view)),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.engine", "linear.py", "adapted_linear"),
            "lora_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


LAB = Lab(
    name="lora-lab",
    title="LoRA lab: the rank slider trains",
    summary=(
        "The tiny model of the SFT lab, frozen this time. Only an adapter of the rank you choose is trained, here in "
        "your browser. Each run stays in the chart, so ranks can be compared."
    ),
    fields=fields,
    parts=parts,
    name_of=name_of,
    run_module="widgets.gallery.labs.lora.run",
    actions=("run", "full", "adapter-off", "adapter-on", "merge", "unmerge", "ask", "forget"),
    forgets=("guess", "runs", "answers", "adapter"),
    buttons=(
        button("Train", "run", primary=True),
        button("Train all weights instead", "full", data_run=True),
    ),
    runs_on=("rank",),
)
WIDGET = LAB.widget()
