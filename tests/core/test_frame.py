"""What stands around the parts of a widget: what is read out when, and what the data of the page hold."""

from __future__ import annotations

import json
import re

from widgets.core.frame import render_frame
from widgets.core.html import element
from widgets.core.widget import Part, Widget

WIDGET = Widget(
    name="sample",
    title="A <sample>",
    summary="It shows two parts.",
    parts=lambda content: (
        Part("summary", (), lambda view: element("p", "8"), announce=True),
        Part("table", (), lambda view: element("p", "</script>")),
    ),
)


def opening_tag(html: str, attribute: str) -> str:
    found = re.search(rf"<div\b[^>]*{attribute}[^>]*>", html)
    assert found, f"nothing has {attribute}"
    return found[0]


def test_a_part_that_is_announced_is_read_out_politely_and_another_is_not() -> None:
    html = render_frame(WIDGET, "w", {})
    assert 'aria-live="polite"' in opening_tag(html, 'data-part="summary"')
    assert "aria-live" not in opening_tag(html, 'data-part="table"')


def test_what_was_refused_interrupts_and_the_status_waits_its_turn() -> None:
    html = render_frame(WIDGET, "w", {})
    assert 'role="alert"' in opening_tag(html, 'data-part="problems"')
    assert 'role="status"' in opening_tag(html, 'class="ft-status"')


def test_the_data_end_where_their_script_element_ends_whatever_they_hold() -> None:
    html = render_frame(WIDGET, "w", {"text": "</script><!--"})
    found = re.search(r'<script[^>]*class="ft-payload"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert found
    assert json.loads(found[1])["title"] == "A <sample>"
    assert html.count("</script>") == 1
