"""The DPO lab: the votes of the RLHF lab train the tiny model directly, and PPO's figures stand beside it."""

from __future__ import annotations

from widgets.core.fields import Fields, Number
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, Part, View, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.controls import RealStops
from widgets.gallery.labs.curves import Axes
from widgets.gallery.labs.dpo.guesses import guesses_of_dpo, verdict_on_dpo
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.rlhf import view as rlhf_lab
from widgets.gallery.labs.rlhf.penalty import has_penalty
from widgets.gallery.labs.runs import Run, Runs
from widgets.gallery.labs.selection import Selection, beside
from widgets.gallery.labs.standard_parts import charts, start_buttons
from widgets.gallery.labs.voting import parts as voting
from widgets.gallery.labs.voting import script
from widgets.gallery.labs.voting.votes import PLACE, runs_field, vote_fields

SETTINGS = ("beta", "steps", "learning_rate")
CURVES = ("loss", "accuracy", "margin")
CHARTS = {
    "loss": Axes("DPO's loss", y="nats"),
    "margin": Axes("Implicit reward of the chosen answer over the rejected one", "margin", "margin"),
}
"""By the ending of the chart's id."""

QUESTION = "What does the kiwi eat?"
SCRIPT_IMPORTS = (
    "from widgets.recipes import dpo, sft",
    "from widgets.recipes.evaluation import evaluate",
    "from widgets.recipes.results import Diverged",
)
NO_PPO_YET = (
    "No PPO run of yours with a KL penalty has used these very votes yet; press the second button to see one beside "
    "DPO."
)
PPO_DEFAULTS = {field.name: field.default for field in rlhf_lab.fields({}) if field.name in rlhf_lab.SETTINGS}
"""The settings of the PPO run that stands beside DPO."""


def dpo_runs_field() -> Runs:
    """Give the field with the reader's DPO runs."""
    return runs_field("dpo_runs", "Your DPO runs", CURVES, ("beta", "steps"))


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


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    return f"beta {run.settings['beta']}, {run.figures['votes']:.0f} votes"


def side_by_side(view: View) -> tuple[Selection, Run | None]:
    """Give the runs of DPO, and beside the run the last one of PPO on the same votes, held by a KL penalty.

    The reader's, or else the recorded ones.
    """
    selection = LAB.selection(view)
    ppo_runs = view.values["ppo_runs"] if selection.own else recorded(rlhf_lab.LAB.name).runs
    return selection, beside(selection.run, ppo_runs, ("vote_set",), has_penalty)


def results_part(view: View) -> Html:
    """Show DPO beside PPO on the same votes."""
    selection, ppo = side_by_side(view)
    dpo = selection.run
    columns = [("DPO", dpo), *([(f"PPO, KL coefficient {ppo.settings['kl_coeff']}", ppo)] if ppo else [])]
    guesses = (view.values["guess_faster"], view.values["guess_right"])
    return join(
        voting.origin(recorded(LAB.name), dpo, is_recorded=not selection.own),
        results.finding(dpo),
        voting.figures_table(columns),
        _models_note(),
        element("p", NO_PPO_YET) if ppo is None else None,
        verdict_on_dpo(*guesses, dpo, ppo) if selection.own and ppo else None,
        _earlier(selection),
    )


def _models_note() -> Html:
    return element(
        "p",
        "DPO holds the policy and its reference. PPO holds the policy, its reference, the reward model and the value "
        "model, and must sample answers in every round.",
        class_="ft-help",
    )


def _earlier(selection: Selection) -> Html | None:
    """List the reader's runs, once there is more than one."""
    own, _ = selection.named(name_of)
    return join(element("h4", "Your DPO runs"), voting.figures_table(own)) if len(own) > 1 else None


def answers_part(view: View) -> Html:
    """Show a few answers before and after the run of DPO, and after the one of PPO beside it."""
    selection, ppo = side_by_side(view)
    return voting.answers_html(selection.run, "After DPO", [("After PPO", ppo)] if ppo else [])


def script_text(view: View) -> str:
    """Write the run with the reader's settings and votes as a program."""
    value = view.values
    return f'''"""Train the tiny model on votes with DPO, as the DPO lab does."""

{script.imports(view, SCRIPT_IMPORTS)}

{script.start(view)}
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
        *voting.opening_parts(lambda view: start_buttons(LAB, view)),
        Part("results", ("dpo_runs", "ppo_runs", "guess_faster", "guess_right"), results_part, announce=True),
        Part("chart", ("dpo_runs",), lambda view: charts(LAB, view)),
        Part("answers", ("dpo_runs", "ppo_runs"), answers_part),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "dpo.py", "dpo"),
            "dpo_lab_run.py",
            (*script.DEPENDS_ON, *SETTINGS),
            script_text,
        ),
    )


LAB = Lab(
    name="dpo-lab",
    title="DPO lab: the same votes, without a reward model",
    summary=(
        "The votes of the RLHF lab, and those that you add here, train the tiny model directly; PPO on the same votes "
        "stands beside it. Everything is trained in your browser."
    ),
    fields=fields,
    parts=parts,
    name_of=name_of,
    run_module="widgets.gallery.labs.dpo.run",
    actions=("run", "train-ppo", "draw", "ask", "forget"),
    forgets=("dpo_runs",),
    buttons=(
        button("Train with DPO", "run", primary=True),
        button("Train with PPO on the same votes", "train-ppo", data_run=True),
    ),
    charts=CHARTS,
    own_runs="dpo_runs",
    place=PLACE,
)
WIDGET = LAB.widget()
