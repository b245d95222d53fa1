"""The RLHF lab: the reader's votes train a reward model, and PPO trains the tiny model on it."""

from __future__ import annotations

from widgets.core.fields import Fields, Number, Real
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import Content, Part, View, button
from widgets.gallery.labs import controls, results
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.curves import Axes
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.rlhf.penalty import guess_without_penalty, over_optimisation, verdict_without_penalty
from widgets.gallery.labs.runs import Run, Runs
from widgets.gallery.labs.standard_parts import charts, start_buttons
from widgets.gallery.labs.voting import parts as voting
from widgets.gallery.labs.voting import script
from widgets.gallery.labs.voting.votes import PLACE, runs_field, vote_fields

SETTINGS = ("kl_coeff", "rounds", "learning_rate")
QUESTION = "What does the kiwi eat?"
SCRIPT_IMPORTS = (
    "from widgets.recipes import ppo, reward_model, sft",
    "from widgets.recipes.evaluation import evaluate",
    "from widgets.recipes.results import Diverged",
)
CHARTS = {
    "reward": Axes("Reward of the sampled answers", "reward", "standard deviations", "round", digits=2),
    "kl": Axes("KL divergence from the starting model", "kl_nats", "nats an answer", "round", digits=2),
    "style": Axes("Sampled answers in the preferred style", "preferred_share", "%", "round", 100, digits=0),
    "wrong": Axes("Wrong answers among the sampled ones", "wrong_share", "%", "round", 100, digits=0),
}
"""By the ending of the chart's id."""


def ppo_runs_field() -> Runs:
    """Give the field with the reader's PPO runs, which the DPO lab shows too."""
    curves = tuple(axes.curve for axes in CHARTS.values())
    figures = ("reward_accuracy", "reward_mean")
    return runs_field("ppo_runs", "Your PPO runs", curves, ("kl_coeff", "rounds"), figures)


def fields(content: Content) -> Fields:
    """Give the settings of the votes and of the run, the reader's guess and question, and what earlier runs left."""
    return (
        *vote_fields(),
        guess_without_penalty(),
        Real(
            "kl_coeff",
            "KL coefficient",
            "0.2",
            help="The price of one nat away from the starting model. Try 0: nothing holds the model back.",
            minimum=0,
            maximum=2,
            slider="linear",
            step=0.05,
            stops=("0", "1"),
        ),
        Number("rounds", "Rounds of PPO", "20", minimum=5, maximum=100, slider="linear", step=5, stops=("40",)),
        controls.learning_rate("0.0003"),
        controls.seed(),
        controls.question(QUESTION),
        ppo_runs_field(),
    )


def name_of(run: Run) -> str:
    """Name a run by what differs between runs."""
    return f"KL coefficient {run.settings['kl_coeff']}, {run.figures['votes']:.0f} votes"


def results_part(view: View) -> Html:
    """Show what the runs came to, the run first."""
    selection = LAB.selection(view)
    run = selection.run
    others = [other for other in reversed(selection.runs) if other is not run]
    return join(
        voting.origin(recorded(LAB.name), run, is_recorded=not selection.own),
        results.finding(run, "round"),
        _reward_model_line(run),
        voting.figures_table([(f"KL coefficient {each.settings['kl_coeff']}", each) for each in (run, *others)]),
        over_optimisation(selection),
        verdict_without_penalty(view.values["guess"], selection),
    )


def _reward_model_line(run: Run) -> Html:
    share = run.figures["reward_accuracy"]
    return element(
        "p",
        "The reward model agrees with ",
        metric("reward_accuracy", f"{share:.4g}", f"{100 * share:.0f} %"),
        " of the votes that it was trained on. That is all that PPO ever gets to see of the taste.",
    )


def charts_part(view: View, live: Run | None = None) -> Html:
    """Draw reward, KL, and the shares of preferred style and of wrong answers over the rounds."""
    return join(
        charts(LAB, view, live),
        element(
            "p",
            "These answers are sampled, to explore, so more of them are wrong than of the likeliest answers in the "
            "table above.",
            class_="ft-help",
        ),
    )


def answers_part(view: View) -> Html:
    """Show a few answers before and after the run."""
    return voting.answers_html(LAB.selection(view).run)


def script_text(view: View) -> str:
    """Write the run with the reader's settings and votes as a program."""
    value = view.values
    return f'''"""Train a reward model on votes, then PPO on it, as the RLHF lab does."""

{script.imports(view, SCRIPT_IMPORTS, ("questions",))}

{script.start(view)}
reward = reward_model.start_from(start)
for result in reward_model.train(reward, votes, reward_model.RewardModelConfig(seed={value["seed"]})):
    if isinstance(result, Diverged):
        raise SystemExit(f"the reward model blew up: {{result.message}}")
print(f"the reward model agrees with {{reward_model.accuracy(reward, votes):.0%}} of {{len(votes)}} votes")

models = ppo.four_models(start.copy(), reward)
config = ppo.PPOConfig(
    steps={value["rounds"]},
    kl_coeff={value["kl_coeff"]:g},
    learning_rate={value["learning_rate"]:g},
    seed={value["seed"]},
)
for result in ppo.train(models, questions("train"), config):
    if isinstance(result, Diverged):
        print(result.message)
    else:
        print(f"round {{result.step:3d}}  reward {{result.reward_mean:+.2f}}  KL {{result.kl_nats:.2f}} nats")

judged = evaluate(models.policy)
print({{style: f"{{share:.0%}}" for style, share in judged.style_shares.items()}}, f"wrong: {{judged.wrong_share:.0%}}")
'''


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        *voting.opening_parts(lambda view: start_buttons(LAB, view)),
        Part("results", ("ppo_runs", "guess"), results_part, announce=True),
        Part("charts", ("ppo_runs",), charts_part),
        Part("answers", ("ppo_runs",), answers_part),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "ppo.py", "ppo"),
            "rlhf_lab_run.py",
            (*script.DEPENDS_ON, *SETTINGS),
            script_text,
        ),
    )


LAB = Lab(
    name="rlhf-lab",
    title="RLHF lab: your votes, a reward model, PPO",
    summary=(
        "Vote on answers that the tiny model gave; a reward model learns from the votes, and PPO trains the tiny model "
        "to please it. Everything is trained in your browser."
    ),
    fields=fields,
    parts=parts,
    name_of=name_of,
    run_module="widgets.gallery.labs.rlhf.run",
    actions=("run", "draw", "ask", "forget"),
    forgets=("ppo_runs",),
    buttons=(button("Train reward model, then PPO", "run", primary=True),),
    charts=CHARTS,
    own_runs="ppo_runs",
    steps="rounds",
    place=PLACE,
)
WIDGET = LAB.widget()
