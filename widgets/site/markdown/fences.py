"""Fences: ``widget``, ``quiz``, ``math``, ``sources``, ``bibliography`` and ``lessons`` become HTML.

SuperFences calls a formatter with the fence's text only: neither page nor line is known here. So
:mod:`widgets.site.checks.check` finds the fences itself, with page and line, and runs first in every build; the errors
raised here stop the build all the same (an ordinary exception would leave a code block and exit status 0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import yaml
from markdown import Markdown
from pymdownx.superfences import SuperFencesException

from widgets.core.errors import CourseError, WidgetError, not_allowed
from widgets.core.frame import render_frame
from widgets.core.html import Html, element
from widgets.core.widget import Content, Widget, check_defaults
from widgets.gallery.registry import MODULES, get_widget
from widgets.site.markdown import mathematics
from widgets.site.markdown.lesson_links import lesson_cards, page_of
from widgets.site.sources import bibliography
from widgets.site.sources.content import load_content

OWN_OPTIONS = ("name", "id", "file")


@dataclass(frozen=True)
class Placed:
    """A widget as a fence places it: which, under which id, with what content."""

    widget: Widget
    widget_id: str
    content: Content


def parse_fence(language: str, text: str) -> Placed:
    """Read a ``widget`` or ``quiz`` fence.

    Args:
        language: ``widget`` or ``quiz``.
        text: The fence's YAML body.

    Raises:
        CourseError: If the YAML, the widget, an option or the named file is wrong. For YAML that does not
            parse, ``yaml.YAMLError`` is wrapped; its message has the line inside the fence.
    """
    options = fence_options(language, text)
    if "name" not in options:
        raise WidgetError(f"the widget fence has no `name:`; allowed: {', '.join(MODULES)}")
    return place(get_widget(str(options["name"])), options)


@lru_cache(maxsize=1024)
def fence_options(language: str, text: str) -> Mapping[str, Any]:
    """Read the options of a ``widget`` or ``quiz`` fence; a quiz gets its ``name``.

    Raises:
        WidgetError: If the body is not valid YAML or no mapping, or a quiz has a name.
    """
    try:
        options = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise WidgetError(f"the {language} fence is not valid YAML: {error}") from error
    if not isinstance(options, dict):
        raise WidgetError(f"the {language} fence must hold `name: value` lines; found {options!r}")
    if language == "quiz":
        if "name" in options:
            raise WidgetError("a quiz fence names its quiz with `file:`, not with `name:`")
        options = {"name": "quiz", **options}
    return MappingProxyType(options)


def id_of(options: Mapping[str, Any]) -> str:
    """Give the id of the widget that a fence with these options places."""
    name = str(options.get("name", ""))
    return str(options.get("id", f"quiz-{options.get('file')}" if name == "quiz" else name))


def place(widget: Widget, options: Mapping[str, Any]) -> Placed:
    """Load a widget's content and check the fence's options against its fields."""
    file = options.get("file")
    if widget.needs_file and not isinstance(file, str):
        raise WidgetError(f"{widget.name} needs `file: NAME`; found {file!r}")
    if file is not None and not widget.needs_file:
        raise WidgetError(not_allowed(f"option of {widget.name}", "file", ["name", "id"]))
    content = dict(load_content(widget.name, file))
    chosen = {name: value for name, value in options.items() if name not in OWN_OPTIONS}
    defaults = check_defaults(widget, content, chosen)
    if defaults:
        content["defaults"] = defaults
    widget_id = id_of(options)
    if not widget_id.replace("-", "").isalnum() or not widget_id[0].isalpha() or not widget_id.isascii():
        raise WidgetError(f'id "{widget_id}" must be letters, digits and hyphens and begin with a letter')
    return Placed(widget, widget_id, content)


def render_fence(language: str, text: str) -> Html:
    """Render a ``widget`` or ``quiz`` fence to the whole element."""
    placed = parse_fence(language, text)
    return render_frame(placed.widget, placed.widget_id, placed.content)


def _formatter(render: Callable[[str, str], str], source: str, language: str) -> str:
    try:
        return render(language, source)
    except CourseError as error:
        raise SuperFencesException(str(error)) from error


def widget_fence(source: str, language: str, *_: Any, **__: Any) -> str:
    """Format a ``widget`` or ``quiz`` fence (SuperFences calls this)."""
    return _formatter(render_fence, source, language)


def math_fence(source: str, language: str, *_: Any, **__: Any) -> str:
    """Format a ``math`` fence as a displayed formula (SuperFences calls this)."""

    def render(_: str, text: str) -> str:
        return element(
            "div",
            mathematics.mathml(text, display=True),
            class_="ft-math",
            tabindex="0",
            role="group",
            aria_label="Formula",
            data_search_exclude=True,
        )

    return _formatter(render, source, language)


def sources_fence(source: str, language: str, *_: Any, **__: Any) -> str:
    """Format a ``sources`` fence as a list of references (SuperFences calls this)."""
    return _formatter(lambda _, text: bibliography.render_sources(text), source, language)


def lessons_fence(source: str, language: str, _: str, __: object, md: Markdown, **___: Any) -> str:
    """Format a ``lessons`` fence as the cards of all lessons (SuperFences calls this)."""
    return _formatter(lambda *_: lesson_cards(page_of(md)), source, language)


def bibliography_fence(source: str, language: str, *_: Any, **__: Any) -> str:
    """Format a ``bibliography`` fence as the list of all references (SuperFences calls this)."""
    return _formatter(lambda *_: bibliography.render_all(), source, language)
