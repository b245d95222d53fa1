"""The script that each lab offers runs natively, as it is copied from the page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.labs.voting.pairs import as_text, stock
from widgets.gallery.labs.voting.votes import Vote, own_preferences
from widgets.gallery.registry import get_widget
from widgets.site.sources.folders import ROOT

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


NEW = replace(stock()[3], response_a=stock()[3].response_b, response_b=stock()[3].response_a)
CHOICES = list(map(Vote, [pair.pair_id for pair in (*stock()[:3], NEW)], ("a", "b", "tie", "a")))
OWN_VOTES = {"votes": ",".join(f"{pair_id}:{choice}" for pair_id, choice in CHOICES), "drawn": as_text([NEW])}
"""Votes of a reader: two that count and a tie on recorded pairs, and one on a pair that was sampled in the tab."""


def copied_script(lab: str, changes: dict[str, str]) -> str:
    """Take the script out of the page's HTML, as its button does."""
    widget = get_widget(lab)
    html = render_parts(widget, view_of(widget, lab, {}, {**default_state(widget.fields({})), **changes}))["script"]
    found = re.search(rf'<code id="{lab}-script">(.*?)</code>', html, re.DOTALL)
    assert found
    return unescape(found[1])


def run_script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a program of its own."""
    path = folder / "copied.py"
    path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-W", "error", str(path)], env=environment, cwd=folder, capture_output=True, text=True
    )


@pytest.mark.parametrize("lab", LABS)
def test_the_script_of_a_lab_runs_as_copied(lab: str, tmp_path: Path) -> None:
    changes, last_words = LABS[lab]
    done = run_script(copied_script(lab, changes), tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(last_words + r".*\n$", done.stdout), done.stdout


@pytest.mark.parametrize("lab", LABS)
def test_the_script_says_what_every_setting_says(lab: str) -> None:
    assert copied_script(lab, {}) != copied_script(lab, LABS[lab][0])
    compile(copied_script(lab, LABS[lab][0]), f"{lab}.py", "exec")


@pytest.mark.parametrize(
    ("lab", "changes", "count", "last_words"),
    [
        ("rlhf-lab", {"simulated_votes": "0", "rounds": "5"}, 3, r"round   5  reward .*\n.*wrong: \d+%"),
        ("dpo-lab", {"simulated_votes": "10", "steps": "10"}, 13, r"step  10  loss .*\n.*wrong: \d+%"),
    ],
)
def test_the_script_trains_on_the_readers_own_votes(
    lab: str, changes: dict[str, str], count: int, last_words: str, tmp_path: Path
) -> None:
    script = copied_script(lab, {**changes, **OWN_VOTES})
    assert ("SimulatedRater" in script) == (changes["simulated_votes"] != "0")
    votes = own_preferences(CHOICES, [NEW])
    done = run_script(
        f"{script}\nimport json\nprint(len(votes), json.dumps([str(vote) for vote in votes[:3]]))", tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert re.search(last_words + rf".*\n{count} ", done.stdout), done.stdout
    assert json.loads(done.stdout.splitlines()[-1].partition(" ")[2]) == [str(vote) for vote in votes]


@pytest.mark.parametrize("lab", ["rlhf-lab", "dpo-lab"])
def test_the_script_invents_no_votes(lab: str, tmp_path: Path) -> None:
    script = copied_script(lab, {"simulated_votes": "0"})
    assert "simulated_votes" not in script
    done = run_script(script, tmp_path)
    assert done.returncode == 1
    assert "needs at least one vote" in done.stderr


@pytest.mark.parametrize("lab", ["rlhf-lab", "dpo-lab"])
def test_the_script_is_written_anew_after_each_vote(lab: str) -> None:
    part = next(part for part in get_widget(lab).parts({}) if part.name == "script")
    assert {"votes", "drawn"} <= set(part.depends_on)
