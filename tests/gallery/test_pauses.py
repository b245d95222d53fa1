"""A lab lets a cancel in often enough: between two of its steps it never works for long.

A cancel may take 300 ms. Measured in processor time, so that a busy machine changes little.
"""

from __future__ import annotations

import time

import pytest

from widgets.core.registry import get_widget
from widgets.core.widget import default_state, view_of

LONGEST_SECONDS = 0.3

RUNS = [
    ("sft-lab", "run", {"steps": "30"}),
    ("lora-lab", "run", {"steps": "30"}),
    ("qlora-lab", "run", {"steps": "30"}),
    ("pretrain-lab", "run", {"steps": "40"}),
    ("rlhf-lab", "run", {"rounds": "5", "simulated_votes": "200"}),
    ("rlhf-lab", "draw", {}),
    ("dpo-lab", "run", {"simulated_votes": "200"}),
]


@pytest.mark.parametrize(("lab", "action", "changes"), RUNS)
def test_between_two_steps_of_a_run_there_is_little_work(lab: str, action: str, changes: dict[str, str]) -> None:
    widget = get_widget(lab)
    assert widget.run
    steps = widget.run(view_of(widget, lab, {}, {**default_state(widget.fields({})), **changes}), action)
    pauses: list[tuple[float, str]] = []
    started = time.process_time()
    for step in steps:
        pauses.append((time.process_time() - started, step.text))
        started = time.process_time()
    # Modules are imported and the kernels loaded in the first step of the first run.
    assert max(pauses[1:]) < (LONGEST_SECONDS, ""), max(pauses[1:])
