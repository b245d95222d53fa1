"""Each lab has a button that sets its settings back, and touches nothing that is kept on the device."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import pytest

from widgets.core.fields import HiddenValue
from widgets.core.widget import check_defaults, default_state, render_parts, view_of
from widgets.gallery.registry import MODULES, get_widget

LABS = [name for name in MODULES if name.endswith("-lab")]
BUTTON = re.compile(r'data-action="reset" data-set="([^"]*)">Reset settings</button>')


def sets_of(name: str, content: dict[str, Any]) -> dict[str, str]:
    """Give the fields that a lab's button sets."""
    widget = get_widget(name)
    view = view_of(widget, name, content, default_state(widget.fields_of(content)))
    [found] = BUTTON.findall(render_parts(widget, view)["start"])
    return dict(parse_qsl(unescape(found), keep_blank_values=True))


@pytest.mark.parametrize("name", LABS)
def test_every_setting_with_a_control_is_set_back_and_nothing_that_is_stored(name: str) -> None:
    fields = [field for field in get_widget(name).fields_of({}) if not isinstance(field, HiddenValue)]
    sets = sets_of(name, {})
    assert sets == {field.name: field.default for field in fields if not field.stored}
    assert {"learning_rate", "seed"} <= set(sets)
    assert not {"runs", "guess", "votes", "question"} & set(sets)


def test_the_defaults_are_those_of_the_pages_author() -> None:
    widget = get_widget("sft-lab")
    content = {"defaults": check_defaults(widget, {}, {"steps": 50, "style": "friendly"})}
    assert sets_of("sft-lab", content) == {**sets_of("sft-lab", {}), "steps": "50", "style": "friendly"}
