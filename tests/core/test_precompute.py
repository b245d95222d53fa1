"""Answers shipped with the page: packed small, unpacked to the very bytes that Python renders."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.core.fields import Number, Select
from widgets.core.frame import json_for_script, render_frame
from widgets.core.html import Html, element
from widgets.core.precompute import apply_patch, cold_answers, cold_key, packed, patch, tokens
from widgets.core.widget import Part, View, Widget, default_state, neighbours, view_of

MARKUP = st.lists(st.sampled_from(["<p>", "</p>", "8", "16 ", "<b class=x>", "</b>", "é🙂", "<br>"]), max_size=30)


@given(MARKUP, MARKUP)
@settings(max_examples=300)
def test_a_patch_turns_one_list_into_the_other(old: list[str], new: list[str]) -> None:
    assert apply_patch(old, patch(old, new)) == new


@given(MARKUP)
def test_tokens_join_to_the_markup_again(pieces: list[str]) -> None:
    html = "".join(pieces)
    assert "".join(tokens(html)) == html


def _demo() -> Widget:
    def shown(view: View) -> Html:
        return element("p", f"{view.values['model']} at ", element("b", view.values["rank"]), f" of {view.id}")

    return Widget(
        "demo",
        "Demo",
        "Shows a rank.",
        parts=lambda _: (Part("out", ("model", "rank"), shown),),
        fields=lambda _: (
            Select("model", "Model", "a", options=(("a", "A"), ("b&c", "B"))),
            Number("rank", "Rank", "8", minimum=1, maximum=16, slider="log2"),
        ),
    )


def unpack(table: list[list[object]]) -> dict[str, str]:
    """Undo :func:`packed` as the page's script does."""
    split: list[list[str]] = []
    for _, base, content in table:
        assert isinstance(base, int)
        split.append(tokens(str(content)) if base < 0 else apply_patch(split[base], content))  # type: ignore[arg-type]
    return {str(entry[0]): "".join(html) for entry, html in zip(table, split, strict=True)}


def test_unpacked_answers_are_what_python_renders() -> None:
    widget = _demo()
    answers = cold_answers(widget, "demo", {})["out"]
    assert unpack(json.loads(json.dumps(packed(answers)))) == answers
    assert set(answers) == {"", "model=b%26c", "rank=1", "rank=2", "rank=4", "rank=16"}


def test_a_base_stands_before_the_entries_that_use_it() -> None:
    for position, entry in enumerate(packed(cold_answers(_demo(), "demo", {})["out"])):
        assert entry[1] < position


def test_keys_name_only_what_differs_from_the_default() -> None:
    defaults = {"a": "1", "count:votes": "0"}
    assert cold_key(("a", "count:votes"), defaults, defaults) == ""
    assert cold_key(("a", "count:votes"), {"a": "x y", "count:votes": "3"}, defaults) == "a=x%20y&count:votes=3"


def test_neighbours_differ_from_the_default_in_one_field() -> None:
    fields = _demo().fields_of({})
    start = default_state(fields)
    states = list(neighbours(fields))
    assert states[0] == start
    assert all(sum(state[name] != start[name] for name in start) == 1 for state in states[1:])


def test_an_author_may_choose_the_defaults() -> None:
    html = render_frame(_demo(), "d", {"defaults": {"rank": "4"}})
    assert "<p>a at <b>4</b> of d</p>" in html
    assert 'value="4" min="1"' in html


def test_bad_texts_become_problems_and_the_default_is_shown() -> None:
    view = view_of(_demo(), "d", {}, {"rank": "99", "unknown": "x"})
    assert view.values["rank"] == 8
    assert list(view.problems) == ["rank"]
    assert "unknown" not in view.state


@given(st.text(max_size=100))
def test_json_in_a_page_cannot_end_its_script_element(text: str) -> None:
    written = json_for_script({"text": text})
    assert "<" not in written
    assert json.loads(written) == {"text": text}
