"""The stand-in for the browser's Python answers as Python does, keeps pages apart, and steps when it is told."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.components.stand_in import RUNTIME, WORKER, StandIn
from tests.journeys import repeat_until
from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.registry import get_widget
from widgets.site.sources.content import load_content

pytestmark = pytest.mark.browser


def ask(stand_in: StandIn, worker: str, call: str, *given: Any) -> Any:
    """Ask as the page's worker does."""
    return json.loads(stand_in.answer(json.dumps({"worker": worker, "call": call, "given": given}).encode()))


def opened(stand_in: StandIn, worker: str, name: str) -> None:
    """Tell a worker of a widget of the gallery."""
    opening = json.dumps({"widget": name, "content": load_content(name)})
    assert ask(stand_in, worker, "open_widget", name, name, opening) == {}


def state_of(name: str, **texts: str) -> str:
    """Give a state of a widget as the page sends it."""
    return json.dumps(default_state(get_widget(name).fields_of(load_content(name))) | texts)


def test_it_gives_the_bytes_that_the_pages_hold(stand_in: StandIn) -> None:
    opened(stand_in, "one", "lora-rank")
    answer = ask(stand_in, "one", "render", "lora-rank", state_of("lora-rank", rank="13"))
    widget, content = get_widget("lora-rank"), load_content("lora-rank")
    state = {**default_state(widget.fields_of(content)), "rank": "13"}
    assert answer == {"parts": dict(render_parts(widget, view_of(widget, "lora-rank", content, state)))}


def test_a_page_knows_nothing_of_another(stand_in: StandIn) -> None:
    opened(stand_in, "one", "lora-rank")
    assert "problem" in ask(stand_in, "two", "render", "lora-rank", state_of("lora-rank"))


def test_a_run_takes_as_many_steps_as_it_may(stand_in: StandIn) -> None:
    opened(stand_in, "one", "sft-lab")
    assert ask(stand_in, "one", "begin", 1, "sft-lab", state_of("sft-lab", steps="10"), "run") == {}
    stand_in.allow(2)
    steps: list[Any] = []
    run = threading.Thread(target=lambda: steps.extend(ask(stand_in, "one", "advance", 1) for _ in range(3)))
    run.start()
    repeat_until(lambda: stand_in.steps == 0, lambda: run.join(0.02))
    assert run.is_alive(), "the third step waits"
    stand_in.allow(None)
    run.join(30)
    assert [step["total"] for step in steps] == [10, 10, 10]


def test_it_takes_the_place_of_the_worker_and_of_what_that_loads_only(stand_in: StandIn) -> None:
    assert stand_in.body("assets/course/worker-0123456789.js.gz") == WORKER
    assert {stand_in.body(f"assets/course/{name.replace('*', 'x')}") for name in RUNTIME} == {b"stand-in"}
    assert stand_in.body("assets/course/python-0123456789.js") is None


@pytest.mark.python
def test_a_test_that_needs_python_itself_has_no_stand_in(stand_in: StandIn | None) -> None:
    assert stand_in is None
