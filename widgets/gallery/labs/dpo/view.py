"""The DPO lab: the votes of the RLHF lab train the tiny model directly, and PPO's figures stand beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from widgets.core.fields import Fields, Number
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, RunStep, View, Widget, button
from widgets.gallery.labs import controls, preferences_script, preferences_view
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.controls import RealStops
from widgets.gallery.labs.preferences import PLACE, VOTE_SETTINGS, vote_fields
from widgets.gallery.labs.preferences_curves import Line, lines_chart
from widgets.gallery.labs.preferences_guesses import guesses_of_dpo, verdict_on_dpo
from widgets.gallery.labs.preferences_runs import PreferenceRun, PreferenceRuns
from widgets.gallery.labs.preferences_view import opening_parts
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.rlhf import view as rlhf_lab

LAB = "dpo-lab"
CURVES = ("loss", "accuracy", "margin")
SETTINGS = (*VOTE_SETTINGS, "beta", "steps", "learning_rate", "method", "judged_by", "vote_set")
QUESTION = "What does the kiwi eat?"
SCRIPT_IMPORTS = (
    "from widgets.recipes import dpo, sft",
    "from widgets.recipes.evaluation import evaluate",
    "from widgets.recipes.results import Diverged",
)
NO_PPO_YET = "No PPO run of yours has used these very votes yet; press the second button to see one beside DPO."
PPO_DEFAULTS = {
    field.name: field.default for field in rlhf_lab.fields({}) if field.name in ("kl_coeff", "rounds", "learning_rate")
}
"""The settings of the PPO run that stands beside DPO."""


def dpo_runs_field() -> PreferenceRuns:
    """Give the field with the reader's DPO runs."""
    return PreferenceRuns("dpo_runs", "Your DPO runs", "", curves=CURVES, settings=SETTINGS)


def fields(content: Content) -> Fields:
    """Give the settings of the votes and of the run, the reader's guesses and question, and what earlier runs left."""
    return (
        *vote_fields(),
        *guesses_of_dpo(),
        RealStops(
            "beta",
            "DPO's beta",
            "0.1",
            help="How strongly it is held to the starting model. Small: free. Large: held.",
            minimum=0.001,
            maximum=10,
            stops=("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"),
        ),
        Number("steps", "Steps of DPO", "40", minimum=5, maximum=300, slider="linear", step=5, stops=("80",)),
        controls.learning_rate("0.00004"),
        controls.seed(),
        controls.question(QUESTION),
        dpo_runs_field(),
        rlhf_lab.ppo_runs_field(),
    )


def name_of(run: PreferenceRun) -> str:
    """Name a run by what differs between runs."""
    return f"beta {run.settings['beta']}, {run.figures['votes']:.0f} votes"


def start_part(view: View) -> Html:
    """Show the buttons."""
    return element(
        "div",
        button("Train with DPO", "run", primary=True),
        button("Train with PPO on the same votes", "train-ppo", data_run=True),
        controls.reset_button(WIDGET, view.content),
        button("Delete my runs and my model", "forget", data_run=True),
        class_="ft-buttons",
    )


def recorded_dpo_runs() -> tuple[PreferenceRun, ...]:
    """Give the recorded run."""
    return dpo_runs_field().parse(recorded(LAB).fields.get("dpo_runs", ""))


def side_by_side(view: View) -> tuple[PreferenceRun, list[PreferenceRun]]:
    """Give the last run of DPO, and the last one of PPO on the same votes in a list, or none.

    The reader's, or else the recorded ones.
    """
    own: tuple[PreferenceRun, ...] = view.values["dpo_runs"]
    shown = (own or recorded_dpo_runs())[-1]
    ppo_runs = view.values["ppo_runs"] if own else rlhf_lab.recorded_ppo_runs()[:1]
    return shown, [run for run in ppo_runs if run.settings["vote_set"] == shown.settings["vote_set"]][-1:]


def results_part(view: View) -> Html:
    """Show DPO beside PPO on the same votes."""
    own: tuple[PreferenceRun, ...] = view.values["dpo_runs"]
    shown, beside = side_by_side(view)
    columns = [("DPO", shown), *((f"PPO, KL coefficient {run.settings['kl_coeff']}", run) for run in beside)]
    return join(
        preferences_view.origin(recorded(LAB), shown, is_recorded=not own),
        preferences_view.finding(shown),
        preferences_view.figures_table(columns),
        _models_note(),
        element("p", NO_PPO_YET) if not beside else None,
        verdict_on_dpo(view.values["guess_faster"], view.values["guess_right"], own, view.values["ppo_runs"]),
        _earlier(own),
    )


def _models_note() -> Html:
    return element(
        "p",
        "DPO holds the policy and its reference. PPO holds the policy, its reference, the reward model and the value "
        "model, and must sample answers in every round.",
        class_="ft-help",
    )


def _earlier(own: Sequence[PreferenceRun]) -> Html | None:
    """List the reader's runs, once there is more than one."""
    if len(own) < 2:
        return None
    columns = [(f"{place}: {name_of(run)}", run) for place, run in enumerate(own, 1)]
    return join(element("h4", "Your DPO runs"), preferences_view.figures_table(columns))


def chart_part(view: View, live: PreferenceRun | None = None, steps: int = 0) -> Html:
    """Draw the loss and the reward margin over the steps."""
    runs = [(f"recorded: {name_of(run)}", run, True) for run in recorded_dpo_runs()]
    runs += [(f"{place}: {name_of(run)}", run, False) for place, run in enumerate(view.values["dpo_runs"], 1)]
    if live:
        runs.append((f"now: {name_of(live)}", live, False))

    def lines(curve: str) -> list[Line]:
        return [(name, run.steps, run.curves[curve], is_recorded) for name, run, is_recorded in runs]

    return join(
        lines_chart(
            f"{view.id}-loss",
            lines("loss"),
            title="DPO's loss",
            y="nats",
            x="step",
            steps=steps,
            digits=3,
        ),
        lines_chart(
            f"{view.id}-margin",
            lines("margin"),
            title="Implicit reward of the chosen answer over the rejected one",
            y="margin",
            x="step",
            steps=steps,
            digits=3,
        ),
    )


def answers_part(view: View) -> Html:
    """Show a few answers before and after the last run of DPO, and after the one of PPO beside it."""
    shown, beside = side_by_side(view)
    return preferences_view.answers_html(shown, "After DPO", [("After PPO", run) for run in beside])


def script_text(view: View) -> str:
    """Write the run with the reader's settings and votes as a program."""
    value = view.values
    return f'''"""Train the tiny model on votes with DPO, as the DPO lab does."""

{preferences_script.imports(view, SCRIPT_IMPORTS)}

{preferences_script.start(view)}
config = dpo.DPOConfig(
    steps={value["steps"]}, beta={value["beta"]:g}, learning_rate={value["learning_rate"]:g}, seed={value["seed"]}
)
for result in dpo.train(start, votes, config):
    if isinstance(result, Diverged):
        print(result.message)
    elif result.step % 5 == 0:
        print(f"step {{result.step:3d}}  loss {{result.loss:.4f}}  margin {{result.margin:.3f}}")

judged = evaluate(start)
print({{style: f"{{share:.0%}}" for style, share in judged.style_shares.items()}}, f"wrong: {{judged.wrong_share:.0%}}")
'''


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        *opening_parts(start_part),
        Part("results", ("dpo_runs", "ppo_runs", "guess_faster", "guess_right"), results_part, announce=True),
        Part("chart", ("dpo_runs",), chart_part),
        Part("answers", ("dpo_runs", "ppo_runs"), answers_part),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "dpo.py", "dpo"),
            "dpo_lab_run.py",
            (*preferences_script.DEPENDS_ON, "beta", "steps", "learning_rate"),
            script_text,
        ),
    )


def run(view: View, action: str) -> Iterator[RunStep]:
    """Train with DPO or PPO, ask or forget."""
    from widgets.gallery.labs import preferences_asking, preferences_methods

    if action == "ask":
        yield from preferences_asking.ask(view, LAB)
    elif action == "draw":
        yield from preferences_methods.draw(WIDGET, view)
    elif action == "forget":
        yield from preferences_methods.forget(WIDGET, view, "dpo_runs", LAB)
    elif action == "train-ppo":
        yield from preferences_methods.run_ppo(WIDGET, view, _show_answers, chosen=PPO_DEFAULTS)
    else:
        yield from _train(view)


def _show_answers(live: PreferenceRun, asked: str) -> dict[str, Html]:
    """Show what the model in training answers."""
    return {"answers": preferences_view.answers_html(live, asked)} if asked else {}


def _train(view: View) -> Iterator[RunStep]:
    from widgets.gallery.labs import preferences_methods

    def show(live: PreferenceRun, asked: str) -> dict[str, Html]:
        return {"chart": chart_part(view, live, view.values["steps"]), **_show_answers(live, asked)}

    yield from preferences_methods.run_dpo(WIDGET, view, show)


WIDGET = Widget(
    name=LAB,
    title="DPO lab: the same votes, without a reward model",
    summary=(
        "The votes of the RLHF lab, and those that you add here, train the tiny model directly; PPO on the same votes "
        "stands beside it. Everything is trained in your browser."
    ),
    parts=parts,
    fields=fields,
    run=run,
    place_of=lambda content: PLACE,
)
