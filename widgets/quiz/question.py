"""One question of a quiz as HTML: before the answer, and after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from widgets.core.fields import plain
from widgets.core.html import Html, element, join
from widgets.core.widget import Content, button
from widgets.quiz.grading import Grade, Question, Wording, correct_ids, grade, shown_choices, wording_of
from widgets.quiz.numeric import bounds, otherwise, ranges_of_question
from widgets.quiz.text import number_text, rich_text

RIGHT_SIGN, WRONG_SIGN, MISSED_SIGN = "✓", "✗", "○"
EMPTY = {
    "single": "Choose an answer first, then check it.",
    "multiple": "Choose at least one answer first, then check.",
    "numeric": "Type a number first, then check it.",
}


def render_question(widget_id: str, content: Content, position: int, attempt: int, answer: str | Sequence[str]) -> Html:
    """Render a question with its verdict and explanations, if there is an answer.

    Args:
        widget_id: The widget's id on the page.
        content: The quiz.
        position: Position of the question, from 0.
        attempt: Number of the attempt, from 0.
        answer: See :func:`widgets.quiz.grading.grade`.
    """
    question: Question = content["questions"][position]
    result = grade(question, attempt, answer)
    total = len(content["questions"])
    count = element("span", f"Question {position + 1} of {total}. ", class_="ft-count") if total > 1 else None
    prompt = element("legend", count, rich_text(wording_of(question, attempt)["prompt"]))
    if question["kind"] == "numeric":
        body = _number(widget_id, question, attempt, result)
    else:
        body = _choices(widget_id, content["quiz"], question, attempt, answer if result.is_answered else (), result)
    # Readers without script see the first attempt only, so only that carries the answer behind a disclosure.
    is_static = attempt == 0 and not result.is_answered
    # The Check button stands outside the fieldset, so that it keeps the focus when the controls are locked.
    return element(
        "div",
        element("fieldset", prompt, body, disabled=result.is_answered),
        _check_button(widget_id, question, result),
        element("div", _feedback(question, attempt, result), class_="ft-feedback", role="status"),
        _hidden_answer(question, attempt) if is_static else None,
        class_="ft-question",
        data_result=_result_name(result),
        data_sum_points=result.points,
        data_sum_answered=int(result.is_answered),
    )


def _result_name(result: Grade) -> str | None:
    if not result.is_answered:
        return None
    return "right" if result.points else "wrong"


def _check_button(widget_id: str, question: Question, result: Grade) -> Html:
    # The button stays where it is after the answer, and is called the same, so the keyboard's focus can stay on it.
    element_id = f"{widget_id}-{question['id']}-check"
    if result.is_answered:
        check = button("Check", "check", id=element_id, aria_disabled="true")
    else:
        check = button("Check", "check", commit=question["id"], id=element_id, data_empty=EMPTY[question["kind"]])
    return element("div", check, class_="ft-buttons")


def _choices(
    widget_id: str, quiz_id: str, question: Question, attempt: int, chosen: Sequence[str], result: Grade
) -> Html:
    several = question["kind"] == "multiple"
    hint = element("p", "Choose all that are right.", class_="ft-help") if several else None
    kind, name = "checkbox" if several else "radio", question["id"]
    rows = (
        _choice(
            kind, f"{widget_id}-{name}-{choice['id']}", name, choice["id"], choice["text"], choice["why"],
            is_correct=choice.get("correct", False), is_chosen=choice["id"] in chosen, is_answered=result.is_answered,
        )
        for choice in shown_choices(quiz_id, question, attempt)
    )  # fmt: skip
    return join(hint, element("div", rows, class_="ft-choices"))


@lru_cache(maxsize=1024)
def _choice(
    kind: str,
    element_id: str,
    name: str,
    value: str,
    text: str,
    reason: str,
    *,
    is_correct: bool,
    is_chosen: bool,
    is_answered: bool,
) -> Html:
    # A choice looks the same in most of the answers that travel with the page, so it is written once for all of them.
    explained = is_answered and (is_chosen or is_correct)
    control = element("input", type=kind, id=element_id, name=name, value=value, autocomplete="off")
    mark = element("span", _mark(is_chosen, is_correct), class_="ft-mark") if explained else None
    label = element("label", control, element("span", rich_text(text), " ", mark), class_="ft-check")
    why = element("p", rich_text(reason), class_="ft-why") if explained else None
    if is_answered and not explained:
        why = element(
            "details",
            element("summary", "Why not this one?"),
            element("p", rich_text(reason)),
            class_="ft-why ft-why-not",
        )
    state = None
    if explained:
        state = ("right" if is_chosen else "missed") if is_correct else "wrong"
    return element("div", label, why, class_="ft-choice", data_result=state)


def _mark(is_chosen: bool, is_correct: bool) -> str:
    if is_chosen:
        return f"{RIGHT_SIGN} your answer, right" if is_correct else f"{WRONG_SIGN} your answer, wrong"
    return f"{MISSED_SIGN} right answer"


def _number(widget_id: str, question: Question, attempt: int, result: Grade) -> Html:
    wordings = question["wordings"]
    unit = wording_of(question, attempt).get("unit")
    element_id = f"{widget_id}-{question['id']}-number"
    ranges = ",".join(
        f"[{plain(low)},{plain(high)},{json.dumps(token)}]" for low, high, token in ranges_of_question(wordings)
    )
    control = element(
        "input",
        type="number",
        id=element_id,
        name=question["id"],
        step="any",
        inputmode="decimal",
        autocomplete="off",
        aria_describedby=f"{element_id}-help",
        data_ranges=f"[{ranges}]",
        data_otherwise=otherwise(wordings),
    )
    help_text = "Digits only, with a point for decimals."
    return element(
        "p",
        element("label", "Your answer", for_=element_id),
        " ",
        control,
        " ",
        element("span", rich_text(unit), class_="ft-unit") if unit else None,
        " ",
        element("small", help_text, class_="ft-help", id=f"{element_id}-help"),
        class_="ft-number",
    )


def _feedback(question: Question, attempt: int, result: Grade) -> Html | None:
    if not result.is_answered:
        return None
    wording = wording_of(question, attempt)
    if question["kind"] == "numeric":
        return _numeric_feedback(wording, result)
    if result.points:
        return _verdict(RIGHT_SIGN, "Right.")
    texts = {choice["id"]: choice["text"] for choice in wording["choices"]}
    if question["kind"] == "single":
        return _verdict(WRONG_SIGN, "Not right. The right answer: ", rich_text(texts[result.missed[0]]))
    right = len(correct_ids(wording)) - len(result.missed)
    sentences = [f"Not quite: you found {right} of {len(correct_ids(wording))} right answers"]
    sentences.append(f" and chose {len(result.wrong)} wrong. " if result.wrong else ". ")
    missed = [join("You missed: " if one == result.missed[0] else "; ", rich_text(texts[one])) for one in result.missed]
    return _verdict(WRONG_SIGN, *sentences, *missed)


def _verdict(sign: str, *text: Html | str | None) -> Html:
    return element("p", element("strong", f"{sign} ", aria_hidden="true"), text, class_="ft-verdict")


def _numeric_feedback(wording: Wording, result: Grade) -> Html:
    if result.points:
        return join(_verdict(RIGHT_SIGN, "Right. ", _answer(wording)), element("p", rich_text(wording["why"])))
    near = wording["near_misses"][result.near - 1] if result.near else None
    return join(
        _verdict(WRONG_SIGN, "Not quite." if near else "Not right."),
        element("p", rich_text(near["why"])) if near else None,
        element("p", _answer(wording), " ", rich_text(wording["why"])),
    )


def _answer(wording: Wording) -> Html:
    unit = join(" ", rich_text(wording["unit"])) if "unit" in wording else None
    low, high = bounds(wording["answer"], wording)
    span = f"; anything from {number_text(low)} to {number_text(high)} counts" if low < high else ""
    return join("The answer is ", element("strong", number_text(wording["answer"]), unit), f"{span}.")


def _hidden_answer(question: Question, attempt: int) -> Html:
    wording = wording_of(question, attempt)
    if question["kind"] == "numeric":
        content = element("p", _answer(wording), " ", rich_text(wording["why"]))
    else:
        content = element(
            "ul",
            (
                element(
                    "li",
                    element("strong", "Right: " if choice.get("correct", False) else "Wrong: "),
                    rich_text(choice["text"]),
                    " ",
                    rich_text(choice["why"]),
                )
                for choice in wording["choices"]
            ),
        )
    return element("details", element("summary", "Show the answer"), content, class_="ft-answer")
