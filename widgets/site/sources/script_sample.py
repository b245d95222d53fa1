"""A covering sample: settings in which every two choices that go together occur together at least once.

With it, every combination there is, and the few that two processes run.

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

from widgets.catalog import models
from widgets.gallery.script_builder.script.choices import (
    FORMATS,
    METHODS,
    PRECISIONS,
    SOURCES,
    STRATEGIES,
    TARGETS,
    TUNINGS,
)
from widgets.gallery.script_builder.script.launch import write_config
from widgets.gallery.script_builder.script.problems import find_problems
from widgets.gallery.script_builder.script.program import write_program
from widgets.gallery.script_builder.script.settings import Settings
from widgets.site.sources.folders import ROOT

MODELS = ("HuggingFaceTB/SmolLM2-135M", "Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B-Instruct", "mistralai/Mistral-7B-v0.1")
"""With and without chat template, padding token and a token before every text; the third is not in the catalogue."""

EVERY_MODEL = (*models.MODELS, "Qwen/Qwen2.5-0.5B-Instruct")
"""Every model of the form, and one that a reader types."""

LAUNCHED = (
    Settings(method="dpo", tuning="qlora", gpus=2, max_length=128, model="Qwen/Qwen2.5-0.5B-Instruct"),
    Settings(tuning="lora", gpus=2, strategy="fsdp", max_length=128),
)
"""Scripts that are run by two processes: one that copies the model, one that splits it."""

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

SOURCE = ROOT / "widgets" / "gallery" / "script_builder" / "script"
"""Where the scripts are written."""

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


def everything(names: tuple[str, ...] = EVERY_MODEL) -> Iterator[Settings]:
    """Give every combination of the choices, with every model named, for which a script is written."""
    return (settings_of(choice) for choice in _possible(names))


def _possible(names: tuple[str, ...]) -> Iterator[Choice]:
    values = {**CHOICES, "model": names}
    combined = (dict(zip(values, chosen, strict=True)) for chosen in product(*values.values()))
    return (choice for choice in combined if _goes_together(choice))


@cache
def covering_sample() -> tuple[Settings, ...]:
    """Give settings that contain every possible pair of choices: each the first that covers most of what is left."""
    # Pairs are bits of a number: counting what is left in eleven thousand sets of pairs would hold up every build.
    bits: defaultdict[Pair, int] = defaultdict(lambda: 1 << len(bits))
    possible = [(choice, sum(bits[pair] for pair in _pairs(choice))) for choice in _possible(MODELS)]
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
    """Hash what the checks are about: another letter in what is written changes it.

    For the sample and what is launched it is the text of scripts and configurations. All combinations are too many to
    be written in every build; what they say follows from the names of the models and the source of this package.
    """
    run = (*covering_sample(), *LAUNCHED)
    configs = (write_config(settings) for settings in run)
    texts = [write_program(settings) for settings in run]
    texts += [config.text for config in configs if config]
    texts += [*EVERY_MODEL, *(path.read_text(encoding="utf-8") for path in sorted(SOURCE.glob("*.py")))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]
