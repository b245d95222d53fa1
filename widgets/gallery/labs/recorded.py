"""The runs that the built page shows: made natively by the labs themselves, and always labelled as recorded.

``python -m widgets.cli.record`` makes them anew; the tests compare them with fresh runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from widgets.gallery.labs.runs import Run, from_text


@dataclass(frozen=True)
class Recorded:
    """A recorded run of a lab.

    Attributes:
        fields: What the run left in the lab's state, by field.
        base: Figures of the base model, by the metric's name.
        base_answers: The base model's answers to the samples.
        made_with: Interpreter and machine.
        base_sha256: Of the base model that it started from.
    """

    fields: dict[str, str]
    base: dict[str, float]
    base_answers: list[str]
    made_with: str
    base_sha256: str

    @property
    def runs(self) -> tuple[Run, ...]:
        """The recorded runs, from the field that holds them: ``runs``, ``ppo_runs`` or ``dpo_runs``."""
        return tuple(run for name, text in self.fields.items() if name.endswith("runs") for run in from_text(text))


@cache
def recorded(lab: str) -> Recorded:
    """Read the recorded run of a lab."""
    text = resources.files("widgets.world.recorded").joinpath(f"{lab}.json").read_text(encoding="utf-8")
    return Recorded(**json.loads(text))
