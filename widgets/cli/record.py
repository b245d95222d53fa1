"""Record the runs that the built pages show: ``python -m widgets.cli.record [LAB …]``.

Each lab runs natively with its default settings, exactly as in the reader's tab, and what it leaves is written to
``widgets/world/recorded``.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from widgets.core.widget import default_state, view_of
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.answers import samples
from widgets.gallery.labs.pretrain.run import continuations
from widgets.gallery.labs.recorded import recorded
from widgets.gallery.registry import get_widget
from widgets.recipes.evaluation import answer_questions, evaluate, text_loss
from widgets.world.model import manifest, stage_model, stages

FOLDER = Path(__file__).parents[1] / "world" / "recorded"
LABS: dict[str, tuple[dict[str, str], ...]] = {
    "sft-lab": ({},),
    "lora-lab": (
        {"action": "full"},
        {"rank": "1"},
        {"rank": "8"},
        {"action": "adapter-off"},
        {"action": "merge"},
    ),
    "qlora-lab": ({},),
    "rlhf-lab": ({}, {"kl_coeff": "0"}),
    "dpo-lab": ({},),
    "pretrain-lab": ({},),
}
"""For each lab what is recorded: the settings that differ from the defaults, and the action if it is not ``run``."""


def base_facts() -> dict[str, Any]:
    """Judge the base model, and say on what."""
    base = trained_models.base()
    return {
        "fields": {},
        "base": {"held_out_accuracy": round(evaluate(base).exact_match, 4), "text_loss": round(text_loss(base), 4)},
        "base_answers": answer_questions(base, samples()),
        "made_with": f"Python {platform.python_version()} on {platform.machine()}",
        "base_sha256": trained_models.base_digest(),
    }


def record(lab: str, settings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Run a lab and give what it leaves in its state, and what else its page shows.

    Args:
        lab: The lab's name.
        settings: What to run, as in `LABS`.
    """
    widget = get_widget(lab)
    assert widget.run is not None
    left: dict[str, str] = {}
    for changed in settings:
        state = {**default_state(widget.fields({})), **left, **changed}
        for step in widget.run(view_of(widget, lab, {}, state), changed.get("action", "run")):
            left |= step.fields
    return {**left, "stages": stages_text()} if lab == "pretrain-lab" else left


def stages_text() -> str:
    """Write the completions at every checkpoint, as `widgets.gallery.labs.pretrain.parts.checkpoints` reads them."""
    training = manifest()["training"]
    tokens = training["batch_size"] * training["window"]
    return "\n".join(
        f"{stage.step}:{stage.step * tokens}:{stage.text_loss:.4f}:{'|'.join(continuations(stage_model(stage.step)))}"
        for stage in stages()
    )


def main(labs: Sequence[str]) -> None:
    """Record some labs, or all."""
    for lab in labs or LABS:
        path = FOLDER / f"{lab}.json"
        facts = base_facts()
        write(path, facts)  # the lab itself reads it
        write(path, {**facts, "fields": record(lab, LABS[lab])})
        print(path)


def write(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a lab's file and have it read anew."""
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    recorded.cache_clear()


if __name__ == "__main__":
    main(sys.argv[1:])
