"""The same state gives byte-identical HTML in CPython and in the browser's Python."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page

from tests.components.conftest import Visits
from tests.site_server import serving
from widgets.catalog.architectures import ARCHITECTURES
from widgets.catalog.models import ModelConfig, find_problems
from widgets.core.fields import Field, Number, Several
from widgets.core.widget import Content, Part, Widget, default_state, neighbours, render_parts, view_of
from widgets.gallery.human_rater.vote_files import to_jsonl
from widgets.gallery.labs.voting.pairs import stock
from widgets.gallery.registry import MODULES, get_widget
from widgets.quiz.numeric import Numeric
from widgets.quiz.question import ATTEMPTS
from widgets.quiz.quiz import quiz_of
from widgets.site.sources.folders import DOCS, QUIZZES
from widgets.site.sources.pages import page_paths, read_page

pytestmark = [pytest.mark.browser, pytest.mark.python]

PAGES: dict[str, str] = {}
"""Name of a widget → a page that places it. A new widget's fence puts it here."""

for path in page_paths():
    for fence in read_page(path).fences:
        if fence.language == "widget":
            PAGES.setdefault(yaml.safe_load(fence.text)["name"], path.relative_to(DOCS).with_suffix(".html").as_posix())

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
    if isinstance(field, Number):
        return str(chance.randint(int(field.minimum), int(field.maximum)))
    if isinstance(field, Several):
        return ",".join(text for text, _ in field.options if chance.random() < 0.5)
    if field.name == "votes":
        return votes_on(chance, content, chance.randint(0, len(pair_ids(content))))
    if field.name == "import_jsonl":
        ids = [pair["id"] for pair in content["pairs"] if chance.random() < 0.7]
        votes = [(pair_id, chance.choice("ab")) for pair_id in ids]
        return to_jsonl(content["pairs"], votes) + chance.choice(["", "", '{"promt": "x"}\n', "["])
    if field.name == "asking":
        return chance.choice(["on", "off"])
    return chance.choice(field.variations())


def pair_ids(content: Content) -> list[str]:
    """List the pairs to vote on: the human rater's are in its content, the labs' stock is in the package."""
    return [pair["id"] for pair in content["pairs"]] if "pairs" in content else [pair.pair_id for pair in stock()]


def votes_on(chance: random.Random, content: Content, number: int) -> str:
    """Vote on the first pairs."""
    return ",".join(f"{pair_id}:{chance.choice(['a', 'b', 'tie'])}" for pair_id in pair_ids(content)[:number])


def random_dimensions(chance: random.Random) -> dict[str, str]:
    """Draw the dimensions of a model that could exist, as the rank explorer's fields hold them."""
    model_type = chance.choice(sorted(ARCHITECTURES))
    key_value_heads = chance.randint(1, 16)
    heads = key_value_heads * chance.randint(1, 8)
    sizes = {
        "vocab_size": chance.randint(1, 300_000),
        "hidden_size": heads * chance.randint(1, 128),
        "intermediate_size": chance.randint(1, 40_000),
        "num_hidden_layers": chance.randint(1, 100),
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "head_dim": 2 * chance.randint(1, 128),
    }
    tied, bias = chance.random() < 0.5, ARCHITECTURES[model_type].obeys_attention_bias and chance.random() < 0.5
    config = ModelConfig("custom", "custom", model_type, **sizes, tie_word_embeddings=tied, attention_bias=bias)
    assert find_problems(config) == {}
    toggles = {"tie_word_embeddings": tied, "attention_bias": bias}
    return {
        "model": "custom",
        "model_type": model_type,
        **{name: str(size) for name, size in sizes.items()},
        **{name: "on" if is_on else "off" for name, is_on in toggles.items()},
    }


def random_answers(chance: random.Random, content: Content) -> dict[str, str]:
    """Answer some questions of a quiz as a reader could: by a choice, several, or a number typed."""
    attempt = chance.randrange(ATTEMPTS)
    state = {"attempt": str(attempt)}
    for question in quiz_of(content).questions:
        texts = ["", *question.answer_texts(attempt)]
        if isinstance(question, Numeric):
            right = question.wording(attempt).answer
            texts += [str(right), f"{right * chance.uniform(0.9, 1.1):.4g}", f"{chance.uniform(-1, 3) * right:.3g}"]
        state[question.id] = chance.choice(texts)
    return state


def graded_answers(content: Content, attempt: int, points: int, answered: int) -> dict[str, str]:
    """Answer the first questions of a quiz, so many of them right and the others wrong."""
    state = {}
    for place, question in enumerate(quiz_of(content).questions[:answered]):
        wanted, parse = int(place < points), question.field.parse
        state[question.id] = next(
            text
            for text in question.answer_texts(attempt)
            if (found := question.grade(attempt, parse(text))).points == wanted and found.is_answered
        )
    return state


def states_behind(part: Part, content: Content, start: dict[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Give a state, and the part's prepared HTML, for each answer that the part prepares by itself."""
    for texts, html in part.cold(content) if part.cold else ():
        state = start | {name: text for name, text in texts.items() if ":" not in name}
        if "count:votes" in texts:
            number = int(texts["count:votes"])
            state["votes"] = votes_on(random.Random(number), content, number)
        if "sum:answered" in texts:
            state |= graded_answers(
                content, int(texts["attempt"]), int(texts["sum:points"]), int(texts["sum:answered"])
            )
        yield state, html


def random_states(widget: Widget, content: Content, fields: Sequence[Field], number: int) -> Iterator[dict[str, str]]:
    """Draw states: every text by itself, and where texts must fit together, every second time such as do."""
    chance = random.Random(f"{widget.name} 1")
    for place in range(number):
        state = {field.name: random_text(chance, field, content) for field in fields}
        if widget.name == "quiz" and place % 4:
            state |= random_answers(chance, content)
        if widget.name == "lora-rank" and place % 2:
            state |= random_dimensions(chance)
        yield state


def states_of(widget: Widget, content: Content, number: int = RANDOM_STATES) -> list[dict[str, str]]:
    """List the states whose answers are shipped with the page, then random ones."""
    fields = widget.fields_of(content)
    start = default_state(fields)
    shipped = widget.cold_states(content) if widget.cold_states else neighbours(fields)
    return [*({**start, **state} for state in shipped), *random_states(widget, content, fields, number)]


def compare(page: Page, widget: Widget, widget_id: str, opening: str, number: int) -> int:
    """Compare all states of a widget whose answers are prepared, and random ones; give how many there were."""
    content = json.loads(opening)["content"]
    start = default_state(widget.fields_of(content))
    states = states_of(widget, content, number)
    prepared = [(part.name, *found) for part in widget.parts(content) for found in states_behind(part, content, start)]
    for _, state, _ in prepared:
        if state not in states:
            states.append(state)
    answers = page.evaluate(RENDER, [{"key": widget_id, "widgetId": widget_id, "opening": opening}, states])
    for state, answer in zip(states, answers, strict=True):
        assert answer == dict(render_parts(widget, view_of(widget, widget_id, content, state))), state
    for part, state, html in prepared:
        assert answers[states.index(state)][part] == html, (part, state)
    return len(states)


def widgets_on(page: Path, name: str) -> list[tuple[str, str]]:
    """List a page's widgets of one kind: id and opening message."""
    found = ELEMENT.findall(page.read_text(encoding="utf-8"))
    return [(widget_id, json.loads(payload)["opening"]) for kind, widget_id, payload in found if kind == name]


@pytest.fixture(scope="module")
def page(chromium: Browser, built_site: Path) -> Iterator[Page]:
    """Open one page for all widgets, so that Python is started once."""
    with serving(built_site) as server:
        visits = Visits(chromium, server.url)
        yield visits.open("index.html")
        visits.close()
    visits.check()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_cpython_and_the_browser_render_the_same_bytes(page: Page, built_site: Path, name: str) -> None:
    widget_id, opening = widgets_on(built_site / PAGES[name], name)[0]
    assert compare(page, get_widget(name), widget_id, opening, RANDOM_STATES) > RANDOM_STATES


def test_they_render_the_same_bytes_for_every_quiz(page: Page, built_site: Path) -> None:
    quizzes = dict(found for path in sorted(built_site.rglob("*.html")) for found in widgets_on(path, "quiz"))
    assert {json.loads(opening)["content"]["quiz"] for opening in quizzes.values()} == {
        path.stem for path in QUIZZES.glob("*.yml")
    }
    for widget_id, opening in quizzes.items():
        compare(page, get_widget("quiz"), widget_id, opening, RANDOM_STATES // 4)


def test_every_widget_is_compared() -> None:
    assert {*PAGES, "quiz"} == set(MODULES)
