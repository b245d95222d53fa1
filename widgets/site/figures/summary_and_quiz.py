"""Figures that the summary shows; each is computed when the site is built."""

from __future__ import annotations

from widgets.catalog import lora_counts, memory
from widgets.catalog.models import get_model, total_params

_7B = "meta-llama/Llama-2-7b-hf"


def _states(method: str) -> int:
    return memory.estimate(_7B, method).model_state_bytes


FIGURES = {
    "summary-fewer-params": lambda: (
        f"{total_params(get_model(_7B)) / lora_counts.trainable_params(_7B, 8, 'q,v'):,.0f}"
    ),
    "summary-states-ratio": lambda: f"{_states('full-sft') / _states('lora'):.0f}",
}
