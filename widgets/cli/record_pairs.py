"""Record the pairs on which readers vote: ``python -m widgets.cli.record_pairs``.

The tiny base model is fine-tuned on answers in all three styles, and then answers each of some questions twice.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Generator
from typing import Any

from widgets.cli.record import FOLDER
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import trained_models
from widgets.gallery.labs.voting.pairs import stock, to_rows
from widgets.gallery.labs.voting.starting import starting_model
from widgets.recipes.votes import sample_comparisons
from widgets.world import questions

COUNT = 60


def finish(steps: Generator[Any, None, Any]) -> Any:
    """Carry a generator to its end and give what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def record_pairs(model: GPT, count: int) -> list[list[str]]:
    """Sample the pairs on which readers vote: question, one answer, another one."""
    asked = questions("train")
    spread = [asked[place * 7 % len(asked)] for place in range(4 * count)]
    found = {pair.pair_id: pair for pair in sample_comparisons(model, spread, seed=1)}
    return to_rows(list(found.values())[:count])


def record() -> dict[str, Any]:
    """Sample the pairs and say what made them."""
    return {
        "pairs": record_pairs(finish(starting_model(1)), COUNT),
        "made_with": f"Python {platform.python_version()} on {platform.machine()}",
        "base_sha256": trained_models.base_digest(),
    }


if __name__ == "__main__":
    path = FOLDER / "preferences.json"
    path.write_text(json.dumps(record(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    stock.cache_clear()
    print(f"{path}: {len(stock())} pairs")
