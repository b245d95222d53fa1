"""A lab is a description; its view needs no engine, and its run.py does what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import import_module

import pytest

from widgets.core.errors import WidgetError
from widgets.core.precompute import neighbours
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.labs.lab import Lab
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.voting.pairs import DrawnPairs
from widgets.gallery.registry import MODULES, get_widget
from widgets.site.sources.folders import ROOT

LABS = [name for name in MODULES if name.endswith("-lab")]
BUTTON = re.compile(r'<button[^>]* data-action="([^"]+)"([^>]*)>')


def lab_of(name: str) -> Lab:
    """Give the description of a lab."""
    lab = import_module(MODULES[name]).LAB
    assert isinstance(lab, Lab)
    return lab


@pytest.mark.parametrize("name", LABS)
def test_run_does_what_the_lab_names(name: str) -> None:
    lab = lab_of(name)
    assert lab.name == name
    assert lab.run_module == MODULES[name].replace(".view", ".run")
    assert set(import_module(lab.run_module).ACTIONS) == set(lab.actions)
    with pytest.raises(WidgetError, match=f'unknown action of {name} "rum"'):
        next(lab.begin(view_of(get_widget(name), name, {}, {}), "rum"))


@pytest.mark.parametrize("name", LABS)
def test_every_button_that_starts_something_has_its_action(name: str) -> None:
    widget, lab = get_widget(name), lab_of(name)
    starting: set[str] = set()
    for deleting in ("off", "on"):
        state = {**default_state(widget.fields({})), "deleting": deleting}
        html = "".join(render_parts(widget, view_of(widget, name, {}, state)).values())
        starting |= {action for action, rest in BUTTON.findall(html) if action == "run" or "data-run" in rest}
    assert starting == set(lab.actions)


@pytest.mark.parametrize("name", LABS)
def test_deleting_asks_first_and_says_the_same_everywhere(name: str) -> None:
    widget = get_widget(name)
    start = default_state(widget.fields_of({}))
    html = render_parts(widget, view_of(widget, name, {}, start))["start"]
    assert html.count("Delete my runs and my model") == 1
    assert 'data-action="forget"' not in html
    asked = render_parts(widget, view_of(widget, name, {}, {**start, "deleting": "on"}))["start"]
    assert re.search(r'data-action="forget" data-set="deleting=off" data-run>Yes, delete them<', asked)
    assert 'data-set="deleting=off">No, keep them<' in asked
    assert any(state["deleting"] == "on" for state in neighbours(widget.fields_of({})))  # asked without Python


@pytest.mark.parametrize("name", LABS)
def test_deleting_empties_what_runs_left(name: str) -> None:
    lab = lab_of(name)
    field = lab.own_runs
    state = {**default_state(lab.fields({})), "deleting": "on", field: recorded(name).fields[field]}
    [step] = lab.begin(view_of(get_widget(name), name, {}, state), "forget")
    assert step.fields == {**dict.fromkeys(lab.forgets, ""), "deleting": "off"}
    assert "Really delete" not in step.parts["start"]
    assert "Recorded run" in step.parts["results"]


@pytest.mark.parametrize("name", LABS)
def test_a_lab_is_shown_without_the_engine(name: str) -> None:
    """The page is rendered in a Python that has no engine but for the tokenizer, and no recipes."""
    program = (
        "import sys, json\n"
        "import widgets.engine.tokenizer\n"
        "class Refused:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith(('widgets.engine.', 'widgets.recipes.')): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refused())\n"
        "from widgets.gallery.registry import get_widget\n"
        "from widgets.core.widget import default_state, render_parts, view_of\n"
        f"widget = get_widget('{name}')\n"
        f"view = view_of(widget, '{name}', {{}}, default_state(widget.fields({{}})))\n"
        "print(json.dumps(render_parts(widget, view)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    widget = get_widget(name)
    assert json.loads(done.stdout) == render_parts(widget, view_of(widget, name, {}, default_state(widget.fields({}))))


def test_reading_no_drawn_pairs_writes_no_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widgets.gallery.labs.voting.pairs.questions_by_text", lambda split: pytest.fail("written"))
    assert DrawnPairs("drawn", "The sampled pairs", "").parse("") == ()
