"""The contract of a widget: fields make a state, parts make HTML from it.

A widget is plain data and pure functions. Its HTML consists of named **parts**; each part says on which fields
it depends and is a function of those alone. From that follows everything else: the whole static page at build,
the answers shipped with the page (:mod:`widgets.core.precompute`), and the answers of Python in the reader's tab.

Buttons and controls declare in ``data-*`` attributes what they do to the state, so no script holds any of a widget's
logic. ``contract.md`` beside this file is the whole contract on one page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any, TypeVar
from urllib.parse import quote

from widgets.core.errors import WidgetError, not_allowed
from widgets.core.fields import Field, FieldError, Fields, State
from widgets.core.html import Html, element, join

Content = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class View:
    """What a part sees. ``view[RANK]`` is the value of the field ``RANK``, with its type.

    Attributes:
        id: The widget's id on the page; prefix of every id that the part writes.
        content: The widget's content from the build, JSON-like (a quiz's questions, the pairs to rate).
        values: The value of each field, by its name; the default where the text was not allowed.
        state: The text of each field.
        problems: For each field whose text was not allowed, what to tell the reader.
    """

    id: str
    content: Content
    values: Mapping[str, Any]
    state: State
    problems: Mapping[str, str]

    def __getitem__(self, field: Field[T]) -> T:
        """Give the value of a field of the widget, found by the field's name."""
        value: T = self.values[field.name]
        return value


@dataclass(frozen=True)
class Part:
    """A piece of a widget's HTML.

    Attributes:
        name: Unique in the widget.
        depends_on: The fields of which it is a function. ``count:FIELD`` stands for the number of items
            in a list field, ``sum:NAME`` for the total of all ``data-sum-NAME`` attributes in the widget.
        render: View → HTML. Pure: the same view gives the same bytes anywhere.
        cold: For a part with ``sum:`` dependencies, its answers for every total: content →
            pairs of ({dependency: text}, HTML). Other parts are precomputed from the widget's cold states.
        announce: True when a change is read out by screen readers (politely).
    """

    name: str
    depends_on: tuple[str, ...]
    render: Callable[[View], Html]
    cold: Callable[[Content], Iterable[tuple[Mapping[str, str], Html]]] | None = None
    announce: bool = False


@dataclass(frozen=True)
class RunStep:
    """What a long run tells the page from time to time.

    Attributes:
        parts: New HTML of parts, by name.
        done, total: How far the run is, in steps.
        text: The same in words, with figures.
        fields: New texts of fields: what the run leaves in the widget's state, for example its result.
    """

    parts: Mapping[str, Html]
    done: int
    total: int
    text: str
    fields: State = dataclass_field(default_factory=dict)


def no_fields(content: Content) -> Fields:
    """Give no fields, for a widget without a state."""
    return ()


@dataclass(frozen=True)
class Widget:
    """One interactive element of the course.

    Attributes:
        name: Registry key and fence name; the registry says in which folder the widget lives.
        title: Heading of the widget on the page.
        summary: What it lets the reader do, one sentence; read out as the widget's description.
        parts: Content → parts, in the order in which they stand on the page.
        fields: Content → fields.
        needs_file: True when the fence must name a content file (``file: NAME``).
        cold_states: Content → states answered without Python. By default the default state and every state
            that differs from it in one field.
        run: View and action → steps of a long run, for widgets that train.
        runs_on: Names of fields whose change starts the run with the action ``run`` (a slider that trains).
        place_of: Content → name under which stored fields are kept, for example ``quiz/lora``; by default
            the widget's name and id. Readers find their answers again wherever the same place is shown.
    """

    name: str
    title: str
    summary: str
    parts: Callable[[Content], tuple[Part, ...]]
    fields: Callable[[Content], Fields] = no_fields
    needs_file: bool = False
    cold_states: Callable[[Content], Iterable[State]] | None = None
    run: Callable[[View, str], Iterator[RunStep]] | None = None
    runs_on: tuple[str, ...] = ()
    place_of: Callable[[Content], str] | None = None

    def fields_of(self, content: Content) -> Fields:
        """Give the fields, with the defaults that the page's author chose (``content["defaults"]``)."""
        fields, chosen = self.fields(content), content.get("defaults")
        if not chosen:
            return fields
        return tuple(replace(field, default=chosen[field.name]) if field.name in chosen else field for field in fields)


def borrowed(widget: Widget, name: str, content: Content | None = None) -> Field[object]:
    """Give a stored field of another widget, to be read: so one page can show what was done on another.

    Args:
        widget: Whose field it is.
        name: The field's name there.
        content: That widget's content, if its place on the device depends on it.

    Returns:
        A field with the same rules, named ``WIDGET_NAME``, with underscores for hyphens.

    Raises:
        WidgetError: The widget has no such stored field, or keeps it under an id that differs from page to page.
    """
    stored = {field.name: field for field in widget.fields(content or {}) if field.stored}
    if name not in stored:
        raise WidgetError(not_allowed(f"stored field of {widget.name}", name, stored))
    if widget.place_of is None:
        raise WidgetError(f"{widget.name} has no place of its own on the reader's device, so its fields cannot be read")
    own_name = f"{widget.name}_{name}".replace("-", "_")
    return replace(stored[name], name=own_name, kept_as=(widget.place_of(content or {}), name))


def default_state(fields: Iterable[Field[object]]) -> dict[str, str]:
    """Give the state in which the reader has changed nothing."""
    return {field.name: field.default for field in fields}


def neighbours(fields: Iterable[Field[object]]) -> Iterator[dict[str, str]]:
    """Give the default state, then every state that differs from it in one field."""
    fields = tuple(fields)
    start = default_state(fields)
    yield start
    for field in fields:
        for text in field.variations():
            if text != field.default:
                yield {**start, field.name: text}


def view_of(widget: Widget, widget_id: str, content: Content, state: State) -> View:
    """Read a state, however it came here, into a view: unknown fields are ignored, bad texts explained."""
    return read_state(widget.fields_of(content), widget_id, content, state)


def read_state(fields: Iterable[Field[object]], widget_id: str, content: Content, state: State) -> View:
    """Do the same for the fields of a widget, for those who read many of its states."""
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in fields:
        text = state.get(field.name, field.default)
        try:
            values[field.name], texts[field.name] = field.parse(text), text
        except FieldError as error:
            values[field.name], texts[field.name] = field.parse(field.default), field.default
            problems[field.name] = str(error)
    return View(widget_id, content, values, texts, problems)


def render_parts(widget: Widget, view: View, names: Collection[str] | None = None) -> dict[str, Html]:
    """Render parts of a widget, and ``problems``, the list of what was wrong with the state.

    Args:
        widget: The widget.
        view: What its parts see.
        names: The parts that are wanted; by default all.
    """
    wanted = [part for part in widget.parts(view.content) if names is None or part.name in names]
    rendered = {part.name: part.render(view) for part in wanted}
    rendered["problems"] = problem_list(view.problems)
    return rendered


def problem_list(problems: Mapping[str, str]) -> Html:
    """Write what was wrong with the state; each item names its field so that the control can point to it."""
    return join(element("p", text, class_="ft-problem", data_problem=name) for name, text in problems.items())


def button(
    label: str,
    action: str,
    *,
    commit: str = "",
    sets: Mapping[str, str] | None = None,
    append: str = "",
    drop: str = "",
    primary: bool = False,
    **attributes: str | bool | None,
) -> Html:
    """Build a button that declares what it does to the state (see ``contract.md``).

    Args:
        label: What the reader sees.
        action: Name of the action.
        commit: Names of fields whose controls are taken over, separated by spaces.
        sets: Texts that fields get.
        append: ``FIELD=TEXT``: an item added to a list field.
        drop: A list field that loses its last item.
        primary: True for the one main button of the widget.
        **attributes: Further attributes.
    """
    settings = "&".join(f"{name}={quote(text, safe='')}" for name, text in (sets or {}).items())
    return element(
        "button",
        label,
        type="button",
        class_="ft-button ft-primary" if primary else "ft-button",
        data_action=action,
        data_commit=commit or None,
        data_set=settings or None,
        data_append=append or None,
        data_drop=drop or None,
        **attributes,
    )


def check_defaults(widget: Widget, content: Content, options: Mapping[str, object]) -> dict[str, str]:
    """Read the fence's options for a widget's fields: the author's defaults.

    Args:
        widget: The widget.
        content: Its content.
        options: What the fence says beside ``name``, ``id`` and ``file``.

    Returns:
        The new default text of each named field.

    Raises:
        WidgetError: If an option is unknown or its value is not allowed.
    """
    fields = {field.name: field for field in widget.fields(content) if not field.stored}
    chosen: dict[str, str] = {}
    for name, value in options.items():
        if name not in fields:
            raise WidgetError(not_allowed(f"option of {widget.name}", name, ["name", "id", *fields]))
        if isinstance(value, bool):
            text = "on" if value else "off"
        elif isinstance(value, (str, int, float)):
            text = str(value)
        else:
            raise WidgetError(f"option {name} of {widget.name} must be text or a number; found {value!r}")
        fields[name].parse(text)
        chosen[name] = text
    return chosen
