"""The ``human-rater`` widget: the reader picks the better of two answers, and a reward model learns to foresee it.

What the page's script must know, beside the contract in :mod:`widgets.core.widget`:

* ``data-key="1"`` on a button: while the focus is in the widget and not in a box to type into, that key presses it.
* A button with ``aria-disabled="true"`` does nothing but keeps the focus.
* ``data-source="ID"`` on a button copies the text of that element; with ``data-filename`` it saves it as a file.
* A file chosen in ``<input type="file" data-reads-into="FIELD">`` is read into the control of that field, as if it had
  been typed; the button beside it takes it over.
* ``data-empty`` on a button with ``data-commit``: the sentence for the status line when the committed text is empty.

The vote buttons append to ``votes`` at once. The pair depends on the number of votes alone and is always prepared;
what the model makes of a vote is prepared for the first one and worked out by Python from then on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from widgets.core.fields import Fields, Hidden
from widgets.core.html import Html
from widgets.core.widget import Content, Part, View, Widget
from widgets.gallery.human_rater.data_view import render_export, render_import, render_reset
from widgets.gallery.human_rater.model_view import render_learned, render_prediction, render_score
from widgets.gallery.human_rater.pair_view import render_pair
from widgets.gallery.human_rater.predictions import fit, past_predictions, predict, score
from widgets.gallery.human_rater.votes import CHOICES, Pair, RatedPair, Votes, rated_pairs

LONGEST_IMPORT = 200_000
LONGEST_VOTE = len("p00:skip,")

VOTES = Votes("votes", "The kept votes", "", stored=True)
IMPORT_JSONL = Hidden(
    "import_jsonl", "The text to import", "", stored=True, max_length=LONGEST_IMPORT, pattern="(?s:.*)"
)
ASKING = Hidden("asking", "The question before deleting", "off", stored=True, pattern="on|off")


def fields(content: Content) -> Fields:
    """Give the votes, the text to import, and whether the reader is being asked before all votes are deleted."""
    longest = LONGEST_VOTE * max(len(content["pairs"]), 99)
    return (replace(VOTES, max_length=longest), IMPORT_JSONL, ASKING)


def parts(content: Content) -> tuple[Part, ...]:
    """Give the parts in the order in which they stand on the page."""
    return (
        Part("pair", ("count:votes",), _pair, cold=_every_pair),
        Part("prediction", ("votes",), _prediction, announce=True),
        Part("score", ("votes",), _score),
        Part("learned", ("votes",), _learned),
        Part("export", ("votes",), _export),
        Part("import", ("import_jsonl",), _import),
        Part("reset", ("count:votes", "asking"), _reset, cold=_every_reset),
    )


def cold_states(content: Content) -> Iterator[dict[str, str]]:
    """Give the state without votes and the three states after the first vote."""
    start = {"votes": "", "import_jsonl": "", "asking": "off"}
    yield start
    for choice in CHOICES:
        yield {**start, "votes": f"{content['pairs'][0]['id']}:{choice}"}


def _pairs(content: Content) -> Sequence[Pair]:
    pairs: Sequence[Pair] = content["pairs"]
    return pairs


def _rated(view: View) -> list[RatedPair]:
    return rated_pairs(_pairs(view.content), view[VOTES])


def _pair(view: View) -> Html:
    return render_pair(_pairs(view.content), len(view[VOTES]))


def _every_pair(content: Content) -> Iterator[tuple[Mapping[str, str], Html]]:
    for count in range(len(content["pairs"]) + 1):
        yield {"count:votes": str(count)}, render_pair(_pairs(content), count)


def _prediction(view: View) -> Html:
    pairs, count, rated = _pairs(view.content), len(view[VOTES]), _rated(view)
    coming = predict(fit(rated), pairs[count]) if count < len(pairs) else None
    return render_prediction(coming, bool(rated))


def _score(view: View) -> Html:
    return render_score(score(past_predictions(_rated(view))))


def _learned(view: View) -> Html:
    rated = _rated(view)
    return render_learned(fit(rated), rated, len(view[VOTES]) - len(rated))


def _export(view: View) -> Html:
    return render_export(view.id, _pairs(view.content), view[VOTES])


def _import(view: View) -> Html:
    return render_import(view.id, _pairs(view.content), view[IMPORT_JSONL])


def _reset(view: View) -> Html:
    return render_reset(len(view[VOTES]), view[ASKING] == "on")


def _every_reset(content: Content) -> Iterator[tuple[Mapping[str, str], Html]]:
    for count in range(len(content["pairs"]) + 1):
        for asking in (False, True):
            texts = {"count:votes": str(count), "asking": "on" if asking else "off"}
            yield texts, render_reset(count, asking)


WIDGET = Widget(
    name="human-rater",
    title="Teach a reward model your taste",
    summary="Pick the better of two answers; a small reward model learns from your votes and predicts the next one.",
    parts=parts,
    fields=fields,
    cold_states=cold_states,
    place_of=lambda content: "human-rater",
)
