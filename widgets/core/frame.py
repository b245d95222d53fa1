"""The whole of a widget as it stands in the built page: complete HTML, with its cold answers beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from widgets.core.fields import Field, HiddenValue, controls
from widgets.core.html import Html, element, join
from widgets.core.precompute import cold_answers, dependency_defaults, packed
from widgets.core.widget import Content, Widget

NO_SCRIPT = (
    "This part is interactive and needs JavaScript, which is off or did not load. "
    "What you see is its answer for the settings shown."
)


def json_for_script(data: Mapping[str, object]) -> str:
    """Write JSON that can stand inside a ``<script>`` element whatever texts are in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        text.replace("<", "\\u003c").replace(">", "\\u003e").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )


def title_of(widget: Widget, content: Content) -> str:
    """Give the heading: the content's own title (a quiz has one), or else the widget's."""
    return str(content.get("title") or widget.title)


def payload_of(widget: Widget, widget_id: str, content: Content) -> dict[str, Any]:
    """Collect what the page's script must know about a widget: its fields, its parts and their cold answers."""
    fields = widget.fields_of(content)
    answers = cold_answers(widget, widget_id, content)
    parts = [
        {
            "name": part.name,
            "on": list(part.depends_on),
            "defaults": dependency_defaults(part, fields),
            "cold": packed(answers[part.name]),
        }
        for part in widget.parts(content)
    ]
    return {
        "title": title_of(widget, content),
        "place": widget.place_of(content) if widget.place_of else f"{widget.name}/{widget_id}",
        "fields": [_field(field) for field in fields],
        "parts": parts,
        "runs_on": list(widget.runs_on),
        "opening": opening_of(widget, content),
    }


def opening_of(widget: Widget, content: Content) -> str:
    """Write what Python needs to know of a widget: its name and its content.

    The page hands this JSON text on without reading it, so its numbers keep their form (``1.0`` stays ``1.0``), and
    Python need not read the rest of the payload.
    """
    return json.dumps({"widget": widget.name, "content": content}, ensure_ascii=False, separators=(",", ":"))


def _field(field: Field[object]) -> dict[str, object]:
    data: dict[str, object] = {
        "name": field.name,
        "default": field.default,
        "stored": field.stored,
        "max": field.max_length,
    }
    if field.kept_as:
        data["kept_as"] = list(field.kept_as)
    elif isinstance(field, HiddenValue) and field.most_items:
        data["most"] = field.most_items
    return data


def render_frame(widget: Widget, widget_id: str, content: Content) -> Html:
    """Build the ``<ft-widget>`` element of a page.

    Args:
        widget: The widget.
        widget_id: Its id on the page.
        content: Its content, JSON-like.
    """
    payload = payload_of(widget, widget_id, content)
    fields = widget.fields_of(content)
    parts = [
        element(
            "div",
            Html(entry["cold"][0][2]),
            class_=f"ft-part ft-part-{part.name}",
            data_part=part.name,
            aria_live="polite" if part.announce else None,
        )
        for part, entry in zip(widget.parts(content), payload["parts"], strict=True)
    ]
    rows = controls(fields, widget_id)
    has_controls = any(not isinstance(field, HiddenValue) for field in fields)
    settings = element("div", rows, class_="ft-controls") if has_controls else None
    data = Html(f'<script type="application/json" class="ft-payload">{json_for_script(payload)}</script>')
    return element(
        "ft-widget",
        element("h3", title_of(widget, content), class_="ft-title", id=f"{widget_id}-title"),
        element("p", widget.summary, class_="ft-summary"),
        element("noscript", element("p", NO_SCRIPT, class_="ft-note")),
        element(
            "form",
            settings,
            element("div", class_="ft-part ft-part-problems", data_part="problems", role="alert"),
            parts,
            class_="ft-form",
            aria_labelledby=f"{widget_id}-title",
            novalidate=True,
        ),
        element("div", class_="ft-status", role="status"),
        join(data),
        name=widget.name,
        id=widget_id,
        data_state="static",
        data_search_exclude=True,
    )
