"""The score of a quiz, and the way to another attempt."""

from __future__ import annotations

import json

from widgets.core.html import Html, element, join, metric
from widgets.core.widget import button
from widgets.quiz.question import ATTEMPTS
from widgets.quiz.quiz import Quiz


def verdict_on(points: int, total: int) -> str:
    """Say in a few words what a complete score means and what to do next."""
    if points == total:
        return "Everything right."
    if 2 * points >= total:
        return "Look again at what was wrong, then try again."
    return "Read the explanations and the lesson once more, then try again."


def verdict_on_one(points: int) -> str:
    """Close a quiz of one question, usually a prediction: a wrong guess is worth as much as a right one."""
    return "You saw it coming." if points else "A guess that was off is remembered longest."


def render_score(quiz: Quiz, attempt: int, points: int, answered: int) -> Html:
    """Render the score. It writes no ids, because it is prepared for every total before the page is known.

    Args:
        quiz: The quiz.
        attempt: Number of the attempt, from 0.
        points: Right answers so far.
        answered: Answered questions so far.
    """
    questions = quiz.questions
    total = len(questions)
    if answered == 0:
        text = "Not answered yet." if total == 1 else f"{total} questions, none answered yet."
        return element("p", metric("quiz_score", 0, text), class_="ft-score")
    is_complete = answered == total
    if total == 1:
        line = metric("quiz_score", points, verdict_on_one(points))
    elif is_complete:
        figure = metric("quiz_score", points, f"{points} of {total}")
        line = join("Your score: ", element("strong", figure), ". ", verdict_on(points, total))
    else:
        figure = metric("quiz_score", points, f"{points} right")
        line = join(f"{answered} of {total} answered, ", figure, " so far.")
    record = {"quiz": quiz.id, "points": points, "of": total}
    changes_wording = any(len(question.wordings) > 1 for question in questions)
    clear = {question.id: "" for question in questions}
    fresh = {"attempt": str((attempt + 1) % ATTEMPTS), **clear}
    again = button("Try again", "retry", sets=fresh, data_next=questions[0].id)
    note = "with other wordings and another order" if changes_wording else "with the choices in another order"
    if not any(question.has_choices for question in questions):
        note = "with other wordings" if changes_wording else "from the start"
    return join(
        element(
            "p",
            line,
            class_="ft-score ft-score-complete" if is_complete else "ft-score",
            data_record=json.dumps(record, separators=(",", ":")) if is_complete else None,
        ),
        element("div", again, element("small", note, class_="ft-help"), class_="ft-buttons"),
    )
