"""Write the rows and the reward model that scripts of the sample ask for: ``python -m tests.lessons.script_data HOME``.

Adds to a hub cache (:mod:`tests.lessons.hub_cache`) the datasets that the script builder names beyond those of the
lessons, with the columns of the real ones, and leaves a reward model in ``HOME/reward-model``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from tests.lessons import hub_cache
from widgets.gallery.script_builder.script.choices import FORMATS

ROWS = 40
"""Rows of each dataset: enough to hold some back, few enough for an epoch of sampled answers."""

Row = dict[str, Any]


def plain_row(form: str, i: int) -> Row:
    """Make row ``i`` as a reader's own data has it: plain text, and messages only where the format says so."""
    question, answer = f"What colour is item {i}?", f"Item {i} is green."
    return {
        "prompt-completion": {"prompt": f"{question}\n", "completion": answer},
        "messages": {"messages": [message("user", question), message("assistant", answer)]},
        "text": {"text": f"{question} {answer}"},
        "preference": {"prompt": question, "chosen": answer, "rejected": "No idea."},
        "prompt": {"prompt": question},
    }[form]


def message(role: str, content: str) -> Row:
    """Make one message."""
    return {"role": role, "content": content}


def capybara_row(i: int) -> Row:
    """Make row ``i`` in the columns of ``trl-lib/Capybara``: several turns."""
    turns = [message("user", f"Hello {i}"), message("assistant", "Hello."), message("user", "Which colour?")]
    return {"source": "made up", "messages": [*turns, message("assistant", "Green.")], "num_turns": 2}


def ultrafeedback_row(i: int) -> Row:
    """Make row ``i`` in the columns of ``trl-lib/ultrafeedback_binarized``: the prompt is part of both chats."""
    prompt = message("user", f"Which colour is item {i}?")
    return {
        "chosen": [prompt, message("assistant", f"Item {i} is green.")],
        "rejected": [prompt, message("assistant", "No idea.")],
        "score_chosen": 8.0,
        "score_rejected": 3.0,
    }


def ultrafeedback_prompt_row(i: int) -> Row:
    """Make row ``i`` in the columns of ``trl-lib/ultrafeedback-prompt``."""
    return {"prompt": [message("user", f"Which colour is item {i}?")]}


EXAMPLES = {
    "trl-lib/Capybara": capybara_row,
    "trl-lib/ultrafeedback_binarized": ultrafeedback_row,
    "trl-lib/ultrafeedback-prompt": ultrafeedback_prompt_row,
}


def build(home: Path) -> None:
    """Add the datasets and the reward model to a hub cache."""
    for name, row in EXAMPLES.items():
        # datasets looks for a dataset under its name in small letters
        hub_cache.save_dataset(name.lower(), [row(i) for i in range(ROWS)], home / "datasets")
    for form in FORMATS:
        rows = [plain_row(form, i) for i in range(ROWS)]
        hub_cache.save_dataset(f"my-org/{form}-rows", rows, home / "datasets")
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    base = "Qwen/Qwen2.5-0.5B-Instruct"
    AutoModelForSequenceClassification.from_pretrained(base, num_labels=1).save_pretrained(home / "reward-model")
    AutoTokenizer.from_pretrained(base).save_pretrained(home / "reward-model")


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HOME"] = sys.argv[1]
    build(Path(sys.argv[1]))
