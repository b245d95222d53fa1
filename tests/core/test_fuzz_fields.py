"""Whatever stands in the address bar or in storage: a field takes it or explains, and all of it is escaped."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import HUGE, INJECTIONS, attack_in, fuzz, texts
from widgets.core.fields import Field, FieldError
from widgets.core.widget import Content, default_state, problem_list, render_parts, view_of
from widgets.gallery.registry import MODULES, get_widget
from widgets.site.sources.content import load_content

QUICK = ("lora-rank", "human-rater", "method-comparison", "quiz")
"""Widgets whose parts are worked out in a few milliseconds; a lab's are mostly records that no text changes."""


@cache
def content_of(name: str) -> Content:
    return load_content(name, "module" if name == "quiz" else None)


def all_fields() -> list[tuple[str, Field]]:
    return [(name, field) for name in sorted(MODULES) for field in get_widget(name).fields_of(content_of(name))]


@cache
def states_of(name: str) -> st.SearchStrategy[dict[str, str]]:
    """Draw a state: each field as it is, at one of its own texts, or hostile."""
    return st.fixed_dictionaries(
        {
            field.name: st.one_of(
                st.just(field.default), st.sampled_from(sorted(set(field.variations()))), st.just(field.default), texts
            )
            for field in get_widget(name).fields_of(content_of(name))
        }
    )


def check_field(field: Field, text: str) -> None:
    problem = ""
    try:
        field.parse(text)
    except FieldError as error:
        problem = str(error)
    assert len(problem) < 2000, "a huge text is not repeated whole"
    assert attack_in(problem_list({field.name: problem})) == ""


@fuzz
@given(st.sampled_from([field for _, field in all_fields() if not field.stored]), texts)
def test_a_field_takes_a_text_from_the_address_or_explains_it(field: Field, text: str) -> None:
    check_field(field, text)


@fuzz
@given(st.sampled_from([field for _, field in all_fields() if field.stored]), texts)
def test_a_field_takes_a_text_from_storage_or_explains_it(field: Field, text: str) -> None:
    check_field(field, text)


@cache
def own_of(name: str) -> dict[str, str]:
    """Find what looks like injected markup in a widget's own parts."""
    parts = render_parts(get_widget(name), view_of(get_widget(name), "w", content_of(name), {}))
    return {part: attack_in(html) for part, html in parts.items()}


@fuzz
@given(st.sampled_from(QUICK).flatmap(lambda name: st.tuples(st.just(name), states_of(name))))
def test_a_hostile_state_gives_whole_parts_without_its_markup(drawn: tuple[str, dict[str, str]]) -> None:
    name, state = drawn
    parts = render_parts(get_widget(name), view_of(get_widget(name), "w", content_of(name), state))
    assert {part: attack_in(html) for part, html in parts.items()} == own_of(name)
    assert sum(map(len, parts.values())) < 400_000


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
