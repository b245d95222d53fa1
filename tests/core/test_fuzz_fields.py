"""Whatever stands in the address bar or in storage: a field takes it or explains, and all of it is escaped."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import HUGE, INJECTIONS, attack_in, fuzz, fuzz_slow, texts
from widgets.core.fields import Field, FieldError
from widgets.core.registry import MODULES, get_widget
from widgets.core.widget import Content, Widget, default_state, problem_list, render_parts, view_of
from widgets.site.sources import load_content

QUICK = ("lora-rank", "human-rater", "method-comparison", "quiz")
"""Widgets whose parts are worked out in a few milliseconds; a lab's are mostly records that no text changes."""


@cache
def content_of(name: str) -> Content:
    return load_content(name, "module" if name == "quiz" else None)


def all_fields() -> list[tuple[str, Field]]:
    return [(name, field) for name in sorted(MODULES) for field in get_widget(name).fields_of(content_of(name))]


def stateful(widget: Widget, content: Content) -> st.SearchStrategy[dict[str, str]]:
    """Draw a state: each field as it is, at one of its own texts, or hostile."""
    return st.fixed_dictionaries(
        {
            field.name: st.one_of(
                st.just(field.default), st.sampled_from(sorted(set(field.variations()))), st.just(field.default), texts
            )
            for field in widget.fields_of(content)
        }
    )


@fuzz
@given(st.sampled_from(all_fields()), texts)
def test_a_field_takes_a_text_or_explains_it(named: tuple[str, Field], text: str) -> None:
    _, field = named
    problem = ""
    try:
        field.parse(text)
    except FieldError as error:
        problem = str(error)
    assert len(problem) < 2000, "a huge text is not repeated whole"
    assert attack_in(problem_list({field.name: problem})) == ""


@pytest.mark.parametrize("name", QUICK)
def test_a_hostile_state_gives_whole_parts_without_its_markup(name: str) -> None:
    widget, content = get_widget(name), content_of(name)
    own = attack_in("".join(render_parts(widget, view_of(widget, "w", content, {})).values()))

    @fuzz_slow
    @given(stateful(widget, content))
    def check(state: dict[str, str]) -> None:
        parts = render_parts(widget, view_of(widget, "w", content, state))
        html = "".join(parts.values())
        assert attack_in(html) == own
        assert len(html) < 400_000

    check()


@pytest.mark.parametrize("name", sorted(set(MODULES) - set(QUICK)))
def test_a_lab_passes_over_every_injection_in_each_of_its_fields(name: str) -> None:
    widget, content = get_widget(name), content_of(name)
    fields = widget.fields_of(content)
    own = attack_in("".join(render_parts(widget, view_of(widget, "w", content, {})).values()))
    for field in fields:
        for text in (*INJECTIONS[:4], "\ud800", HUGE[0], "nan"):
            state = {**default_state(fields), field.name: text}
            html = "".join(render_parts(widget, view_of(widget, "w", content, state)).values())
            assert attack_in(html) == own, (field.name, text)
