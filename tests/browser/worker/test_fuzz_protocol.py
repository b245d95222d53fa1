"""Whatever message reaches Python, it answers in JSON: an answer, or a problem in words; never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.hostile import attack_in, fuzz, nested, texts, values
from widgets.browser import bridge
from widgets.core.frame import opening_of
from widgets.gallery.registry import get_widget

FUNCTIONS = ("open_widget", "render", "begin", "advance", "end")
DEEP = nested(100_000)


@pytest.fixture(autouse=True, scope="module")
def opened() -> None:
    """Open a widget under the key ``w``."""
    opening = opening_of(get_widget("lora-rank"), {})
    assert json.loads(bridge.open_widget("w", "w", opening)) == {}


keys = st.one_of(st.just("w"), texts)
documents = st.one_of(
    values.map(json.dumps),
    texts,
    st.just(DEEP),
    st.fixed_dictionaries({"widget": st.one_of(st.just("lora-rank"), st.just("quiz"), values), "content": values}).map(
        json.dumps
    ),
    st.fixed_dictionaries({"rank": st.one_of(texts, values), "model": st.one_of(texts, values)}).map(json.dumps),
)
messages = st.one_of(
    st.tuples(st.just("open_widget"), keys.filter(lambda key: key != "w"), texts, documents),
    st.tuples(st.just("render"), keys, documents, documents),
    st.tuples(st.just("begin"), st.integers(), keys, documents, texts),
    st.tuples(st.just("advance"), st.one_of(st.integers(), st.floats(), texts)),
    st.tuples(st.just("end"), st.one_of(st.integers(), st.floats(), texts)),
)


@fuzz
@given(messages)
@example(("render", "w", DEEP, "null"))
@example(("render", "w", "{}", DEEP))
@example(("render", "w", '{"rank": 16}', "null"))
@example(("render", "w", "null", "null"))
@example(("render", "w", '{"rank": "\\ud800"}', "null"))
@example(("open_widget", "x", "x", '{"widget": "quiz", "content": {"questions": NaN}}'))
def test_every_message_is_answered_in_json(message: tuple[Any, ...]) -> None:
    function, *arguments = message
    answer = json.loads(getattr(bridge, function)(*arguments))
    assert isinstance(answer, dict)
    assert isinstance(answer.get("problem", ""), str)
    for html in answer.get("parts", {}).values():
        assert attack_in(html) == ""


@pytest.mark.parametrize("state", ["null", "[]", "3", '"x"', '{"rank": 16}', '{"rank": null}', '{"rank": ["1"]}'])
def test_a_state_that_is_not_made_of_texts_is_refused_in_words(state: str) -> None:
    for answer in (bridge.render("w", state, "null"), bridge.begin(1, "w", state, "run")):
        problem = json.loads(answer)["problem"]
        assert problem == "The page sent settings that are not texts."


def test_every_function_of_the_bridge_is_tried() -> None:
    offered = {name for name in vars(bridge) if hasattr(getattr(bridge, name), "__wrapped__")}
    assert offered == set(FUNCTIONS)
