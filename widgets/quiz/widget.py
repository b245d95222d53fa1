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

from collections.abc import Callable, Iterator, Mapping

from widgets.core.fields import Fields, Hidden, State
from widgets.core.html import Html
from widgets.core.widget import Content, Part, View, Widget
from widgets.quiz.question import ATTEMPTS, Question, Wording, render_question
from widgets.quiz.quiz import Quiz, quiz_of
from widgets.quiz.score import render_score

ATTEMPT = Hidden("attempt", "The number of the attempt", "0", stored=True, pattern=f"[0-{ATTEMPTS - 1}]")


def fields(content: Content) -> Fields:
    """Give the number of the attempt and one field for each question."""
    return (ATTEMPT, *(question.field for question in quiz_of(content).questions))


def parts(content: Content) -> tuple[Part, ...]:
    """Give one part for each question, and the score."""
    quiz = quiz_of(content)
    questions = (
        Part(question.id, (ATTEMPT.name, question.id), _question_renderer(question, position, len(quiz.questions)))
        for position, question in enumerate(quiz.questions)
    )
    score = Part(
        "score",
        (ATTEMPT.name, "sum:points", "sum:answered"),
        lambda view: _score(view, quiz),
        cold=_score_of_all_totals,
        announce=True,
    )
    return (*questions, score)


def _question_renderer(question: Question[Wording], position: int, total: int) -> Callable[[View], Html]:
    def render(view: View) -> Html:
        return render_question(question, view.id, position, total, int(view[ATTEMPT]), view[question.field])

    return render


def _score(view: View, quiz: Quiz) -> Html:
    attempt = int(view[ATTEMPT])
    grades = [question.grade(attempt, view[question.field]) for question in quiz.questions]
    points, answered = sum(one.points for one in grades), sum(one.is_answered for one in grades)
    return render_score(quiz, attempt, points, answered)


def _score_of_all_totals(content: Content) -> Iterator[tuple[Mapping[str, str], Html]]:
    quiz = quiz_of(content)
    for attempt in range(ATTEMPTS):
        for answered in range(len(quiz.questions) + 1):
            for points in range(answered + 1):
                texts = {"attempt": str(attempt), "sum:points": str(points), "sum:answered": str(answered)}
                yield texts, render_score(quiz, attempt, points, answered)


def cold_states(content: Content) -> Iterator[State]:
    """Give every attempt with no answer and with every possible answer to each question."""
    questions = quiz_of(content).questions
    start = {ATTEMPT.name: "0", **{question.id: "" for question in questions}}
    for attempt in range(ATTEMPTS):
        yield {**start, ATTEMPT.name: str(attempt)}
        for question in questions:
            for text in question.answer_texts(attempt):
                yield {**start, ATTEMPT.name: str(attempt), question.id: text}


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
