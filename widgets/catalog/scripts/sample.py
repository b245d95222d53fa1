"""A covering sample: settings in which every two choices that go together occur together at least once.

Trying everything is out of the question, and most mistakes in generated text come from one choice or from two that
meet. The sample is made by a greedy search that depends on nothing but the choices, so it is the same everywhere.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product
from typing import Any

from widgets.catalog.scripts.choices import FORMATS, METHODS, PRECISIONS, SOURCES, STRATEGIES, TARGETS, TUNINGS
from widgets.catalog.scripts.launch import write_config
from widgets.catalog.scripts.problems import find_problems
from widgets.catalog.scripts.program import write_program
from widgets.catalog.scripts.settings import Settings

MODELS = ("HuggingFaceTB/SmolLM2-135M", "Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B-Instruct", "mistralai/Mistral-7B-v0.1")
"""With and without chat template, padding token and a token before every text; the third is not in the catalogue."""

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "method": tuple(METHODS),
    "tuning": tuple(TUNINGS),
    "dataset_format": tuple(FORMATS),
    "source": tuple(SOURCES),
    "precision": tuple(PRECISIONS),
    "model": MODELS,
    "target_modules": TARGETS,
    "merge": (True, False),
    "place": ("one", *STRATEGIES),
}
"""What is varied; ``place`` is one GPU, or several with a strategy."""

Choice = dict[str, Any]
Pair = tuple[tuple[str, Any], tuple[str, Any]]


def settings_of(choice: Mapping[str, Any]) -> Settings:
    """Make settings from one choice of each kind."""
    place = choice["place"]
    rest = {name: value for name, value in choice.items() if name != "place"}
    several = place != "one"
    return Settings(
        **rest,
        dataset={"example": "", "hub": f"my-org/{choice['dataset_format']}-rows", "jsonl": "rows.jsonl"}[
            choice["source"]
        ],
        gpus=2 if several else 1,
        strategy=place if several else "none",
        learning_rate=METHODS[choice["method"]].learning_rates[choice["tuning"] == "full"],
        max_length=16 if METHODS[choice["method"]].samples_answers else 128,
    )


def _goes_together(choice: Mapping[str, Any]) -> bool:
    """Tell whether a script is written for it, and none of the choices is without meaning."""
    if choice["tuning"] == "full" and (choice["target_modules"], choice["merge"]) != (TARGETS[0], True):
        return False
    return not find_problems(settings_of(choice))


def _pairs(choice: Mapping[str, Any]) -> Iterator[Pair]:
    return combinations(choice.items(), 2)


@cache
def everything() -> tuple[Settings, ...]:
    """Give every combination of the choices for which a script is written."""
    return tuple(settings_of(choice) for choice in _possible())


@cache
def _possible() -> tuple[Choice, ...]:
    combined = (dict(zip(CHOICES, values, strict=True)) for values in product(*CHOICES.values()))
    return tuple(choice for choice in combined if _goes_together(choice))


@cache
def covering_sample() -> tuple[Settings, ...]:
    """Give settings that contain every possible pair of choices: each the first that covers most of what is left."""
    # Pairs are bits of a number: counting what is left in eleven thousand sets of pairs would hold up every build.
    bits: defaultdict[Pair, int] = defaultdict(lambda: 1 << len(bits))
    possible = [(choice, sum(bits[pair] for pair in _pairs(choice))) for choice in _possible()]
    left = (1 << len(bits)) - 1
    sample = []
    best = next(entry for entry in possible if entry[0]["tuning"] == "qlora")
    while left:
        sample.append(settings_of(best[0]))
        left &= ~best[1]
        best = max(possible, key=lambda entry: (entry[1] & left).bit_count())
    return tuple(sample)


@cache
def fingerprint() -> str:
    """Hash everything that is written for the sample: another letter in a script or configuration changes it."""
    configs = (write_config(settings) for settings in covering_sample())
    texts = [write_program(settings) for settings in covering_sample()]
    texts += [config.text for config in configs if config]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]
