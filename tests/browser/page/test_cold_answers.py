"""The page's script puts together, from what travels with a page, the very answers that Python prepared."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from widgets.core.frame import payload_of
from widgets.core.precompute import cold_answers
from widgets.gallery.registry import MODULES
from widgets.site.markdown.fences import parse_fence
from widgets.site.node import node_command

SCRIPT = Path(__file__).with_name("cold_answers.mjs")
FENCES = {name: f"name: {name}" for name in MODULES if name != "quiz"} | {"quiz": "name: quiz\nfile: module"}


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_prepared_answer_is_put_together_again(name: str):
    placed = parse_fence("widget", FENCES[name])
    payload = payload_of(placed.widget, placed.widget_id, placed.content)
    result = subprocess.run(
        [*node_command(), str(SCRIPT)],
        input=json.dumps(payload),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    assert json.loads(result.stdout) == cold_answers(placed.widget, placed.widget_id, placed.content)
