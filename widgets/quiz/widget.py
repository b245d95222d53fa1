"""The ``quiz`` widget.

What the page's script must know, beside the contract in :mod:`widgets.core.widget`:

* The controls of a question are in its part and carry the question's id as ``name``: radio buttons, checkboxes
  (text: the chosen values in document order, joined by commas), or a number input. They are taken over by the
  question's Check button (``data-commit``), not at each change; Enter in a number input presses that button.
  After a part is replaced, its controls are refilled from the state.
* A Check button carries ``data-empty``: the sentence to show in the status line when the committed text is empty.
  A button with ``aria-disabled="true"`` does nothing but keeps the focus.
* A number input carries ``data-ranges='[[low, high, "token"], …]'`` and ``data-otherwise="token"``. In the key
  under which an answer is looked up in the cold table, the typed number stands as the token of the first range
  that holds it (both ends included); the state keeps what was typed.
* ``data-sum-points`` and ``data-sum-answered`` are added up over the widget for the dependencies of ``score``.
* ``data-record`` (JSON ``{"quiz", "points", "of"}``) stands in ``score`` once all questions are answered; the
  home page shows the best record of each quiz as progress.
* ``.ft-answer`` holds an answer for readers without script; the style sheet hides it in an upgraded widget.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from widgets.core.fields import Fields, Hidden
from widgets.core.html import Html
from widgets.core.widget import Content, Part, View, Widget
from widgets.quiz.answers import answer_field, cold_states
from widgets.quiz.grading import ATTEMPTS, grade
from widgets.quiz.question import render_question
from widgets.quiz.score import render_score


def fields(content: Content) -> Fields:
    """Give the number of the attempt and one field for each question."""
    attempt = Hidden("attempt", "The number of the attempt", "0", stored=True, pattern=f"[0-{ATTEMPTS - 1}]")
    return (attempt, *(answer_field(question) for question in content["questions"]))


def parts(content: Content) -> tuple[Part, ...]:
    """Give one part for each question, and the score."""
    questions = tuple(
        Part(question["id"], ("attempt", question["id"]), _question_renderer(position))
        for position, question in enumerate(content["questions"])
    )
    score = Part("score", ("attempt", "sum:points", "sum:answered"), _score, cold=_score_of_all_totals, announce=True)
    return (*questions, score)


def _question_renderer(position: int) -> Any:
    def render(view: View) -> Html:
        question = view.content["questions"][position]
        return render_question(
            view.id, view.content, position, int(view.values["attempt"]), view.values[question["id"]]
        )

    return render


def _score(view: View) -> Html:
    attempt = int(view.values["attempt"])
    grades = [grade(question, attempt, view.values[question["id"]]) for question in view.content["questions"]]
    points, answered = sum(one.points for one in grades), sum(one.is_answered for one in grades)
    return render_score(view.content, attempt, points, answered)


def _score_of_all_totals(content: Content) -> Iterator[tuple[Mapping[str, str], Html]]:
    for attempt in range(ATTEMPTS):
        for answered in range(len(content["questions"]) + 1):
            for points in range(answered + 1):
                texts = {"attempt": str(attempt), "sum:points": str(points), "sum:answered": str(answered)}
                yield texts, render_score(content, attempt, points, answered)


WIDGET = Widget(
    name="quiz",
    title="Quiz",
    summary="Commit to an answer, then check it: the explanation follows.",
    parts=parts,
    fields=fields,
    needs_file=True,
    cold_states=cold_states,
    place_of=lambda content: f"quiz/{content['quiz']}",
)
