"""The script that each lab offers runs natively, as it is copied from the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from widgets.core.registry import get_widget
from widgets.core.widget import default_state, render_parts, view_of
from widgets.site.folders import ROOT

LABS: dict[str, tuple[dict[str, str], str]] = {
    "pretrain-lab": ({"steps": "20"}, r"loss on fresh text: \d\.\d+ nats"),
    "sft-lab": ({"steps": "30", "style": "mixed", "loss_on": "everything"}, r"after SFT: \d+\.\d%"),
    "lora-lab": ({"steps": "20", "rank": "4", "target_modules": "q,v"}, r"merged: +\d+\.\d%"),
    "qlora-lab": ({"steps": "20", "double_quantization": "off"}, r"NF4: \d+\.\d%"),
    "rlhf-lab": (
        {"rounds": "5", "kl_coeff": "0.1", "noise": "0.1", "start": "own"},
        r"round   5  reward [+-]\d\.\d\d  KL \d\.\d\d nats\n.*wrong: \d+%",
    ),
    "dpo-lab": ({"steps": "10", "taste": "full-terse-friendly"}, r"step  10  loss 0\.\d+ .*\n.*wrong: \d+%"),
}
"""Short settings of each lab, and what its script prints at the end."""


def copied_script(lab: str, changes: dict[str, str]) -> str:
    """Take the script out of the page's HTML, as its button does."""
    widget = get_widget(lab)
    html = render_parts(widget, view_of(widget, lab, {}, {**default_state(widget.fields({})), **changes}))["script"]
    found = re.search(rf'<code id="{lab}-script">(.*?)</code>', html, re.DOTALL)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("lab", LABS)
def test_the_script_of_a_lab_runs_as_copied(lab: str, tmp_path: Path) -> None:
    changes, last_words = LABS[lab]
    path = tmp_path / "copied.py"
    path.write_text(copied_script(lab, changes), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert re.search(last_words + r".*\n$", done.stdout), done.stdout


@pytest.mark.parametrize("lab", LABS)
def test_the_script_says_what_every_setting_says(lab: str) -> None:
    assert copied_script(lab, {}) != copied_script(lab, LABS[lab][0])
    compile(copied_script(lab, LABS[lab][0]), f"{lab}.py", "exec")
