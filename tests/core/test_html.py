"""Everything that becomes markup is escaped, exactly once."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.core.html import Html, element, escape, join, metric

HOSTILE = "<script>alert(1)</script>\"'&amp;\x00</textarea><img src=x onerror=alert(1)>"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(max_size=200) | st.just(HOSTILE))
def test_text_and_attributes_never_become_markup(text: str) -> None:
    parser = _Tags()
    parser.feed(element("p", text, title=text))
    parser.close()
    assert [tag for tag, _ in parser.tags] == ["p"]
    assert list(parser.tags[0][1]) == ["title"]


def test_markup_goes_in_unescaped_and_text_escaped() -> None:
    assert join(element("b", "x"), "<b>") == "<b>x</b>&lt;b&gt;"
    assert isinstance(join("x"), Html)


def test_floats_are_refused_because_rounding_is_the_authors_decision() -> None:
    with pytest.raises(TypeError, match="float"):
        element("p", 0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="format it as text"):
        element("p", width=0.5)  # type: ignore[arg-type]


def test_attributes_true_false_none_and_names() -> None:
    assert element("input", hidden=True, checked=False, title=None, data_x_y=3) == '<input hidden data-x-y="3">'


def test_void_and_raw_elements_are_guarded() -> None:
    with pytest.raises(ValueError, match="cannot have children"):
        element("br", "x")
    with pytest.raises(ValueError, match="not built here"):
        element("script", "x")


def test_escape_covers_every_character_with_a_meaning() -> None:
    assert escape('&<>"') == "&amp;&lt;&gt;&quot;"


def test_metric_carries_name_and_machine_readable_value() -> None:
    assert metric("kl_nats", "0.25", "0.25 nats") == '<data value="0.25" data-metric="kl_nats">0.25 nats</data>'
