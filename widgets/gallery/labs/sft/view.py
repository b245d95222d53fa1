"""The SFT lab: the tiny base model learns to answer, in the reader's tab."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from widgets.core.fields import Fields, Number, Select
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, RunStep, View, Widget, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.answers import Answers, answers_table, last_answers
from widgets.gallery.labs.asking import ask, ask_box, reply
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.curves import lab_chart
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Curve, Run, Runs, added, as_text

LAB = "sft-lab"
SETTINGS = ("steps", "learning_rate", "loss_on", "style", "seed")
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
        Runs("runs", "Your runs", "", settings=SETTINGS, figures=results.FIGURES),
        Answers("answers", "The last answers", ""),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    loss_on = "" if run.settings["loss_on"] == "response" else ", loss on everything"
    return f"{run.settings['style']}, lr {run.settings['learning_rate']}{loss_on}"


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
    """Show what the last run came to, beside the base model, and how good the guess was."""
    shown = recorded(LAB)
    own: tuple[Run, ...] = view.values["runs"]
    last = own[-1] if own else shown.runs[-1]
    return join(
        results.origin(shown, is_recorded=not own),
        results.finding(last),
        results.headline(last, shown.base),
        results.verdict_on_guess(view.values["guess"], own),
        results.table(own, shown.runs, name_of),
    )


def chart_part(view: View, live: Curve = (), live_name: str = "", steps: int = 0) -> Html:
    """Draw the loss of the recorded run, the reader's runs and the one under way."""
    return lab_chart(view, LAB, name_of, live, live_name, steps)


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
        Part("start", (), start_part),
        Part("results", ("runs", "guess"), results_part, announce=True),
        Part("chart", ("runs",), chart_part),
        Part("answers", ("answers",), lambda view: last_answers(view, LAB)),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "sft.py", "sft"),
            "sft_lab_run.py",
            SETTINGS,
            script_text,
        ),
    )


def run(view: View, action: str) -> Iterator[RunStep]:
    """Train, ask or forget."""
    if action == "ask":
        yield from ask(view, LAB)
    elif action == "forget":
        yield from results.forget(WIDGET, view, LAB)
    else:
        yield from _train(view)


def _train(view: View) -> Iterator[RunStep]:
    from widgets.gallery.labs import judging, trained_models
    from widgets.gallery.labs.pace import follow
    from widgets.recipes import sft
    from widgets.world import qa_pairs
    from widgets.world.model import base_model

    value = view.values
    config = sft.SFTConfig(
        steps=value["steps"], learning_rate=value["learning_rate"], loss_on=value["loss_on"], seed=value["seed"]
    )
    yield RunStep({}, 0, config.steps, "preparing the model and the rows")
    model = base_model()
    rows = qa_pairs("train", value["style"], seed=value["seed"])
    chosen = {name: view.state[name] for name in SETTINGS}
    live_name = name_of(Run(chosen, {}, ()))
    watched = judging.Watched(model, config.steps)

    def show(curve: Curve) -> dict[str, Html]:
        shown = {"chart": chart_part(view, curve, live_name, config.steps)}
        if watched.is_due(curve[-1][0]):
            shown["answers"] = answers_table(recorded(LAB).base_answers, watched.ask(), f"After step {curve[-1][0]}")
        return shown

    followed = yield from follow(sft.train(model, rows, config), config.steps, show)
    style = None if value["style"] == "mixed" else value["style"]
    judged = yield from judging.judge(model, style, config.steps)
    figures = results.figures_of(followed, judged, tokens=judging.tokens_read(rows, config.batch_size, followed.curve))
    if followed.finding is None:
        trained_models.remember(LAB, model)
    left = {
        "runs": as_text(added(value["runs"], results.run_of(chosen, figures, followed))),
        "answers": "|".join(watched.ask()),
    }
    yield results.last_step(WIDGET, view, left, config.steps, {"reply": partial(reply, view, LAB)}, figures)


WIDGET = Widget(
    name=LAB,
    title="SFT lab: teach the tiny model to answer",
    summary=(
        "A real transformer with 118,000 parameters, pre-trained on facts about 64 animals, is fine-tuned here in "
        "your browser on questions about 44 of them. The other 20 are held out for the test."
    ),
    parts=parts,
    fields=fields,
    run=run,
    place_of=lambda content: f"lab/{LAB}",
)
