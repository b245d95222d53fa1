"""The box for the reader's own question, and the answers of the base model and of the reader's model to it."""

from __future__ import annotations

from collections.abc import Iterator

from widgets.core.html import Html, element, join
from widgets.core.widget import RunStep, View, button
from widgets.data.world import Question, as_prose, as_words, chat_prompt, load_world, questions, unknown_words
from widgets.gallery.labs.answers import mark, said
from widgets.gallery.labs.settings import QUESTION_LENGTH

LONGEST_QUESTION = 40
"""In tokens; the model sees 64 at a time, and the answer needs room."""


def ask_box(view: View, default: str) -> Html:
    """Build the box and its button."""
    box_id = f"{view.id}-question"
    animals = ", ".join(animal.name for animal in load_world().animals if animal.split == "held_out")
    return join(
        element("label", "Ask it yourself", for_=box_id),
        element(
            "div",
            element(
                "input",
                type="text",
                id=box_id,
                name="question",
                value=default,
                maxlength=QUESTION_LENGTH,
                autocomplete="off",
                spellcheck="false",
            ),
            button("Ask", "ask", commit="question", data_run=True),
            class_="lab-ask",
        ),
        element(
            "small",
            f"The tiny model knows 64 animals and eight things about them (food, home, continent, colour, legs, young, "
            f"kind, when they are active). Animals that fine-tuning never shows: {animals}.",
            class_="ft-help",
        ),
    )


def ask(view: View, lab: str) -> Iterator[RunStep]:
    """Answer the reader's question with the base model and with the model trained in a lab."""
    yield RunStep({"reply": reply(view, lab)}, 1, 1, "")


def reply(view: View, lab: str) -> Html:
    """Build the answers to the reader's question; words that the model does not know are named instead."""
    text = view.values["question"]
    unknown = unknown_words(text)
    if not as_words(text):
        return element("p", "Type a question first.", class_="ft-problem")
    if unknown:
        listed = ", ".join(f"“{word}”" for word in unknown)
        return element(
            "p", f"Not asked: the tiny model does not know {listed}. It knows a few hundred words.", class_="ft-problem"
        )
    if len(as_words(text).split()) > LONGEST_QUESTION:
        return element("p", f"Not asked: at most {LONGEST_QUESTION} words, please.", class_="ft-problem")
    from widgets.gallery.labs import models

    trained = models.recall(lab)
    lines = [_line("Base model", text, _answer(models.base(), text))]
    if trained is not None:
        lines.append(_line("Your model", text, _answer(trained, text)))
    else:
        lines.append(element("p", "You have not trained a model here yet.", class_="ft-help"))
    return element("div", element("strong", as_prose(as_words(text))), lines, class_="lab-answer")


def _answer(model: object, text: str) -> str:
    from widgets.engine.sampling import SamplingConfig, generate
    from widgets.engine.transformer import GPT
    from widgets.recipes.encoding import decode, encode, end_id
    from widgets.recipes.evaluation import MAX_ANSWER_TOKENS

    assert isinstance(model, GPT)
    [ids] = generate(model, [encode(chat_prompt(text))], SamplingConfig(MAX_ANSWER_TOKENS), end_id=end_id())
    return decode(ids)


def _line(who: str, text: str, answer: str) -> Html:
    known = _known_question(text)
    verdict = mark(known, answer) if known else None
    return element("p", element("span", f"{who}: ", class_="lab-who"), said(answer), " ", verdict)


def _known_question(text: str) -> Question | None:
    words = as_words(text)
    every = (*questions("train"), *questions("held_out"))
    return next((question for question in every if question.text == words), None)
