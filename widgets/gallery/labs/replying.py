"""Answer the reader's question with the model before training and with the reader's own. Needs the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from widgets.core.html import Html, element
from widgets.core.widget import RunStep, View
from widgets.engine.architectures.gpt import GPT
from widgets.engine.sampling import SamplingConfig, generate
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import mark, questions_by_text, said
from widgets.gallery.labs.asking import problem_of
from widgets.recipes.evaluation import MAX_ANSWER_TOKENS
from widgets.world import Question, as_prose, as_words, chat_prompt, tokenizer

Named = tuple[str, GPT | None]
"""What a model is called for the reader, and the model; None for one that is not there."""


def ask(view: View, lab: str) -> Iterator[RunStep]:
    """Answer the reader's question with the base model and with the model trained in a lab."""
    yield RunStep({"reply": reply(view, lab)}, 1, 1, "")


def reply(view: View, lab: str) -> Html:
    """Build the answers of the base model and of the model trained in a lab."""
    own = trained_models.recall(lab)
    who = "Your model, on the 4-bit base" if own is not None and trained_models.is_in_4_bits(own) else "Your model"
    return replies(view, ("Base model", trained_models.base()), [(who, own)])


def replies(view: View, before: Named, trained: Sequence[Named]) -> Html:
    """Let models answer the reader's question, each in a line; words that they do not know are named instead.

    Args:
        view: The lab's view.
        before: The model that training starts from.
        trained: The reader's models.
    """
    text = as_words(view.values["question"])
    problem = problem_of(text)
    if problem:
        return problem
    lines = [_line(who, text, _answer(model, text)) for who, model in (before, *trained) if model is not None]
    if len(lines) == 1:
        lines.append(element("p", "You have not trained a model here yet.", class_="ft-help"))
    return element("div", element("strong", as_prose(text)), lines, class_="lab-answer")


def _answer(model: GPT, text: str) -> str:
    words = tokenizer()
    prompt = words.encode(chat_prompt(text))
    [ids] = generate(model, [prompt], SamplingConfig(MAX_ANSWER_TOKENS), eos_id=words.eos_id)
    return words.decode(ids)


def _line(who: str, text: str, answer: str) -> Html:
    known = _known_question(text)
    verdict = mark(known, answer) if known else None
    return element("p", element("span", f"{who}: ", class_="lab-who"), said(answer), " ", verdict)


def _known_question(text: str) -> Question | None:
    return questions_by_text("train").get(text) or questions_by_text("held_out").get(text)
