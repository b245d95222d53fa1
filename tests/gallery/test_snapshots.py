"""Golden HTML: what each widget shows in its default state, made from content that only the tests use.

Look at the difference before you update it:

python -m pytest tests/gallery/test_snapshots.py --update-snapshots
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.samples import PAIRS, QUIZ
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.registry import MODULES, get_widget
from widgets.site.sources.content import load_content

SAMPLES = {"quiz": QUIZ, "human-rater": PAIRS}
"""In place of what authors write: a new question or pair changes no golden file."""

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"


def golden(name: str) -> str:
    """Render the parts of a widget in its default state, one element a line so that differences can be read."""
    widget = get_widget(name)
    content = SAMPLES.get(name) or load_content(name)
    content.pop("checked", None)  # a date and versions, which change with every check
    view = view_of(widget, name, content, default_state(widget.fields_of(content)))
    parts = render_parts(widget, view)
    return "".join(f"<!-- {part} -->\n{html.replace('><', '>' + chr(10) + '<')}\n" for part, html in parts.items())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_the_default_state_looks_as_before(name: str, request: pytest.FixtureRequest) -> None:
    path = SNAPSHOTS / f"{name}.html"
    html = golden(name)
    if request.config.getoption("--update-snapshots"):
        path.write_text(html, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == html


def test_every_snapshot_belongs_to_a_widget() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.html")} == set(MODULES)
