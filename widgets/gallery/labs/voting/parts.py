"""The pair to vote on, the count of votes, and the figures of trained models, as HTML of labs that train on votes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from widgets.core.html import Html, element, join, metric
from widgets.core.widget import Content, Part, View, button
from widgets.gallery.labs.answers import answers_list, questions_by_text, said
from widgets.gallery.labs.answers import mark as judged
from widgets.gallery.labs.recorded import Recorded
from widgets.gallery.labs.results import percent, table_of
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.voting.pairs import pair_to_show, stock, unrated
from widgets.gallery.labs.voting.votes import TASTES, Vote, own_preferences, taste_of
from widgets.gallery.shared.vote_buttons import KEYS, deletion, undo_button, vote_buttons
from widgets.world import Comparison, as_prose

FEWEST_FOR_A_TASTE = 5
"""With fewer votes nothing is said about the reader's taste."""


def pair_html(drawn: Sequence[Comparison], votes: Sequence[Vote]) -> Html:
    """Build the pair that is voted on next, or, after the last one, what to do then. It writes no ids.

    Args:
        drawn: The pairs that were sampled in the reader's tab.
        votes: The votes given.
    """
    pair, place, among = pair_to_show(drawn, votes)
    more = button("Sample new answers from the model", "draw", data_run=True)
    if pair is None:
        return join(
            element("p", f"You have voted on all {len(among) + len(drawn)} pairs. Train on them.", class_="ft-count"),
            element("div", undo_button(len(votes)), more, class_="ft-buttons"),
        )
    name = "Pair" if among is stock() else "New pair"
    return join(
        element("p", f"{name} {place + 1} of {len(among)}", class_="ft-count"),
        element("p", element("strong", as_prose(pair.question.text)), class_="pl-question"),
        element("div", _answer("A", pair, pair.response_a), _answer("B", pair, pair.response_b), class_="pl-answers"),
        vote_buttons(pair.pair_id, len(votes)),
        element("p", KEYS, class_="ft-help"),
        element("div", more, class_="ft-buttons"),
    )


def _answer(letter: str, pair: Comparison, text: str) -> Html:
    name = f"Answer {letter}"
    head = element("p", element("strong", name), class_="pl-name", aria_hidden="true")
    truth = element("p", judged(pair.question, text), class_="pl-truth")
    return element("div", head, element("p", said(text)), truth, class_="pl-answer", role="group", aria_label=name)


def pair_part(view: View) -> Html:
    """Show the pair that is to be voted on."""
    return _voting(view.values["drawn"], view.values["votes"])


def _voting(drawn: Sequence[Comparison], votes: Sequence[Vote]) -> Html:
    where = "here in your tab, at random" if unrated(drawn, votes) else "when this page was made"
    return join(
        element("h4", "Your votes"),
        element(
            "p",
            f"The tiny model, fine-tuned to answer, was asked each question twice, {where}; you see what it "
            "said. Vote by whatever taste you like, but keep to it.",
        ),
        pair_html(drawn, votes),
    )


def every_pair(content: Content) -> Iterator[tuple[Mapping[str, str], Html]]:
    """Prepare the recorded pair for every number of votes, so that a vote never waits for Python."""
    votes = [Vote(pair.pair_id, "tie") for pair in stock()]
    for count in range(len(votes) + 1):
        yield {"count:votes": str(count)}, _voting((), votes[:count])


def votes_part(view: View) -> Html:
    """Count the votes on which the next run will train, the reader's and the simulated ones apart."""
    given: Sequence[Vote] = view.values["votes"]
    own = own_preferences(given, view.values["drawn"])
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
        deletion("Delete my votes", len(given), view.values["asking"] == "on", {"votes": "", "drawn": ""})
        if given
        else None,
    )


def _listed(styles: Sequence[str]) -> str:
    return ", then ".join(styles)


def origin(shown: Recorded, run: Run, *, is_recorded: bool) -> Html:
    """Say where the figures come from, and on what was trained."""
    if is_recorded:
        head = join(
            element("strong", "Recorded run"), f", made by this lab with {shown.made_with}, outside of a browser"
        )
    else:
        head = join(element("strong", "Your last run"), ", made in this browser")
    judges = f"Judged by the taste “{_listed(run.settings['judged_by'].split('-'))}”."
    start = ", starting from your own SFT model" if run.settings["start"] == "own" else ""
    return element("p", head, f", on {votes_in_words(run)}{start}. {judges}", class_="lab-origin")


def votes_in_words(run: Run) -> str:
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


def figures_table(columns: Sequence[tuple[str, Run]]) -> Html:
    """Put runs side by side, one column each.

    Args:
        columns: The heading of each run, and the run.
    """
    rows = [
        (label, [_cell(run, name, write) for _, run in columns])
        for label, name, write in ROWS
        if all(name in run.figures for _, run in columns)
    ]
    return join(
        table_of(("Figure", *(heading for heading, _ in columns)), rows, "Figures of the runs"),
        element(
            "p",
            f"Judged on {len(questions_by_text('held_out'))} questions about animals that no training row mentions, "
            "answered with the likeliest words. A win is an answer that the taste prefers to the starting model’s, "
            "wrong ones last; a tie counts half. "
            "The KL is estimated on sampled answers.",
            class_="ft-help",
        ),
    )


def _cell(run: Run, name: str, write: Callable[[float], str]) -> Html:
    value = run.figures[name]
    return metric(name, f"{value:.4g}", write(value), data_method=run.settings["method"])


def answers_html(run: Run, after: str = "After", beside: Sequence[tuple[str, Run]] = ()) -> Html:
    """Show the answers to a few held-out questions before and after a run.

    Args:
        run: Whose answers.
        after: When the later ones were given: while it trains, after which step.
        beside: Further runs from the same start, each with the label of its later answers.
    """
    columns = [("Before", run.before), (after, run.after), *((label, other.after) for label, other in beside)]
    heading = element("h4", "Before and after, on animals that no training row mentions")
    return join(heading, answers_list(*columns))


def opening_parts(start_part: Callable[[View], Html]) -> tuple[Part, ...]:
    """Give the parts with which both labs begin: the pair to vote on, the votes, the buttons, what could not start."""
    return (
        Part("pair", ("count:votes", "drawn"), pair_part, cold=every_pair),
        Part("votes", ("votes", "drawn", "asking", "simulated_votes", "taste", "noise"), votes_part),
        Part("start", ("deleting",), start_part),
        Part("notice", ("votes", "simulated_votes", "start", "drawn"), lambda view: join(), announce=True),
    )


NOTHING_TO_TRAIN_ON = (
    "Not started: there is nothing to train on. Vote on a few pairs, or let the simulated rater add some votes."
)

_NO_OWN_MODEL = (
    "there is no model of yours in this browser. Train one in the SFT lab, or choose the course's as the "
    "starting model."
)
NO_OWN_MODEL = f"Not started: {_NO_OWN_MODEL}"
NOT_ASKED = f"Not asked: {_NO_OWN_MODEL}"
ENOUGH_DRAWN = "Not started: there is no room for more new pairs. Train on your votes, or delete them and begin anew."
SAYS_THE_SAME = (
    "The model gave the same answer twice to nearly every question. Train it on mixed styles in the SFT lab."
)
