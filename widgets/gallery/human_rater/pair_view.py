"""The pair that is to be rated, as HTML. It depends on the number of votes alone, so every pair is prepared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from widgets.core.html import Html, element, join
from widgets.gallery.human_rater.features import FEATURES, LIST_MARK, Feature, measure
from widgets.gallery.human_rater.votes import Pair
from widgets.gallery.shared.vote_buttons import KEYS, undo_button, vote_buttons


def answer_html(text: str) -> Html:
    """Turn an answer's text into paragraphs and lists.

    >>> answer_html("One.\\n\\n- two\\n- three")
    '<p>One.</p><ul><li>two</li><li>three</li></ul>'
    """
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.splitlines()]
        if all(LIST_MARK.match(line) for line in lines):
            items = [element("li", LIST_MARK.sub("", line, count=1)) for line in lines]
            blocks.append(element("ul" if lines[0].startswith("-") else "ol", items))
        else:
            blocks.append(element("p", " ".join(lines)))
    return join(blocks)


def render_pair(pairs: Sequence[Pair], count: int) -> Html:
    """Render the pair after ``count`` votes, or, after the last one, what to do next. It writes no ids.

    Args:
        pairs: All pairs.
        count: Number of votes so far.
    """
    note = _note_on(pairs[count - 1]) if 0 < count <= len(pairs) else None
    if count >= len(pairs):
        return join(note, _finished(len(pairs)))
    pair = pairs[count]
    return join(
        note,
        element("p", f"Pair {count + 1} of {len(pairs)}", class_="ft-count"),
        element("p", element("strong", "Prompt: "), pair["prompt"], class_="hr-prompt"),
        element("div", _answer("A", pair["a"]), _answer("B", pair["b"]), class_="hr-answers"),
        vote_buttons(pair["id"], count),
        element("p", KEYS, class_="ft-help"),
        _what_the_model_sees(pair),
        _live_answers(),
    )


def _answer(letter: str, text: str) -> Html:
    name = f"Answer {letter}"
    head = element("p", element("strong", name), class_="hr-answer-name", aria_hidden="true")
    return element("div", head, answer_html(text), class_="hr-answer", role="group", aria_label=name)


def _note_on(pair: Pair) -> Html | None:
    if "note" not in pair:
        return None
    return element("p", f"About the last pair (“{pair['prompt']}”): {pair['note']}", class_="ft-note")


def _finished(total: int) -> Html:
    return join(
        element("p", element("strong", f"You have rated all {total} pairs."), class_="ft-count"),
        element("p", "What you can do now:"),
        element(
            "ul",
            element("li", "Read below what the model has learned about your taste. Do you agree with it?"),
            element("li", "Look at the score: did it guess better than a coin, and was it rightly sure?"),
            element("li", "Export your votes: a reward model or DPO can be trained on that very file."),
            element(
                "li",
                "Vote on answers that a model samples in your tab, and train it on your votes, in the ",
                element("a", "RLHF lab", href="rlhf.html#rlhf-lab"),
                ".",
            ),
            element("li", "Delete the votes and vote with another taste, for example always for the shorter answer."),
        ),
        element("div", undo_button(total), class_="ft-buttons"),
    )


def _live_answers() -> Html:
    return element(
        "p",
        "These pairs were written for the course. To vote on answers that a model samples here in your tab, and to "
        "train it on your votes, go to the ",
        element("a", "RLHF lab", href="rlhf.html#rlhf-lab"),
        ".",
        class_="ft-help",
    )


def _what_the_model_sees(pair: Pair) -> Html:
    rows = [
        element("tr", element("th", feature.name, scope="row"), (element("td", _shown(feature, x)) for x in values))
        for feature, *values in zip(FEATURES, measure(pair["a"]), measure(pair["b"]), strict=True)
        if values[0] != values[1]
    ]
    head = element("tr", (element("th", text, scope="col") for text in ("Feature", "A", "B")))
    return element(
        "details",
        element("summary", "What the model sees of these two answers"),
        element("table", element("thead", head), element("tbody", rows), class_="ft-table"),
        element("p", "In all other features the two are equal. It does not see whether an answer is true."),
    )


def _shown(feature: Feature, value: float) -> str:
    return f"{round(2**value) - 1} words" if feature.name == "length" else str(round(value))
