"""What the human rater's model expects, has learned and has scored, as HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence

from widgets.core.html import Html, element, join, metric
from widgets.gallery.human_rater.features import FEATURES, difference, measure
from widgets.gallery.human_rater.predictions import Prediction, Score, reward
from widgets.gallery.human_rater.votes import RatedPair

SMALLEST_REASON = 0.05
"""Contributions to the reward difference below this are not named as reasons."""
COIN_LOSS = math.log(2)
"""Log loss of somebody who always says 50 %, in nats."""


def percent(share: float) -> str:
    """Write a share in whole percent, never as a certainty.

    >>> percent(0.724), percent(0.9991)
    ('72 %', 'over 99 %')
    """
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{round(100 * share)} %"


def signed(number: float) -> str:
    """Write a number with its sign and two decimals.

    >>> signed(-0.5), signed(0.0)
    ('−0.50', '+0.00')
    """
    return f"{number:+.2f}".replace("-", "−")


def render_prediction(prediction: Prediction | None, has_votes: bool) -> Html:
    """Render what the model expects of the coming vote, and why.

    Args:
        prediction: The prediction, or None after the last pair.
        has_votes: False before the first vote.
    """
    if prediction is None:
        text = element("p", "All pairs are rated, so there is nothing left to predict.")
    elif not has_votes:
        text = element(
            "p",
            "None yet: the model has not seen a vote. Every weight is 0, so both answers get the reward 0 and the "
            "same chance. From the second pair on it commits itself here before you click.",
        )
    else:
        text = _expectation(prediction)
    summary = element("summary", "The model's prediction, made before your vote")
    hint = element("p", "Close this box if you do not want to be influenced.", class_="ft-help")
    return element("details", summary, text, hint, class_="hr-prediction", open=True)


def _expectation(prediction: Prediction) -> Html:
    chance_of_a = prediction.probability
    letter, chance = ("A", chance_of_a) if chance_of_a >= 0.5 else ("B", 1 - chance_of_a)
    figure = metric("prediction_probability", f"{chance:.4f}", percent(chance))
    if round(chance, 2) == 0.5:
        said = join("It cannot decide: A and B have nearly the same chance (", figure, ").")
    else:
        said = join("You will pick ", element("strong", f"answer {letter}"), ", with a chance of ", figure, ".")
    reward_a = reward(prediction.weights, measure(prediction.pair["a"]))
    reward_b = reward(prediction.weights, measure(prediction.pair["b"]))
    return join(
        element("p", said),
        element("p", f"Reward of A {signed(reward_a)}, of B {signed(reward_b)}. {_reasons(prediction)}"),
    )


def _reasons(prediction: Prediction) -> str:
    gap = difference(prediction.pair["a"], prediction.pair["b"])
    parts = [
        (round(weight * distance, 6), position)
        for position, (weight, distance) in enumerate(zip(prediction.weights, gap, strict=True))
    ]
    strongest = sorted(parts, key=lambda part: (-abs(part[0]), part[1]))[:3]
    named = [
        f"{FEATURES[position].name} ({signed(abs(part))} for {'A' if part > 0 else 'B'})"
        for part, position in strongest
        if abs(part) >= SMALLEST_REASON
    ]
    return f"What counts most: {', '.join(named)}." if named else "No feature has much to say here."


def render_learned(weights: Sequence[float], rated: Sequence[RatedPair], left_out: int) -> Html:
    """Render the fitted weights, the strongest first, each in words.

    Args:
        weights: Shape (features,).
        rated: The rated pairs to which they were fitted.
        left_out: How many pairs were skipped or could not be read.
    """
    order = sorted(range(len(FEATURES)), key=lambda position: (-abs(weights[position]), position))
    gaps = [difference(pair["a"], pair["b"]) for pair, _ in rated]
    rows = []
    for position in order:
        seen = sum(gap[position] != 0 for gap in gaps)
        feature, weight = FEATURES[position], weights[position]
        rows.append(
            element(
                "tr",
                element("th", feature.name, element("small", feature.counts, class_="ft-help"), scope="row"),
                element(
                    "td",
                    metric("weight", f"{weight:.4f}", signed(weight), data_feature=feature.name),
                    " ",
                    _bar(weight),
                ),
                element("td", _in_words(position, weight, seen), _seen(seen)),
            )
        )
    columns = ("Feature", "Weight", "In words")
    table = element(
        "table",
        element("thead", element("tr", (element("th", text, scope="col") for text in columns))),
        element("tbody", rows),
        class_="ft-table",
    )
    if rated:
        count = "your 1 vote" if len(rated) == 1 else f"your {len(rated)} votes"
        intro = f"Fitted to {count}; the strongest weight comes first."
    else:
        intro = "Nothing yet: all weights are 0. These are the features that it will weigh."
    return join(
        element("h4", "What the model has learned", class_="ft-caption"),
        element("p", intro),
        element("p", f"{_pairs(left_out)} left out: without a vote, or no longer among the pairs.")
        if left_out
        else None,
        element(
            "div",
            table,
            class_="ft-scroll",
            tabindex="0",
            role="region",
            aria_label="What the model has learned: table",
        ),
    )


def _pairs(count: int) -> str:
    return "1 pair is" if count == 1 else f"{count} pairs are"


def _bar(weight: float) -> Html:
    length = round(min(abs(weight), 2.0) * 25)
    bar = element(
        "rect",
        x=50 if weight >= 0 else 50 - length,
        y=1,
        width=length,
        height=8,
        class_="hr-more" if weight >= 0 else "hr-less",
    )
    middle = element("path", d="M50 0V10", class_="d-line")
    return element("svg", bar, middle, viewBox="0 0 100 10", width=70, height=7, aria_hidden="true", class_="hr-bar")


def _seen(votes: int) -> Html | None:
    if votes == 0:
        return None
    text = f"The answers differed in it in {votes} {'vote' if votes == 1 else 'votes'}."
    return element("small", text, class_="ft-help")


def _in_words(position: int, weight: float, seen: int) -> str:
    feature = FEATURES[position]
    if seen == 0:
        return "no vote has shown it yet"
    if abs(weight) < SMALLEST_REASON:
        return "no preference to be seen"
    preferred = feature.more if weight > 0 else feature.less
    return f"you prefer {preferred}: {feature.one_more} multiplies the odds by {math.exp(weight):.2f}"


def render_score(result: Score) -> Html:
    """Render how good the predictions were, against a coin."""
    head = element("h4", "How good its predictions were", class_="ft-caption")
    if result.decided == 0:
        left_out = " A tie is not scored." if result.ties else ""
        count = metric("predictions", 0, "No prediction has been put to the test yet.")
        return join(head, element("p", count, f"{left_out} The first one is made for your second vote."))
    share = result.hits / result.decided
    hits = f"{result.hits:.1f}".removesuffix(".0")
    figures = element(
        "dl",
        _figure("Predictions right", metric("prediction_accuracy", f"{share:.4f}", f"{hits} of {result.decided}")),
        _figure("Share, a coin has 50 %", percent_exact(share)),
        _figure(
            "Log loss, a coin has 0.693 nats",
            metric("log_loss_nats", f"{result.log_loss:.4f}", f"{result.log_loss:.3f} nats"),
        ),
        class_="ft-figures",
    )
    return join(head, figures, element("p", _judgement(result)))


def percent_exact(share: float) -> str:
    """Write a share in whole percent."""
    return f"{round(100 * share)} %"


def _figure(name: str, value: Html | str) -> Html:
    return element("div", element("dt", name), element("dd", value))


def _judgement(result: Score) -> str:
    if 2 * result.hits <= result.decided:
        chance = "That is no better than a coin so far. "
    else:
        chance = f"A coin would do at least as well in {percent(result.chance_of_coin)} of such runs, so "
        chance += "this is hardly luck. " if result.chance_of_coin < 0.05 else "it may still be luck. "
    if result.log_loss < COIN_LOSS:
        loss = "The log loss (the mean of −ln of the chance it gave to what you then chose) is below a coin's: "
        loss += "its percentages carry information."
    else:
        loss = "The log loss (the mean of −ln of the chance it gave to what you then chose) is not below a coin's: "
        loss += "it was too sure of wrong guesses."
    ties = ""
    if result.ties:
        ties = f" {result.ties} {'tie is' if result.ties == 1 else 'ties are'} not scored."
    return chance + loss + ties
