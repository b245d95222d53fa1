"""The box for the reader's own question, and the answers of the base model and of the reader's model to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from widgets.core.html import Html, element, join
from widgets.core.widget import RunStep, View, button
from widgets.gallery.labs.answers import mark, said
from widgets.gallery.labs.controls import QUESTION_LENGTH
from widgets.world import (
    Question,
    as_prose,
    as_words,
    chat_prompt,
    load_world,
    questions,
    tokenizer,
    unknown_words,
    vocabulary,
)

if TYPE_CHECKING:
    from widgets.engine.architectures.gpt import GPT

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


def ask(view: View, lab: str) -> Iterator[RunStep]:
    """Answer the reader's question with the base model and with the model trained in a lab."""
    yield RunStep({"reply": reply(view, lab)}, 1, 1, "")


def reply(view: View, lab: str) -> Html:
    """Build the answers to the reader's question; words that the model does not know are named instead."""
    text = as_words(view.values["question"])
    problem = problem_of(text)
    if problem:
        return problem
    from widgets.gallery.labs import trained_models

    own = trained_models.recall(lab)
    who = "Your model, on the 4-bit base" if own is not None and trained_models.is_in_4_bits(own) else "Your model"
    return answers_to(text, ("Base model", trained_models.base()), [(who, own)])


def answers_to(text: str, before: tuple[str, GPT], trained: Sequence[tuple[str, GPT | None]]) -> Html:
    """Let models answer a question, each in a line.

    Args:
        text: The question, in the world's form and words.
        before: The model that training starts from, with its name for the reader.
        trained: The reader's models; None for one that is not there.
    """
    asked = [before, *((who, model) for who, model in trained if model is not None)]
    lines = [_line(who, text, _answer(model, text)) for who, model in asked]
    if len(asked) == 1:
        lines.append(element("p", "You have not trained a model here yet.", class_="ft-help"))
    return element("div", element("strong", as_prose(text)), lines, class_="lab-answer")


def _answer(model: GPT, text: str) -> str:
    from widgets.engine.sampling import SamplingConfig, generate
    from widgets.recipes.evaluation import MAX_ANSWER_TOKENS

    words = tokenizer()
    prompt = words.encode(chat_prompt(text))
    [ids] = generate(model, [prompt], SamplingConfig(MAX_ANSWER_TOKENS), eos_id=words.eos_id)
    return words.decode(ids)


def _line(who: str, text: str, answer: str) -> Html:
    known = _known_question(text)
    verdict = mark(known, answer) if known else None
    return element("p", element("span", f"{who}: ", class_="lab-who"), said(answer), " ", verdict)


def _known_question(text: str) -> Question | None:
    every = (*questions("train"), *questions("held_out"))
    return next((question for question in every if question.text == text), None)
