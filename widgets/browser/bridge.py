"""Python's side of the worker: text in, JSON text out.

The worker (``worker/boot.js``) imports this module in Pyodide and calls its functions. They hold nothing of a browser,
so the tests call them in CPython. Every function answers ``{"problem": …, "detail": …}`` instead of raising: an
exception that crosses into JavaScript would lose its words. ``"is_broken": true`` beside them says that this Python can
answer nothing more and wants to be replaced.
"""

from __future__ import annotations

import gc
import json
import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec

import widgets
from widgets.core.errors import CourseError, EngineError, WidgetError
from widgets.core.widget import Content, RunStep, Widget, render_parts, view_of
from widgets.gallery.registry import get_widget

Answer = Mapping[str, Any]
P = ParamSpec("P")

IN_THE_TAB = ("core", "catalog", "engine", "recipes", "world", "gallery", "quiz")
"""The packages that travel to the tab, and whose modules a memory snapshot holds."""

NOT_IN_THE_TAB = frozenset(
    {
        "widgets.catalog.arithmetic",
        "widgets.core.frame",
        "widgets.core.precompute",
        "widgets.engine.build",
        "widgets.gallery.human_rater.pairs",
        "widgets.quiz.validation",
    }
)
"""Modules in them that only the build of the site uses; they stay behind."""

_opened: dict[str, tuple[Widget, str, Content]] = {}
_runs: dict[int, Iterator[RunStep]] = {}


def in_json(function: Callable[P, Answer]) -> Callable[P, str]:
    """Let a function answer in JSON text, and put what it raises into words."""

    @wraps(function)
    def answering(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            answer = function(*args, **kwargs)
        except CourseError as error:
            answer = {"problem": str(error), "detail": ""}
        except MemoryError:
            # WebAssembly's memory never shrinks, so whoever tries again here would meet the same end.
            problem = "The browser has no memory left for this."
            answer = {"problem": problem, "detail": traceback.format_exc(), "is_broken": True}
        except Exception:  # whatever a widget raises, the page must be able to say so
            answer = {"problem": "Python found an error in this widget.", "detail": traceback.format_exc()}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))

    return answering


@in_json
def open_widget(key: str, widget_id: str, opening: str) -> Answer:
    """Take note of a widget of the page.

    Args:
        key: The page's name for this very widget.
        widget_id: Its id on the page.
        opening: Its name and content (see :func:`widgets.core.frame.opening_of`).
    """
    data = json.loads(opening)
    _opened[key] = (get_widget(data["widget"]), widget_id, data["content"])
    return {}


@in_json
def render(key: str, state: str, parts: str = "null") -> Answer:
    """Work out parts of an opened widget in a state, and the problems of that state.

    Args:
        key: The page's name for the widget.
        state: JSON: field → text.
        parts: JSON: the names of the parts that the page asks for, since it has prepared answers for the others;
            ``null`` for all.

    Raises:
        WidgetError: In words: if the page sent something else.
    """
    widget, widget_id, content = _opened[key]
    view = view_of(widget, widget_id, content, _texts(state))
    return {"parts": render_parts(widget, view, _names(parts))}


@in_json
def begin(run: int, key: str, state: str, action: str) -> Answer:
    """Begin a long run of an opened widget.

    Args:
        run: The run's number.
        key: The page's name for the widget.
        state: JSON: field → text.
        action: The ``data-action`` of the button.

    Raises:
        WidgetError: In words: if the widget cannot run, or if a setting is not allowed; then nothing starts.
    """
    widget, widget_id, content = _opened[key]
    texts = _texts(state)
    if widget.run is None:
        raise WidgetError(f"{widget.name} has nothing to run")
    view = view_of(widget, widget_id, content, texts)
    if view.problems:
        raise WidgetError("Not started. " + ". ".join(view.problems.values()))
    _runs[run] = widget.run(view, action)
    return {}


def _texts(state: str) -> dict[str, str]:
    """Read a state.

    Raises:
        WidgetError: If it is anything but texts under the names of fields.
    """
    texts = json.loads(state)
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise WidgetError("The page sent settings that are not texts.")
    return texts


def _names(parts: str) -> list[str] | None:
    """Read a list of names, or ``null``.

    Raises:
        WidgetError: If it is anything but a list of texts, or ``null``.
    """
    names = json.loads(parts)
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise WidgetError("The page asked for parts whose names are not texts.")
    return names


@in_json
def advance(run: int) -> Answer:
    """Carry a run to its next step: ``{"parts", "done", "total", "text", "fields"}``, or ``{}`` after the last one."""
    step = next(_runs[run], None)
    if step is None:
        return {}
    fields = {"fields": dict(step.fields)} if step.fields else {}
    return {"parts": dict(step.parts), "done": step.done, "total": step.total, "text": step.text, **fields}


@in_json
def end(run: int) -> Answer:
    """Forget a run, finished or not; a generator gets to close what it holds."""
    steps = _runs.pop(run, None)
    close = getattr(steps, "close", None)
    if close is not None:
        close()
    return {}


def prepare() -> None:
    """Import every module that a widget may need, before a memory snapshot is taken.

    Raises:
        EngineError: If the kernels are loaded already: a snapshot cannot hold them.
    """
    root = Path(widgets.__path__[0])
    for package in IN_THE_TAB:
        # By their sources: the kernels beside them would be taken for modules, too.
        for source in sorted((root / package).rglob("*.py")):
            name = ".".join(source.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
            if name not in NOT_IN_THE_TAB:
                import_module(name)
    if import_module("widgets.engine.library").library.cache_info().currsize:
        raise EngineError("the kernels were loaded while modules were imported, so no snapshot can be taken")
    gc.collect()


def wake() -> None:
    """Make good after a start from a snapshot what is the same in each copy: the state of :mod:`random`."""
    random.seed()
