"""The pair to vote on, the count of votes, and the figures of trained models, as HTML of the RLHF and the DPO lab."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from widgets.core.html import Html, element, join, metric
from widgets.core.widget import Content, View, button
from widgets.data.world import as_prose, questions
from widgets.gallery.labs.answers import mark as judged
from widgets.gallery.labs.answers import said, samples
from widgets.gallery.labs.preferences import TASTES, Pair, Vote, own_preferences, stock, taste_of
from widgets.gallery.labs.preferences_runs import PreferenceRun
from widgets.gallery.labs.recorded import Recorded
from widgets.gallery.labs.results import percent

FEWEST_FOR_A_TASTE = 5
"""With fewer votes nothing is said about the reader's taste."""


def pair_html(count: int) -> Html:
    """Build the pair after some votes, or, after the last pair, what to do next. It writes no ids.

    Args:
        count: How many votes were given.
    """
    pairs = stock()
    if count >= len(pairs):
        return element("p", f"You have voted on all {len(pairs)} pairs. Train on them.", class_="ft-count")
    pair = pairs[count]
    buttons = element(
        "div",
        _vote("A is better", "vote-a", f"{pair.pair_id}:a", "1"),
        _vote("Tie", "tie", f"{pair.pair_id}:tie", "0"),
        _vote("B is better", "vote-b", f"{pair.pair_id}:b", "2"),
        _undo(count),
        class_="ft-buttons",
        role="group",
        aria_label="Your vote",
    )
    return join(
        element("p", f"Pair {count + 1} of {len(pairs)}", class_="ft-count"),
        element("p", element("strong", as_prose(pair.question.text)), class_="pl-question"),
        element("div", _answer("A", pair, pair.response_a), _answer("B", pair, pair.response_b), class_="pl-answers"),
        buttons,
        element(
            "p",
            "Keys, once you have clicked or tabbed into this box: 1 for A, 2 for B, 0 for a tie, U to undo.",
            class_="ft-help",
        ),
    )


def _answer(letter: str, pair: Pair, text: str) -> Html:
    name = f"Answer {letter}"
    head = element("p", element("strong", name), class_="pl-name", aria_hidden="true")
    truth = element("p", judged(pair.question, text), class_="pl-truth")
    return element("div", head, element("p", said(text)), truth, class_="pl-answer", role="group", aria_label=name)


def _vote(label: str, action: str, item: str, key: str) -> Html:
    return button(label, action, append=f"votes={item}", data_key=key, aria_keyshortcuts=key)


def _undo(count: int) -> Html:
    if count == 0:
        return button("Undo", "undo", data_key="u", aria_keyshortcuts="u", aria_disabled="true")
    return button("Undo", "undo", drop="votes", data_key="u", aria_keyshortcuts="u")


def pair_part(view: View) -> Html:
    """Show the pair that is to be voted on."""
    return _voting(len(view.values["votes"]))


def _voting(count: int) -> Html:
    return join(
        element("h4", "Your votes"),
        element(
            "p",
            "The tiny model, fine-tuned on answers in three styles, was asked each question twice; you see what it "
            "said. Vote by whatever taste you like, but keep to it.",
        ),
        pair_html(count),
    )


def every_pair(content: Content) -> Iterator[tuple[Mapping[str, str], Html]]:
    """Prepare the pair for every number of votes, so that a vote never waits for Python."""
    for count in range(len(stock()) + 1):
        yield {"count:votes": str(count)}, _voting(count)


def votes_part(view: View) -> Html:
    """Count the votes on which the next run will train, the reader's and the simulated ones apart."""
    given: Sequence[Vote] = view.values["votes"]
    own = own_preferences(given)
    extra = view.values["simulated_votes"]
    left_out = len(given) - len(own)
    ties = (
        f" ({left_out} {'tie' if left_out == 1 else 'ties'} left out: a tie teaches neither method)" if left_out else ""
    )
    lines = [
        join(metric("own_votes", len(own), str(len(own))), f" of your own{ties}"),
        join(
            metric("simulated_votes", extra, str(extra)),
            " ",
            element("strong", "simulated"),
            f", from a rule that prefers {TASTES[view.values['taste']]}"
            + (f" and errs with probability {view.values['noise']:g}" if view.values["noise"] else "")
            if extra
            else " simulated",
        ),
    ]
    learned = None
    if len(own) >= FEWEST_FOR_A_TASTE:
        learned = element(
            "p",
            f"Your own votes so far prefer {_listed(taste_of(own))}. The trained model is judged by the order that all "
            "the votes of its run show, wrong answers last.",
        )
    return join(
        element("p", "The next run trains on:"),
        element("ul", (element("li", line) for line in lines)),
        learned,
        _deletion(len(given), view.values["asking"] == "on"),
    )


def _listed(styles: Sequence[str]) -> str:
    return ", then ".join(styles)


def _deletion(count: int, asking: bool) -> Html | None:
    if count == 0:
        return None
    votes = "1 vote" if count == 1 else f"{count} votes"
    toggle = button(
        "Delete my votes", "reset", sets={"asking": "off" if asking else "on"}, aria_expanded=str(asking).lower()
    )
    question = None
    if asking:
        question = join(
            element("span", f"Really delete {votes}?"),
            button(f"Yes, delete {votes}", "confirm-reset", sets={"votes": "", "asking": "off"}),
            button("No, keep them", "keep", sets={"asking": "off"}),
        )
    return element("div", toggle, question, class_="ft-buttons", role="group", aria_label="Delete")


def origin(shown: Recorded, run: PreferenceRun, *, is_recorded: bool) -> Html:
    """Say where the figures come from, and on what was trained."""
    if is_recorded:
        head = join(
            element("strong", "Recorded run"), f", made by this lab with {shown.made_with}, outside of a browser"
        )
    else:
        head = join(element("strong", "Your last run"), ", made in this browser")
    judges = f"Judged by the taste “{_listed(run.settings['judged_by'].split('-'))}”."
    return element("p", head, f", on {votes_in_words(run)}. {judges}", class_="lab-origin")


def votes_in_words(run: PreferenceRun) -> str:
    """Say on which votes a run trained."""
    own, simulated = int(run.figures.get("own_votes", 0)), int(run.figures.get("simulated_votes", 0))
    parts = [f"{own} {'vote' if own == 1 else 'votes'} of yours"] if own else []
    if simulated:
        noise = f", noise {run.settings['noise']}" if float(run.settings["noise"]) else ""
        votes = "simulated vote" if simulated == 1 else "simulated votes"
        parts.append(f"{simulated} {votes} ({TASTES.get(run.settings['taste'], run.settings['taste'])}{noise})")
    return " and ".join(parts) or "no votes"


ROWS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("Win rate against the starting model", "win_rate", percent),
    ("Answers in the preferred style", "preferred_share", percent),
    ("Right answers, in any style", "held_out_accuracy", percent),
    ("Wrong answers", "wrong_share", percent),
    ("KL from the starting model (nats an answer)", "kl_nats", lambda value: f"{value:.2f}"),
    ("Reward in the last rounds (standard deviations)", "reward_mean", lambda value: f"{value:.2f}"),
    ("Seconds of training", "train_seconds", lambda value: f"{value:.1f}"),
    ("Models in memory", "models_in_memory", lambda value: f"{value:.0f}"),
    ("Steps or rounds", "steps", lambda value: f"{value:.0f}"),
)


def figures_table(columns: Sequence[tuple[str, PreferenceRun]], *, method: str = "") -> Html:
    """Put runs side by side, one column each.

    Args:
        columns: The heading of each run, and the run.
        method: Written beside each figure for whoever reads the markup, or "" to leave it out.
    """
    rows = [row for row in ROWS if all(row[1] in run.figures for _, run in columns)]
    table = element(
        "table",
        element(
            "thead",
            element("tr", (element("th", name, scope="col") for name in ("Figure", *(name for name, _ in columns)))),
        ),
        element(
            "tbody",
            (
                element(
                    "tr",
                    element("th", label, scope="row"),
                    (element("td", metric(name, f"{run.figures[name]:.4g}", write(run.figures[name]),
                                          data_method=run.settings.get("method", method) or None))
                     for _, run in columns),
                )
                for label, name, write in rows
            ),
        ),
        class_="ft-table",
    )  # fmt: skip
    return join(
        element("div", table, class_="ft-scroll", tabindex="0", role="region", aria_label="Figures of the runs"),
        element(
            "p",
            f"Judged on {len(questions('held_out'))} questions about animals that no training row mentions, answered "
            "with the likeliest words. A win is an answer that the taste prefers to the starting model’s, wrong ones "
            "last; a tie counts half. "
            "The KL is estimated on sampled answers.",
            class_="ft-help",
        ),
    )


def finding(run: PreferenceRun) -> Html | None:
    """Say what happened to a run that blew up."""
    if "diverged_step" not in run.figures:
        return None
    return element(
        "p",
        element("strong", "Diverged. "),
        f"At step {run.figures['diverged_step']:.0f} the loss blew up, so the run was stopped, with a learning rate of "
        f"{run.settings['learning_rate']}. The model was taken back to its last good state, step "
        f"{run.figures['kept_step']:.0f}; that is what is judged here. A model that you trained earlier is untouched.",
        class_="ft-note lab-finding",
    )


def answers_html(run: PreferenceRun) -> Html:
    """Show the answers to a few held-out questions before and after a run."""
    rows = zip(samples(), run.before, run.after, strict=True)
    return join(
        element("h4", "Before and after, on animals that no training row mentions"),
        element(
            "ol",
            (
                element(
                    "li",
                    element("strong", as_prose(question.text)),
                    element(
                        "p", element("span", "Before: ", class_="lab-who"), said(before), " ", judged(question, before)
                    ),
                    element(
                        "p", element("span", "After: ", class_="lab-who"), said(after), " ", judged(question, after)
                    ),
                    class_="lab-answer",
                )
                for question, before, after in rows
            ),
            class_="lab-answers",
        ),
    )


NOTHING_TO_TRAIN_ON = (
    "Not started: there is nothing to train on. Vote on a few pairs, or let the simulated rater add some votes."
)
