"""Table, verdict, answers and chart of a lab speak of the same run."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from widgets.core.widget import default_state, render_parts, view_of
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.labs.runs import Run, as_text
from widgets.gallery.labs.selection import Selection, beside
from widgets.gallery.registry import get_widget

ONE = Run({"rank": "1", "seed": "0"}, {}, (1,), {"loss": (1.0,)})
TWO = Run({"rank": "8", "seed": "0"}, {}, (1,), {"loss": (1.0,)})


def rendered(lab: str, **changes: str) -> dict[str, str]:
    """Render every part of a lab for the default state with these changes."""
    widget = get_widget(lab)
    state = {**default_state(widget.fields({})), **changes}
    return dict(render_parts(widget, view_of(widget, lab, {}, state)))


def changed(run: Run, settings: dict[str, str] | None = None, **figures: float) -> Run:
    """Give a run with other settings and figures."""
    return replace(run, settings={**run.settings, **(settings or {})}, figures={**run.figures, **figures})


def test_the_run_is_the_readers_last_or_the_recorded_one_with_the_defaults() -> None:
    defaults = {"rank": "1", "seed": "0"}
    assert Selection((), (ONE, TWO), defaults).run is ONE
    assert Selection((), (TWO, ONE), defaults).run is ONE
    assert Selection((), (TWO,), defaults).run is TWO
    assert Selection((ONE, TWO), (ONE,), defaults).run is TWO


def test_runs_of_one_name_are_told_apart_by_the_settings_that_differ() -> None:
    other = replace(TWO, settings={"rank": "8", "seed": "5"})
    own, shown = Selection((ONE, TWO, other), (), {"rank": "1", "seed": "0"}).named(
        lambda run: f"r = {run.settings['rank']}"
    )
    assert [label for label, _ in own] == ["1: r = 1", "2: r = 8, seed 0", "3: r = 8, seed 5"]
    assert shown == []


def test_what_is_compared_agrees_in_the_settings_that_must() -> None:
    other = replace(ONE, settings={"rank": "1", "seed": "5"})
    assert beside(TWO, (ONE, other), ("seed",), lambda run: True) is ONE
    assert beside(TWO, (other,), ("seed",), lambda run: True) is None


@pytest.mark.parametrize(("lab", "guess"), [("sft-lab", "90-100"), ("lora-lab", "90-100")])
def test_the_verdict_is_on_the_last_run(lab: str, guess: str) -> None:
    run = changed(recorded(lab).runs[-1], {"rank": "1"} if lab == "lora-lab" else {})
    bad, good = changed(run, held_out_accuracy=0.2), changed(run, held_out_accuracy=0.95)
    assert "came to 95.0\xa0%: you were right" in rendered(lab, guess=guess, runs=as_text([bad, good]))["results"]
    html = rendered(lab, guess=guess, runs=as_text([good, bad]))["results"]
    assert "came to 20.0\xa0%: that was off" in html
    assert 'value="0.2" data-metric="held_out_accuracy"' in html
    broken = changed(good, diverged_step=2, diverged_rate=0.1, kept_step=1)
    assert "You guessed" not in rendered("sft-lab", guess=guess, runs=as_text([broken]))["results"]


def test_the_guess_of_the_first_loss_is_compared_with_the_last_run() -> None:
    run = recorded("pretrain-lab").runs[0]
    runs = as_text([run, changed(run, first_loss=5.5)])
    assert "your last run began at 5.50 nats" in rendered("pretrain-lab", guess="ln", runs=runs)["results"]


def test_qlora_grades_the_pair_that_it_shows() -> None:
    lora, nf4 = recorded("qlora-lab").runs
    old = [changed(lora, held_out_accuracy=0.9), changed(nf4, held_out_accuracy=0.5)]
    new = [
        changed(lora, {"rank": "4"}, held_out_accuracy=0.99),
        changed(nf4, {"rank": "4"}, held_out_accuracy=0.98),
    ]
    html = rendered("qlora-lab", guess="0-1", runs=as_text([*old, *new]))["results"]
    assert "cost 1.0 points" in html
    assert re.findall(r'value="([\d.]+)" data-metric="held_out_accuracy"', html) == ["0.99", "0.98"]
    # Two tabs may have left their pairs in turns.
    html = rendered("qlora-lab", runs=as_text([old[0], new[0], new[1], old[1]]))["results"]
    assert re.findall(r'value="([\d.]+)" data-metric="held_out_accuracy"', html) == ["0.9", "0.5"]


def test_dpo_grades_the_runs_that_stand_side_by_side_and_takes_no_run_without_a_penalty() -> None:
    [dpo], (held, free) = recorded("dpo-lab").runs, recorded("rlhf-lab").runs
    slow, fast = changed(dpo, train_seconds=1.0), changed(dpo, train_seconds=0.5)
    held = changed(held, train_seconds=5.0)
    runs = {"dpo_runs": as_text([slow, fast]), "ppo_runs": as_text([held, changed(free, train_seconds=50.0)])}
    parts = rendered("dpo-lab", guess_faster="5-20", **runs)
    assert "DPO took 0.5 s and PPO 5.0 s, 10.0 times as long: you were right" in parts["results"]
    assert re.findall(r"PPO, KL coefficient ([\d.]+)", parts["results"]) == [held.settings["kl_coeff"]]
    alone = rendered("dpo-lab", guess_faster="5-20", dpo_runs=runs["dpo_runs"], ppo_runs=as_text([free]))
    assert "No PPO run of yours with a KL penalty" in alone["results"]
    assert "After PPO" not in alone["answers"]


def test_rlhf_speaks_of_the_last_pair_of_runs_with_and_without_a_penalty() -> None:
    held, free = recorded("rlhf-lab").runs
    runs = [changed(free, wrong_share=0.9), held, changed(free, wrong_share=0.4), changed(held, wrong_share=0.1)]
    html = rendered("rlhf-lab", guess="higher-more", ppo_runs=as_text(runs))["results"]
    assert "40.0\xa0% of the answers are wrong instead of 10.0\xa0%" in html
    assert "40 % of the answers are wrong instead of 10 %" in html
    assert html.index('value="0.1" data-metric="wrong_share"') < html.index('value="0.9" data-metric="wrong_share"')
