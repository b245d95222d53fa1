"""Everything a reader can answer is answered without Python, and Python says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.core.frame import render_frame
from widgets.core.precompute import cold_answers, cold_key, dependency_defaults
from widgets.core.widget import Content, default_state, render_parts, view_of
from widgets.quiz.choices import ChoiceQuestion
from widgets.quiz.question import ATTEMPTS
from widgets.quiz.quiz import question_of, quiz_of
from widgets.quiz.widget import WIDGET
from widgets.site.sources.content import load_content
from widgets.site.sources.folders import ROOT

QUESTIONS = ("why-cheaper", "which", "count")


def rendered(content: Content, **state: str) -> dict[str, str]:
    texts = {name.replace("_", "-"): text for name, text in state.items()}
    return dict(render_parts(WIDGET, view_of(WIDGET, "quiz-sample", content, texts)))


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_every_choice_of_every_attempt_is_prepared(content: Content) -> None:
    cold = cold_answers(WIDGET, "quiz-sample", content)
    for part, question in zip(WIDGET.parts(content), quiz_of(content).questions, strict=False):
        defaults = dependency_defaults(part, WIDGET.fields_of(content))
        for attempt in map(str, range(ATTEMPTS)):
            for text in ("", *question.answer_texts(int(attempt))):
                key = cold_key(part.depends_on, {"attempt": attempt, question.id: text}, defaults)
                live = rendered(content, attempt=attempt, **{question.id: text})
                assert cold[part.name][key] == live[part.name]


def test_several_choices_make_every_subset() -> None:
    choices = [{"id": letter, "text": letter, "why": "So.", "correct": letter == "a"} for letter in "abcd"]
    data = {"id": "q", "kind": "multiple", "wordings": [{"prompt": "Which?", "choices": choices}]}
    assert len(set(question_of("sample", data).answer_texts(0))) == 15


def token_as_the_script_finds_it(html: str, number: float) -> str:
    """Do what the page's script does: the first range that holds the number, both ends included."""
    ranges = json.loads(unescape(re.search(r'data-ranges="([^"]*)"', html)[1]))
    for low, high, token in ranges:
        if low <= number <= high:
            return str(token)
    return re.search(r'data-otherwise="([^"]*)"', html)[1]


@given(
    number=st.one_of(st.sampled_from([4194304, 8388608, 2.45, 2.5, 2.55, 2.56, 0]), st.floats(-1e12, 1e12)),
    attempt=st.integers(0, ATTEMPTS - 1),
)
@settings(max_examples=60, deadline=None)
def test_any_typed_number_finds_its_prepared_answer(content: Content, number: float, attempt: int) -> None:
    live = rendered(content, attempt=str(attempt), count=repr(number))["count"]
    token = token_as_the_script_finds_it(rendered(content)["count"], number)
    assert live == rendered(content, attempt=str(attempt), count=token)["count"]
    assert repr(number) not in live or number in (4194304, 8388608, 2.45, 2.55, 2.5, 0)


def test_the_score_is_prepared_for_every_total(content: Content) -> None:
    cold = cold_answers(WIDGET, "quiz-sample", content)["score"]
    answers = (("", "fewer", "data"), ("", "a,b", "w"), ("", "4194304", "1"))
    for attempt, texts in product("01", product(*answers)):
        parts = rendered(content, attempt=attempt, **dict(zip(QUESTIONS, texts, strict=True)))
        totals = {"attempt": attempt}
        for name in ("points", "answered"):
            found = re.findall(rf'data-sum-{name}="(\d)"', "".join(parts[question] for question in QUESTIONS))
            totals[f"sum:{name}"] = str(sum(map(int, found)))
        key = cold_key(("attempt", "sum:points", "sum:answered"), totals, dict.fromkeys(totals, "0"))
        assert cold[key] == parts["score"]


def test_a_wrong_choice_is_explained_beside_the_right_one(content: Content) -> None:
    text = plain(rendered(content, why_cheaper="smaller")["why-cheaper"])
    assert "A smaller model ✗ your answer, wrong" in text
    assert "It stays as large." in text
    assert "Fewer gradients ○ right answer" in text
    assert "Only A and B." in text
    assert "Why not this one?The data are the same." in text
    assert "Not right. The right answer: Fewer gradients" in text


def test_what_was_missed_is_named(content: Content) -> None:
    text = plain(rendered(content, which="a,w")["which"])
    assert "you found 1 of 2 right answers and chose 1 wrong. You missed: B" in text
    assert "W is not." in text
    assert "Why not this one?E is not." in text


def test_answers_are_locked_but_the_button_keeps_the_focus(content: Content) -> None:
    before, after = rendered(content)["which"], rendered(content, which="a")["which"]
    assert "<fieldset disabled>" in after
    assert "<fieldset>" in before
    for html in (before, after):
        assert html.index("</fieldset>") < html.index('id="quiz-sample-which-check"')
    assert 'aria-disabled="true"' in after


STATES = {
    "unanswered": {},
    "all-right": {"why_cheaper": "fewer", "which": "a,b", "count": "4194304"},
    "all-wrong": {"why_cheaper": "data", "which": "a,e", "count": "8388608"},
    "second-wording": {"attempt": "1", "why_cheaper": "bits", "count": "2.52"},
}


@pytest.mark.parametrize("name", STATES)
def test_the_markup_is_the_golden_one(content: Content, golden: Callable[[str, str], None], name: str) -> None:
    golden(name, "".join(rendered(content, **STATES[name]).values()))


def test_trying_again_clears_every_answer_and_moves_on(content: Content) -> None:
    html = rendered(content, attempt="1", why_cheaper="fewer")["score"]
    assert 'data-set="attempt=0&amp;why-cheaper=&amp;which=&amp;count="' in html


def test_the_complete_score_is_recorded(content: Content) -> None:
    html = rendered(content, why_cheaper="fewer", which="a,b", count="1")["score"]
    record = json.loads(unescape(re.search(r'data-record="([^"]*)"', html)[1]))
    assert record == {"quiz": "sample", "points": 2, "of": 3}
    assert '<data value="2" data-metric="quiz_score">2 of 3</data>' in html
    assert "data-record" not in rendered(content, why_cheaper="fewer", which="a,b")["score"]


def test_answers_stand_behind_disclosures_in_the_page_as_built(content: Content) -> None:
    parts = rendered(content)
    for name in QUESTIONS:
        assert parts[name].count('<details class="ft-answer">') == 1
    assert "4,194,304 parameters" in parts["count"]
    assert "ft-answer" not in rendered(content, attempt="1")["count"]


def test_several_orders_of_the_same_choices_show_the_same(content: Content) -> None:
    assert rendered(content, which="w,a") == rendered(content, which="a,w")


QUIZZES = sorted(path.stem for path in (ROOT / "quizzes").glob("*.yml"))


@pytest.mark.parametrize("name", QUIZZES)
def test_an_answer_kept_when_the_choices_stood_in_another_order_counts_as_it_did(name: str) -> None:
    content = load_content("quiz", name)
    for question in quiz_of(content).questions:
        if not isinstance(question, ChoiceQuestion):
            continue
        for attempt in range(ATTEMPTS):
            right = [choice.id for choice in question.wording(attempt).correct]
            assert len({question.field.parse(",".join(order)) for order in permutations(right)}) == 1
            parts = [
                rendered(content, **{"attempt": str(attempt), question.id: ",".join(order)})
                for order in permutations(right)
            ]
            assert all(part == parts[0] for part in parts)
            assert 'data-result="right"' in parts[0][question.id]
            assert parts[0]["problems"] == ""


@pytest.mark.parametrize("text", ["zzz", "fewer,data", "<script>", ",", "fewer," * 200])
def test_a_kept_answer_that_fits_nothing_is_explained_and_dropped(content: Content, text: str) -> None:
    parts = rendered(content, why_cheaper=text)
    assert "kept answer" in parts["problems"]
    assert "<script>" not in parts["problems"]
    assert parts["why-cheaper"] == rendered(content)["why-cheaper"]


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_kept_text_breaks_the_quiz(content: Content, text: str) -> None:
    parts = rendered(content, attempt=text, why_cheaper=text, which=text, count=text)
    assert set(parts) == {*QUESTIONS, "score", "problems"}


def test_texts_of_authors_are_escaped(content: Content) -> None:
    attack = '"><script>alert(1)</script>`<b>`'
    question = {
        "id": "q",
        "kind": "numeric",
        "wordings": [{"prompt": attack, "answer": 1, "unit": attack, "why": attack}],
    }
    html = render_frame(WIDGET, "quiz-x", {"quiz": "x", "title": attack, "questions": [question]})
    assert html.count("<script") == 1
    assert "<b>" not in html
    assert "<code>&lt;b&gt;</code>" in html


class Ids(HTMLParser):
    """Collects ids and checks that every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in ("input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_markup_is_well_formed_and_ids_are_unique(content: Content) -> None:
    states = [default_state(WIDGET.fields_of(content)), {"why-cheaper": "data", "which": "a,e", "count": "8388608"}]
    for state in states:
        parser = Ids()
        parser.feed("".join(render_parts(WIDGET, view_of(WIDGET, "quiz-sample", content, state)).values()))
        assert not parser.open
        assert len(parser.ids) == len(set(parser.ids))
