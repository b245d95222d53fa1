"""A lab as a description, and the widget that is built from it.

A lab is a folder: ``view.py`` describes it and writes its HTML, and never needs the engine; ``run.py`` trains, and is
imported when a run begins. It offers ``ACTIONS``: action → function of the view that gives the steps of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from widgets.core.errors import WidgetError, not_allowed
from widgets.core.fields import Fields
from widgets.core.html import Html
from widgets.core.widget import Content, Part, RunStep, View, Widget, button, default_state
from widgets.gallery.labs.curves import LOG_LOSS, Axes
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.selection import Selection


@dataclass(frozen=True)
class Lab:
    """What a lab is.

    Attributes:
        name: Of the widget, of its recorded run and of the model that it keeps.
        title: Heading of the widget on the page.
        summary: What it lets the reader do, one sentence.
        fields: Content → its settings, the reader's guess and question, and what earlier runs left.
        parts: Content → parts, in the order in which they stand on the page.
        name_of: Run → what it is called beside others.
        run_module: Its ``run.py``; imported when a run begins.
        actions: What ``run.py`` can do.
        forgets: The fields that are emptied when the reader deletes runs and model.
        buttons: Those that train.
        charts: What the charts show of the runs, by the ending of the chart's id.
        own_runs: The field with the reader's runs.
        steps: The field that says how many steps a run makes.
        place: Name under which stored fields are kept; ``lab/NAME`` if not given.
        runs_on: Names of fields whose change starts a run.
    """

    name: str
    title: str
    summary: str
    fields: Callable[[Content], Fields]
    parts: Callable[[Content], tuple[Part, ...]]
    name_of: Callable[[Run], str]
    run_module: str
    actions: tuple[str, ...]
    forgets: tuple[str, ...]
    buttons: tuple[Html, ...] = (button("Train", "run", primary=True),)
    charts: Mapping[str, Axes] = field(default_factory=lambda: {"chart": LOG_LOSS})
    own_runs: str = "runs"
    steps: str = "steps"
    place: str = ""
    runs_on: tuple[str, ...] = ()

    def widget(self) -> Widget:
        """Build the widget."""
        return Widget(
            name=self.name,
            title=self.title,
            summary=self.summary,
            parts=self.parts,
            fields=self.fields,
            run=self.begin,
            runs_on=self.runs_on,
            place_of=lambda content: self.place or f"lab/{self.name}",
        )

    def begin(self, view: View, action: str) -> Iterator[RunStep]:
        """Run an action, step by step; only now is the engine imported.

        Raises:
            WidgetError: The lab has no such action.
        """
        if action not in self.actions:
            raise WidgetError(not_allowed(f"action of {self.name}", action, self.actions))
        yield from import_module(self.run_module).ACTIONS[action](view)

    def selection(self, view: View) -> Selection:
        """Give the runs that the lab shows."""
        return Selection(view.values[self.own_runs], recorded(self.name).runs, default_state(self.fields({})))
