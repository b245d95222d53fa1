"""A lab lets a cancel in often enough: between two of its steps it never works for long.

A cancel may take 300 ms. Measured in training steps of the model (about 9 ms each), taken side by side in one run, so
that a slow or busy machine changes little.
"""

from __future__ import annotations

import time
from statistics import median

import pytest

from widgets.core.widget import default_state, view_of
from widgets.gallery.registry import get_widget
from widgets.recipes import sft
from widgets.world import qa_pairs
from widgets.world.model import base_model

MOST_STEPS = 33

RUNS = [
    ("sft-lab", "run", {"steps": "30"}),
    ("lora-lab", "run", {"steps": "30"}),
    ("qlora-lab", "run", {"steps": "30"}),
    ("pretrain-lab", "run", {"steps": "40"}),
    ("rlhf-lab", "run", {"rounds": "5", "simulated_votes": "200"}),
    ("rlhf-lab", "draw", {}),
    ("dpo-lab", "run", {"simulated_votes": "200"}),
]


@pytest.fixture(scope="module")
def step_seconds() -> float:
    """Measure a training step: the median of some, in processor time."""
    taken = []
    started = time.process_time()
    for _ in sft.train(base_model(), qa_pairs("train", "mixed"), sft.SFTConfig(steps=15)):
        taken.append(time.process_time() - started)
        started = time.process_time()
    return median(taken)


@pytest.mark.parametrize(("lab", "action", "changes"), RUNS)
def test_between_two_steps_of_a_run_there_is_little_work(
    lab: str, action: str, changes: dict[str, str], step_seconds: float
) -> None:
    widget = get_widget(lab)
    assert widget.run
    steps = widget.run(view_of(widget, lab, {}, {**default_state(widget.fields({})), **changes}), action)
    pauses: list[tuple[float, str]] = []
    started = time.process_time()
    for step in steps:
        pauses.append(((time.process_time() - started) / step_seconds, step.text))
        started = time.process_time()
    # Modules are imported and the kernels loaded in the first step of the first run.
    assert max(pauses[1:]) < (MOST_STEPS, ""), max(pauses[1:])
