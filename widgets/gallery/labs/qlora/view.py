"""The QLoRA lab: NF4 on the tiny model's own matrices, and LoRA on the 4-bit base beside LoRA on the 32-bit one."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from widgets.core.fields import Fields, Number, Select, Toggle
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import Content, Part, RunStep, View, Widget, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Answers, answers_table, last_answers
from widgets.gallery.labs.asking import ask, ask_box, reply
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.controls import Stops
from widgets.gallery.labs.curves import lab_chart
from widgets.gallery.labs.qlora.levels import WHOLE, matrices
from widgets.gallery.labs.qlora.parts import levels_part, matrix_label, sizes_part
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Curve, Run, Runs, added, as_text

LAB = "qlora-lab"
SETTINGS = ("rank", "steps", "learning_rate", "double_quantization", "seed")
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
        Runs("runs", "Your runs", "", settings=("base", *SETTINGS), figures=results.FIGURES),
        Answers("answers", "The last answers", ""),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    kind = "LoRA, 32-bit base" if run.settings["base"] == "32-bit" else "QLoRA, NF4 base"
    return f"{kind}, r = {run.settings['rank']}, lr {run.settings['learning_rate']}"


def start_part(view: View) -> Html:
    """Show the buttons."""
    return join(
        element("h4", "Train LoRA on both bases"),
        element(
            "p",
            "Same rows, same adapter, same order: once on the base in 32 bits, once on the base in NF4.",
        ),
        element(
            "div",
            button("Train both", "run", primary=True),
            controls.reset_button(WIDGET, view.content),
            button("Delete my runs and my model", "forget", data_run=True),
            class_="ft-buttons",
        ),
    )


def results_part(view: View) -> Html:
    """Show what the last two runs came to, side by side, and how good the guess was."""
    shown = recorded(LAB)
    own: tuple[Run, ...] = view.values["runs"]
    pair = (own or shown.runs)[-2:]
    return join(
        results.origin(shown, is_recorded=not own),
        (results.finding(run) for run in pair),
        _side_by_side(pair),
        _on_guess(view.values["guess"], own),
        results.table(own, shown.runs, name_of) if own else None,
    )


def _side_by_side(pair: tuple[Run, ...]) -> Html:
    rows = (
        ("Held-out questions answered right", "held_out_accuracy", results.percent),
        ("Last loss (nats a token)", "loss", lambda value: f"{value:.4f}"),
        ("Loss on pre-training text (nats)", "text_loss", lambda value: f"{value:.2f}"),
        ("Seconds of training", "train_seconds", lambda value: f"{value:.1f}"),
    )
    return element(
        "div",
        element(
            "table",
            element("thead", element("tr", element("th", "Figure", scope="col"), _heads(pair))),
            element(
                "tbody",
                (
                    element(
                        "tr",
                        element("th", label, scope="row"),
                        (element("td", _cell(run, name, write(run.figures[name]))) for run in pair),
                    )
                    for label, name, write in rows
                ),
            ),
            class_="ft-table",
        ),
        class_="ft-scroll",
        tabindex="0",
        role="region",
        aria_label="Both runs side by side",
    )


def _heads(pair: tuple[Run, ...]) -> list[Html]:
    return [element("th", BASES[run.settings["base"]], scope="col") for run in pair]


def _cell(run: Run, name: str, text: str) -> Html:
    return metric(name, f"{run.figures[name]:.6g}", text, data_base=run.settings["base"])


def _on_guess(guess: str, own: tuple[Run, ...]) -> Html | None:
    """Compare the reader's guess with the first pair of runs."""
    if not guess or len(own) < 2:
        return None
    lost = 100 * (own[0].figures["held_out_accuracy"] - own[1].figures["held_out_accuracy"])
    low, high = (float(bound) for bound in guess.split("-"))
    words = "you were right" if low <= max(lost, 0.0) <= high else "that was off"
    lost_text = f"cost {lost:.1f} points" if lost > 0 else f"cost nothing ({-lost:.1f} points more)"
    return element("p", f"You guessed {dict(GUESSES)[guess]}; in your run the 4-bit base {lost_text}: {words}.")


def chart_part(view: View, live: Curve = (), live_name: str = "", steps: int = 0) -> Html:
    """Draw the losses of the recorded runs, of the reader's runs and of the one under way."""
    return lab_chart(view, LAB, name_of, live, live_name, steps)


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
        Part("start", (), start_part),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), chart_part),
        Part("answers", ("answers",), lambda view: last_answers(view, LAB, "QLoRA run")),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "qlora.py", "qlora"),
            "qlora_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


def run(view: View, action: str) -> Iterator[RunStep]:
    """Train both, ask, or forget."""
    if action == "ask":
        yield from ask(view, LAB)
        return
    if action == "forget":
        yield from results.forget(WIDGET, view, LAB)
        return
    total = 2 * view.values["steps"]
    first = yield from _train(view, "32-bit", 0, total)
    yield from _train(_with_run(view, first), "NF4", view.values["steps"], total, is_last=True)


def _with_run(view: View, run: Run) -> View:
    """Give the view as if a run had already been left in it."""
    runs = added(view.values["runs"], run)
    return replace(view, values={**view.values, "runs": runs}, state={**view.state, "runs": as_text(runs)})


def _train(view: View, base: str, before: int, total: int, *, is_last: bool = False) -> Generator[RunStep, None, Run]:
    """Train on one of the two bases; what comes of it is left in the state after both."""
    from widgets.engine.adapter import LoraConfig
    from widgets.gallery.labs import judging, trained_models
    from widgets.gallery.labs.pace import follow
    from widgets.recipes import lora, qlora
    from widgets.recipes.sft import SFTConfig
    from widgets.world import qa_pairs
    from widgets.world.model import base_model

    value: Any = view.values
    steps = value["steps"]
    yield RunStep({}, before, total, f"preparing {BASES[base]}")
    model, seed = base_model(), value["seed"]
    wanted = LoraConfig(rank=value["rank"])
    if base == "NF4":
        adapter, _ = qlora.attach(model, wanted, double_quantization=value["double_quantization"], seed=seed)
    else:
        adapter = lora.attach(model, wanted, seed=seed)
    rows = qa_pairs("train", "full", seed=seed)
    config = SFTConfig(steps=steps, learning_rate=value["learning_rate"], seed=seed)
    chosen = {"base": base, **{name: view.state[name] for name in SETTINGS}}
    live_name = name_of(Run(chosen, {}, ()))
    watched = judging.Watched(model, steps)

    def show(curve: Curve) -> dict[str, Html]:
        shown = {"chart": chart_part(view, curve, live_name, steps)}
        if watched.is_due(curve[-1][0]):
            label = f"{'QLoRA' if base == 'NF4' else 'LoRA'}, after step {curve[-1][0]}"
            shown["answers"] = answers_table(recorded(LAB).base_answers, watched.ask(), label)
        return shown

    following = follow(lora.train(model, adapter, rows, config), steps, show)
    followed = yield from _shifted(following, before, total)
    judged = yield from _shifted(judging.judge(model, "full", steps), before, total)
    tokens = judging.tokens_read(rows, config.batch_size, followed.curve)
    figures = results.figures_of(followed, judged, tokens=tokens)
    made = results.run_of(chosen, figures, followed)
    if is_last:
        left = {"runs": as_text(added(value["runs"], made)), "answers": "|".join(watched.ask())}
        if followed.finding is None:
            # As it was judged: adapter and 4-bit base apart. Rounding their sum again would lose the change.
            trained_models.remember_adapter(LAB, model, adapter, in_4_bits=value["double_quantization"])
        yield results.last_step(WIDGET, view, left, total, {"reply": partial(reply, view, LAB)}, figures)
    return made


def _shifted(steps: Generator[RunStep, None, Any], before: int, total: int) -> Generator[RunStep, None, Any]:
    """Report the steps of one of two runs as steps of both."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        yield RunStep(step.parts, before + step.done, total, step.text, step.fields)


WIDGET = Widget(
    name=LAB,
    title="QLoRA lab: the tiny model in 4 bits",
    summary=(
        "See where the sixteen NF4 levels fall on the weights of the tiny model, what rounding to them costs, and "
        "whether LoRA still learns on the rounded base. The training runs in your browser."
    ),
    parts=parts,
    fields=fields,
    run=run,
    place_of=lambda content: f"lab/{LAB}",
)
