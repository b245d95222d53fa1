"""The LoRA lab: the rank slider trains an adapter on the tiny model, in the reader's tab."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from widgets.core.fields import Fields, Number, Select
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import Content, Part, RunStep, View, Widget, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Answers, answers_table, last_answers
from widgets.gallery.labs.asking import ask, ask_box, reply
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.curves import lab_chart
from widgets.gallery.labs.lora.adapter_states import AdapterStates, States, adapter_actions
from widgets.gallery.labs.lora.spectrum_chart import MATRIX, MOST_VALUES, spectrum_chart
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Curve, Run, Runs, added, as_text

if TYPE_CHECKING:
    from widgets.engine.architectures.gpt import GPT

LAB = "lora-lab"
SETTINGS = ("rank", "alpha", "target_modules", "learning_rate", "steps", "seed")
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
        Runs("runs", "Your runs", "", settings=("method", *SETTINGS), figures=(*results.FIGURES, "trainable_params")),
        Answers("answers", "The last answers", ""),
        AdapterStates("adapter", "What was done with the adapter", ""),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    chosen = run.settings
    if chosen["method"] == "full":
        return f"all weights, lr {chosen['learning_rate']}"
    return f"r = {chosen['rank']}, {chosen['target_modules']}, lr {chosen['learning_rate']}"


def start_part(view: View) -> Html:
    """Show the buttons."""
    return element(
        "div",
        button("Train", "run", primary=True),
        button("Train all weights instead", "full", data_run=True),
        controls.reset_button(WIDGET, view.content),
        button("Forget my runs and my adapter", "forget", data_run=True),
        class_="ft-buttons",
    )


def results_part(view: View) -> Html:
    """Show what the last run came to, and all runs beside one another."""
    shown = recorded(LAB)
    own: tuple[Run, ...] = view.values["runs"]
    last = own[-1] if own else shown.runs[-1]
    return join(
        results.origin(shown, is_recorded=not own),
        results.finding(last),
        results.headline(last, shown.base, [("Trained numbers", _trained(last))]),
        _on_guess(view.values["guess"], own),
        results.table(own, shown.runs, name_of, [("Trained numbers", lambda run: f"{_count(run):,}")]),
    )


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


def _on_guess(guess: str, own: tuple[Run, ...]) -> Html | None:
    first = [run for run in own if run.settings["method"] == "lora" and run.settings["rank"] == "1"][:1]
    return results.verdict_on_guess(guess, first)


def chart_part(view: View, live: Curve = (), live_name: str = "", steps: int = 0) -> Html:
    """Draw the losses of all ranks over one another."""
    return lab_chart(view, LAB, name_of, live, live_name, steps)


def spectrum_part(view: View) -> Html:
    """Draw the singular values of what each run changed in one matrix."""
    return spectrum_chart(f"{view.id}-spectrum", recorded(LAB).runs, view.values["runs"], name_of)


def adapter_part(view: View) -> Html:
    """Show the adapter on, peeled off and merged, with the buttons that do it."""
    own: States = view.values["adapter"]
    return adapter_actions(own, AdapterStates("adapter", "", "").parse(recorded(LAB).fields.get("adapter", "")))


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
        Part("start", (), start_part),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), chart_part),
        Part("adapter", ("adapter",), adapter_part, announce=True),
        Part("spectrum", ("runs",), spectrum_part),
        Part("answers", ("answers",), lambda view: last_answers(view, LAB)),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.engine", "linear.py", "adapted_linear"),
            "lora_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


def run(view: View, action: str) -> Iterator[RunStep]:
    """Train an adapter or all weights, do something with the adapter, ask, or forget."""
    if action in ("run", "full"):
        yield from _train(view, "lora" if action == "run" else "full")
    elif action == "forget":
        yield from results.forget(WIDGET, view, LAB)
    else:
        from widgets.gallery.labs.lora import run

        if action == "ask":
            run.restore(LAB, view.values["adapter"])
            yield from ask(view, LAB)
        else:
            yield from run.change(WIDGET, view, LAB, action)


def _train(view: View, method: str) -> Iterator[RunStep]:
    from widgets.engine.adapter import LoraConfig
    from widgets.gallery.labs import judging, trained_models
    from widgets.gallery.labs.lora import run
    from widgets.gallery.labs.pace import follow
    from widgets.recipes import lora, sft
    from widgets.world import qa_pairs
    from widgets.world.model import base_model

    value: Any = view.values
    is_lora = method == "lora"
    config = sft.SFTConfig(
        steps=value["steps"], learning_rate=value["learning_rate"] if is_lora else FULL_RATE, seed=value["seed"]
    )
    yield RunStep({}, 0, config.steps, "preparing the model and the rows")
    model: GPT = base_model()
    rows = qa_pairs("train", "full", seed=value["seed"])
    adapter = None
    if is_lora:
        wanted = LoraConfig(value["rank"], value["alpha"], TARGETS[value["target_modules"]])
        adapter = lora.attach(model, wanted, seed=value["seed"])
    chosen = {"method": method, **{name: view.state[name] for name in SETTINGS}}
    chosen["learning_rate"] = f"{config.learning_rate:g}"
    live_name = name_of(Run(chosen, {}, ()))
    watched = judging.Watched(model, config.steps)

    def show(curve: Curve) -> dict[str, Html]:
        shown = {"chart": chart_part(view, curve, live_name, config.steps)}
        if watched.is_due(curve[-1][0]):
            label = f"After step {curve[-1][0]}"
            shown["answers"] = answers_table(recorded(LAB).base_answers, watched.ask(), label)
        return shown

    trained = adapter.parameters if adapter else None
    followed = yield from follow(sft.train(model, rows, config, trained=trained), config.steps, show)
    judged = yield from judging.judge(model, "full", config.steps)
    yield RunStep({}, config.steps, config.steps, "working out the singular values")
    figures = results.figures_of(followed, judged, tokens=judging.tokens_read(rows, config.batch_size, followed.curve))
    figures["trainable_params"] = adapter.parameters.count if adapter else model.parameters.count
    figures["total_params"] = model.parameters.count + (adapter.parameters.count if adapter else 0)
    values = run.change_spectrum(model, adapter, MATRIX)
    figures |= {f"sigma_{place}": size for place, size in enumerate(values[:MOST_VALUES], 1)}
    left = {
        "runs": as_text(added(value["runs"], results.run_of(chosen, figures, followed))),
        "answers": "|".join(watched.ask()),
    }
    if adapter and followed.finding is None:
        trained_models.remember_adapter(LAB, model, adapter)
        left["adapter"] = run.first_state(judged)
    yield results.last_step(WIDGET, view, left, config.steps, {"reply": partial(reply, view, LAB)}, figures)


WIDGET = Widget(
    name=LAB,
    title="LoRA lab: the rank slider trains",
    summary=(
        "The tiny model of the SFT lab, frozen this time. Only an adapter of the rank you choose is trained, here in "
        "your browser. Each run stays in the chart, so ranks can be compared."
    ),
    parts=parts,
    fields=fields,
    run=run,
    runs_on=("rank",),
    place_of=lambda content: f"lab/{LAB}",
)
