"""The bridge between the worker and the widgets, called as JavaScript calls it: text in, JSON text out."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.browser import bridge
from widgets.core.errors import EngineError
from widgets.core.fields import Number
from widgets.core.frame import opening_of
from widgets.core.html import element
from widgets.core.widget import Part, RunStep, View, Widget, render_parts, view_of
from widgets.engine.library import library
from widgets.gallery import registry
from widgets.site.sources.folders import ROOT

closed: list[str] = []


def steps(view: View, action: str) -> Iterator[RunStep]:
    """Count to the chosen number; 13 breaks."""
    try:
        for done in range(1, view.values["count"] + 1):
            if done == 13:
                raise ZeroDivisionError("thirteen")
            yield RunStep({"out": element("p", str(done))}, done, view.values["count"], f"{action} {done}")
    finally:
        closed.append(action)


COUNTER = Widget(
    name="lora-rank",
    title="Counter",
    summary="Counts.",
    parts=lambda content: (Part("out", ("count",), lambda view: element("p", view.state["count"])),),
    fields=lambda content: (Number("count", "Count", "3", minimum=1, maximum=20),),
    run=steps,
)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> str:
    """Open a widget that counts, and give the key under which the page knows it."""
    monkeypatch.setattr(bridge, "get_widget", lambda name: COUNTER)
    assert json.loads(bridge.open_widget("1:counter", "counter", opening_of(COUNTER, {}))) == {}
    closed.clear()
    return "1:counter"


def test_every_part_that_is_asked_for_and_the_problems_are_rendered(counter: str):
    answer = json.loads(bridge.render(counter, '{"count": "99"}', '["out"]'))
    assert answer["parts"]["out"] == "<p>3</p>"
    assert 'data-problem="count"' in answer["parts"]["problems"]


def test_the_answer_is_what_the_build_renders():
    widget = registry.get_widget("lora-rank")
    bridge.open_widget("2:lora-rank", "lora-rank", opening_of(widget, {}))
    state = {"rank": "13", "alpha": "7"}
    expected = render_parts(widget, view_of(widget, "lora-rank", {}, state))
    answer = json.loads(bridge.render("2:lora-rank", json.dumps(state), "null"))
    assert answer["parts"] == expected


def test_a_part_that_is_not_asked_for_is_not_worked_out(monkeypatch: pytest.MonkeyPatch):
    def broken(view: View) -> str:
        raise ZeroDivisionError

    dear = replace(COUNTER, parts=lambda content: (*COUNTER.parts(content), Part("dear", ("count",), broken)))
    monkeypatch.setattr(bridge, "get_widget", lambda name: dear)
    bridge.open_widget("7:c", "c", opening_of(dear, {}))
    assert json.loads(bridge.render("7:c", '{"count": "2"}', '["out"]'))["parts"] == {"out": "<p>2</p>", "problems": ""}
    refused = json.loads(bridge.render("7:c", '{"count": "99"}', "[]"))["parts"]
    assert list(refused) == ["problems"]
    assert 'data-problem="count"' in refused["problems"]
    assert "ZeroDivisionError" in json.loads(bridge.render("7:c", "{}", '["dear"]'))["detail"]


@pytest.mark.parametrize("parts", ['{"out": 1}', "[1]", '"out"', "7"])
def test_names_of_parts_that_are_not_texts_are_refused_in_words(counter: str, parts: str):
    assert "parts" in json.loads(bridge.render(counter, "{}", parts))["problem"]


def test_the_numbers_of_a_content_keep_their_form():
    assert '"tolerance":1.0,' in opening_of(COUNTER, {"tolerance": 1.0, "count": 1})


def test_an_unknown_widget_is_said_in_words():
    answer = json.loads(bridge.open_widget("1:x", "x", '{"widget": "lora-rnk", "content": {}}'))
    assert 'did you mean "lora-rank"?' in answer["problem"]


@given(st.text())
def test_no_text_makes_the_bridge_raise(text: str):
    for answer in (
        bridge.open_widget("3:x", "x", text),
        bridge.render(text, "{}", "[]"),
        bridge.render(text, "{}", text),
        bridge.begin(1, text, "{}", "run"),
        bridge.advance(-1),
        bridge.end(-1),
    ):
        assert isinstance(json.loads(answer), dict)


def test_a_run_gives_its_steps_and_then_nothing(counter: str):
    assert json.loads(bridge.begin(5, counter, '{"count": "2"}', "run")) == {}
    first = json.loads(bridge.advance(5))
    assert first == {"parts": {"out": "<p>1</p>"}, "done": 1, "total": 2, "text": "run 1"}
    assert json.loads(bridge.advance(5))["done"] == 2
    assert json.loads(bridge.advance(5)) == {}
    assert json.loads(bridge.end(5)) == {}


def test_what_a_run_leaves_in_the_state_comes_with_its_step(counter: str, monkeypatch: pytest.MonkeyPatch):
    leaving = replace(COUNTER, run=lambda view, action: iter([RunStep({}, 1, 1, "", {"count": "7"})]))
    monkeypatch.setattr(bridge, "get_widget", lambda name: leaving)
    bridge.open_widget("5:c", "c", opening_of(leaving, {}))
    bridge.begin(10, "5:c", "{}", "run")
    assert json.loads(bridge.advance(10))["fields"] == {"count": "7"}


def test_a_cancelled_run_gets_to_clean_up(counter: str):
    bridge.begin(6, counter, "{}", "run")
    bridge.advance(6)
    bridge.end(6)
    assert closed == ["run"]
    assert "problem" in json.loads(bridge.advance(6))


def test_a_run_that_breaks_says_so_with_its_traceback(counter: str):
    bridge.begin(7, counter, '{"count": "20"}', "run")
    answers = [json.loads(bridge.advance(7)) for _ in range(13)]
    assert answers[-1]["problem"] == "Python found an error in this widget."
    assert "ZeroDivisionError: thirteen" in answers[-1]["detail"]


def test_a_python_out_of_memory_asks_to_be_replaced_and_no_other_does(counter: str, monkeypatch: pytest.MonkeyPatch):
    def greedy(view: View, action: str) -> Iterator[RunStep]:
        yield RunStep({}, 1, 2, "one")
        bytearray(1 << 62)

    monkeypatch.setattr(bridge, "get_widget", lambda name: replace(COUNTER, run=greedy))
    bridge.open_widget("6:c", "c", opening_of(COUNTER, {}))
    bridge.begin(11, "6:c", "{}", "run")
    assert "is_broken" not in json.loads(bridge.advance(11))
    answer = json.loads(bridge.advance(11))
    assert answer["problem"] == "The browser has no memory left for this."
    assert "MemoryError" in answer["detail"]
    assert answer["is_broken"] is True
    assert "is_broken" not in json.loads(bridge.begin(8, counter, '{"count": "0"}', "run"))
    assert "is_broken" not in json.loads(bridge.advance(-1))


def test_a_run_with_a_setting_that_is_not_allowed_does_not_start(counter: str):
    answer = json.loads(bridge.begin(8, counter, '{"count": "0"}', "run"))
    assert answer["problem"] == 'Not started. Count must be a whole number from 1 to 20; found "0"'
    assert "problem" in json.loads(bridge.advance(8))


def test_a_widget_without_runs_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bridge, "get_widget", lambda name: replace(COUNTER, run=None))
    bridge.open_widget("4:c", "c", opening_of(COUNTER, {}))
    assert json.loads(bridge.begin(9, "4:c", "{}", "run"))["problem"] == "lora-rank has nothing to run"


def test_everything_that_a_widget_imports_is_there_before_a_snapshot_and_the_kernels_are_not():
    program = (
        "import sys\n"
        "from widgets.browser import bridge\n"
        "bridge.prepare()\n"
        "from widgets.gallery.registry import MODULES\n"
        "from widgets.engine.library import library\n"
        "assert set(MODULES.values()) <= set(sys.modules), MODULES\n"
        "assert 'widgets.recipes.dpo' in sys.modules\n"
        "assert library.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_no_snapshot_is_taken_once_the_kernels_are_loaded():
    library()
    with pytest.raises(EngineError, match="no snapshot can be taken"):
        bridge.prepare()


def test_random_numbers_begin_anew_after_a_start_from_a_snapshot():
    random.seed(7)
    first = random.random()
    random.seed(7)
    bridge.wake()
    assert random.random() != first
