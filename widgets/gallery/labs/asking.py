"""The box for the reader's own question, and why a question cannot be asked."""

from __future__ import annotations

from difflib import get_close_matches

from widgets.core.html import Html, element, join
from widgets.core.widget import View, button
from widgets.gallery.labs.controls import QUESTION_LENGTH
from widgets.world import load_world, unknown_words, vocabulary

LONGEST_QUESTION = 40
"""In tokens; the model sees 64 at a time, and the answer needs room."""


def box(view: View, label: str, default: str, press: str, note: str) -> Html:
    """Build a box for a text of the reader, with its button.

    Args:
        view: The lab's view.
        label: Above the box.
        default: What stands in it.
        press: On the button.
        note: Under it.
    """
    box_id = f"{view.id}-question"
    text_box = element(
        "input",
        type="text",
        id=box_id,
        name="question",
        value=default,
        maxlength=QUESTION_LENGTH,
        autocomplete="off",
        spellcheck="false",
    )
    return join(
        element("label", label, for_=box_id),
        element("div", text_box, button(press, "ask", commit="question", data_run=True), class_="lab-ask"),
        element("small", note, class_="ft-help"),
    )


def ask_box(view: View, default: str) -> Html:
    """Build the box for a question."""
    animals = ", ".join(animal.name for animal in load_world().animals if animal.split == "held_out")
    note = (
        "The tiny model knows 64 animals and eight things about them (food, home, continent, colour, legs, young, "
        f"kind, when they are active). Animals that fine-tuning never shows: {animals}."
    )
    return box(view, "Ask it yourself", default, "Ask", note)


def problem_of(words: str) -> Html | None:
    """Say why a text, in the world's form, cannot be given to the tiny model; None if it can."""
    unknown = unknown_words(words)
    if not words:
        said = "Type something first."
    elif unknown:
        listed = ", ".join(_with_nearest(word) for word in unknown)
        said = f"Not asked: the tiny model does not know {listed}. It knows {len(vocabulary())} words."
    elif len(words.split()) > LONGEST_QUESTION:
        said = f"Not asked: at most {LONGEST_QUESTION} words, please."
    else:
        return None
    return element("p", said, class_="ft-problem")


def _with_nearest(word: str) -> str:
    near = get_close_matches(word, vocabulary(), n=1)
    return f"“{word}” (did you mean “{near[0]}”?)" if near else f"“{word}”"
