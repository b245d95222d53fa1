"""The same state gives byte-identical HTML in CPython and in the browser's Python."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Visits
from widgets.core.fields import Number, Several
from widgets.core.precompute import neighbours
from widgets.core.registry import MODULES, get_widget
from widgets.core.widget import Content, Widget, default_state, render_parts, view_of
from widgets.gallery.labs.preferences import stock

pytestmark = pytest.mark.browser

PAGES = {
    "lora-rank": "lessons/lora.html",
    "human-rater": "lessons/rlhf.html",
    "method-comparison": "lessons/which-method.html",
    "quiz": "lessons/summary-and-quiz.html",
    "pretrain-lab": "lessons/pre-training.html",
    "sft-lab": "lessons/sft.html",
    "lora-lab": "lessons/lora.html",
    "qlora-lab": "lessons/qlora.html",
    "rlhf-lab": "lessons/rlhf.html",
    "dpo-lab": "lessons/dpo.html",
    "script-builder": "lessons/pipeline.html",
}
RANDOM_STATES = 40

RENDER = """async ([widget, states]) => {
  const script = [...document.scripts].map(({ src }) => src).find((src) => src.includes("assets/course/"));
  const manifest = await (await fetch(new URL("manifest.json", script))).json();
  const { client } = await import(new URL(manifest.find(({ name }) => name === "python.js").file, script));
  const answers = [];
  for (const state of states) answers.push(await client.render(widget, state));
  return answers;
}"""
ELEMENT = re.compile(
    r'<ft-widget name="([^"]+)" id="([^"]+)".*?<script type="application/json" class="ft-payload">(.*?)</script>', re.S
)


def random_text(chance: random.Random, field: Any, content: Content) -> str:
    """Draw a text for a field: one of its variations, a number in its range, or nonsense that must be explained."""
    if chance.random() < 0.1:
        return chance.choice(["", "nonsense", "<b>", "-1", "1e400", "é🙂" * 20])
    if isinstance(field, Number) and field.whole:
        return str(chance.randint(int(field.minimum), int(field.maximum)))
    if isinstance(field, Several):
        return ",".join(text for text, _ in field.options if chance.random() < 0.5)
    if field.name == "votes":
        pairs = [pair["id"] for pair in content["pairs"]] if content else [pair.pair_id for pair in stock()]
        return ",".join(f"{pair}:{chance.choice(['a', 'b', 'tie'])}" for pair in pairs[: chance.randint(0, len(pairs))])
    return chance.choice(field.variations())


def states_of(widget: Widget, content: Content) -> list[dict[str, str]]:
    """List the states whose answers are shipped with the page, then random ones."""
    fields = widget.fields_of(content)
    start = default_state(fields)
    states = [
        {**start, **state} for state in (widget.cold_states(content) if widget.cold_states else neighbours(fields))
    ]
    chance = random.Random(f"{widget.name} 1")
    return states + [
        {field.name: random_text(chance, field, content) for field in fields} for _ in range(RANDOM_STATES)
    ]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_cpython_and_the_browser_render_the_same_bytes(visit: Visits, built_site: Path, name: str) -> None:
    html = (built_site / PAGES[name]).read_text(encoding="utf-8")
    widget_id, payload = next((found[1], found[2]) for found in ELEMENT.findall(html) if found[0] == name)
    opening = json.loads(payload)["opening"]
    content = json.loads(opening)["content"]
    widget = get_widget(name)
    states = states_of(widget, content)
    page = visit.open(PAGES[name])
    answers = page.evaluate(RENDER, [{"key": "test", "widgetId": widget_id, "opening": opening}, states])
    for state, answer in zip(states, answers, strict=True):
        assert answer == dict(render_parts(widget, view_of(widget, widget_id, content, state))), state


def test_every_widget_is_compared() -> None:
    assert set(PAGES) == set(MODULES)
