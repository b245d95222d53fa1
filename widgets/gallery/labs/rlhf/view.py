"""The RLHF lab: the reader's votes train a reward model, and PPO trains the tiny model on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from widgets.core.fields import Fields, Number, Real
from widgets.core.html import Html, element, join, metric
from widgets.core.widget import Content, Part, RunStep, View, Widget, button
from widgets.gallery.labs import controls, preferences_script, preferences_view
from widgets.gallery.labs.asking import ask_box
from widgets.gallery.labs.closing import closing_parts
from widgets.gallery.labs.preferences import PLACE, VOTE_SETTINGS, vote_fields
from widgets.gallery.labs.preferences_curves import Line, lines_chart
from widgets.gallery.labs.preferences_guesses import guess_without_penalty, verdict_without_penalty
from widgets.gallery.labs.preferences_runs import PreferenceRun, PreferenceRuns
from widgets.gallery.labs.preferences_view import opening_parts
from widgets.gallery.labs.recorded import Recorded, recorded

LAB = "rlhf-lab"
CURVES = ("reward", "kl_nats", "preferred_share", "wrong_share")
FIGURES = ("reward_accuracy", "reward_mean")
SETTINGS = (*VOTE_SETTINGS, "kl_coeff", "rounds", "learning_rate", "method", "judged_by", "vote_set")
QUESTION = "What does the kiwi eat?"
SCRIPT_IMPORTS = (
    "from widgets.recipes import ppo, reward_model, sft",
    "from widgets.recipes.evaluation import evaluate",
    "from widgets.recipes.results import Diverged",
)
ON_REWARD, ON_KL, ON_STYLE, ON_WRONG = CURVES


def ppo_runs_field() -> PreferenceRuns:
    """Give the field with the reader's PPO runs, which the DPO lab shows too."""
    return PreferenceRuns("ppo_runs", "Your PPO runs", "", curves=CURVES, settings=SETTINGS, figures=FIGURES)


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


def name_of(run: PreferenceRun) -> str:
    """Name a run by what differs between runs."""
    return f"KL coefficient {run.settings['kl_coeff']}, {run.figures['votes']:.0f} votes"


def start_part(view: View) -> Html:
    """Show the buttons."""
    return element(
        "div",
        button("Train reward model, then PPO", "run", primary=True),
        controls.reset_button(WIDGET, view.content),
        button("Delete my runs and my model", "forget", data_run=True),
        class_="ft-buttons",
    )


def results_part(view: View) -> Html:
    """Show what the runs came to, the last one first."""
    shown: Recorded = recorded(LAB)
    own: tuple[PreferenceRun, ...] = view.values["ppo_runs"]
    runs = own or recorded_ppo_runs()
    columns = (
        [(f"KL coefficient {run.settings['kl_coeff']}", run) for run in reversed(runs)]
        if own
        else [(f"KL coefficient {run.settings['kl_coeff']}", run) for run in runs]
    )
    last = columns[0][1]
    return join(
        preferences_view.origin(shown, last, is_recorded=not own),
        preferences_view.finding(last),
        _reward_model_line(last),
        preferences_view.figures_table(columns),
        _over_optimisation(runs),
        verdict_without_penalty(view.values["guess"], own, recorded_ppo_runs()),
    )


def recorded_ppo_runs() -> tuple[PreferenceRun, ...]:
    """Give the recorded runs: one with the default KL coefficient and one without any."""
    return ppo_runs_field().parse(recorded(LAB).fields.get("ppo_runs", ""))


def _reward_model_line(run: PreferenceRun) -> Html:
    share = run.figures["reward_accuracy"]
    return element(
        "p",
        "The reward model agrees with ",
        metric("reward_accuracy", f"{share:.4g}", f"{100 * share:.0f} %"),
        " of the votes that it was trained on. That is all that PPO ever gets to see of the taste.",
    )


def _over_optimisation(runs: Sequence[PreferenceRun]) -> Html | None:
    """Point out a run without a KL penalty that has no lower reward, but more wrong answers, on the same votes."""
    for free in runs:
        for held in runs:
            if free.settings["vote_set"] != held.settings["vote_set"]:
                continue
            is_freer = float(free.settings["kl_coeff"]) == 0 < float(held.settings["kl_coeff"])
            reward, held_reward = free.figures["reward_mean"], held.figures["reward_mean"]
            wrong, held_wrong = free.figures["wrong_share"], held.figures["wrong_share"]
            if is_freer and reward >= held_reward and wrong > held_wrong:
                return element(
                    "p",
                    element("strong", "Over-optimisation. "),
                    f"Without a KL penalty the reward is no lower ({reward:.3f} against {held_reward:.3f}), and yet "
                    f"{100 * wrong:.0f} % of the answers are wrong instead of {100 * held_wrong:.0f} %. The reward "
                    "model is content with them; whoever voted would not be.",
                    class_="ft-note",
                )
    return None


def charts_part(view: View, live: PreferenceRun | None = None, rounds: int = 0) -> Html:
    """Draw reward, KL, and the shares of preferred style and of wrong answers over the rounds."""
    runs = [(f"recorded: {name_of(run)}", run, True) for run in recorded_ppo_runs()]
    runs += [(f"{place}: {name_of(run)}", run, False) for place, run in enumerate(view.values["ppo_runs"], 1)]
    if live:
        runs.append((f"now: {name_of(live)}", live, False))

    def lines(curve: str, factor: float = 1.0) -> list[Line]:
        return [(name, run.steps, [factor * value for value in run.curves[curve]], old) for name, run, old in runs]

    where = {"x": "round", "steps": rounds}
    return join(
        _chart(f"{view.id}-reward", lines(ON_REWARD), "Reward of the sampled answers",
               "standard deviations", 2, where),
        _chart(f"{view.id}-kl", lines(ON_KL), "KL divergence from the starting model", "nats an answer", 2, where),
        _chart(f"{view.id}-style", lines(ON_STYLE, 100), "Sampled answers in the preferred style", "%", 0, where),
        _chart(f"{view.id}-wrong", lines(ON_WRONG, 100), "Wrong answers among the sampled ones", "%", 0, where),
        element(
            "p",
            "These answers are sampled, to explore, so more of them are wrong than of the likeliest answers in the "
            "table above.",
            class_="ft-help",
        ),
    )  # fmt: skip


def _chart(chart_id: str, lines: Sequence[Line], title: str, y: str, digits: int, where: Mapping[str, Any]) -> Html:
    return lines_chart(chart_id, lines, title=title, y=y, digits=digits, **where)


def answers_part(view: View) -> Html:
    """Show a few answers before and after the last run."""
    runs = view.values["ppo_runs"] or recorded_ppo_runs()[:1]
    return preferences_view.answers_html(runs[-1])


def script_text(view: View) -> str:
    """Write the run with the reader's settings and votes as a program."""
    value = view.values
    return f'''"""Train a reward model on votes, then PPO on it, as the RLHF lab does."""

{preferences_script.imports(view, SCRIPT_IMPORTS, ("questions",))}

{preferences_script.start(view)}
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
        *opening_parts(start_part),
        Part("results", ("ppo_runs", "guess"), results_part, announce=True),
        Part("charts", ("ppo_runs",), charts_part),
        Part("answers", ("ppo_runs",), answers_part),
        *closing_parts(
            lambda view: ask_box(view, QUESTION),
            ("widgets.recipes", "ppo.py", "ppo"),
            "rlhf_lab_run.py",
            (*preferences_script.DEPENDS_ON, "kl_coeff", "rounds", "learning_rate"),
            script_text,
        ),
    )


def run(view: View, action: str) -> Iterator[RunStep]:
    """Train, ask or forget."""
    from widgets.gallery.labs import preferences_asking, preferences_methods

    if action == "ask":
        yield from preferences_asking.ask(view, LAB)
    elif action == "draw":
        yield from preferences_methods.draw(WIDGET, view)
    elif action == "forget":
        yield from preferences_methods.forget(WIDGET, view, "ppo_runs", LAB)
    else:
        yield from _train(view)


def _train(view: View) -> Iterator[RunStep]:
    from widgets.gallery.labs import preferences_methods

    def show(live: PreferenceRun, asked: str) -> dict[str, Html]:
        shown = {"charts": charts_part(view, live, view.values["rounds"])}
        return {**shown, "answers": preferences_view.answers_html(live, asked)} if asked else shown

    yield from preferences_methods.run_ppo(WIDGET, view, show)


WIDGET = Widget(
    name=LAB,
    title="RLHF lab: your votes, a reward model, PPO",
    summary=(
        "Vote on answers that the tiny model gave; a reward model learns from the votes, and PPO trains the tiny model "
        "to please it. Everything is trained in your browser."
    ),
    parts=parts,
    fields=fields,
    run=run,
    place_of=lambda content: PLACE,
)
