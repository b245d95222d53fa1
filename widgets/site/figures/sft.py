"""Figures the SFT lesson shows, with the masked loss behind its worked example."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from widgets.catalog import memory


@dataclass(frozen=True)
class RowToken:
    """One token of the lesson's example row.

    Attributes:
        text: The token.
        probability: What the model gave to it, between 0 and 1; the first token has none, so 1.
        counts_in_loss: True for the response and its end token.
    """

    text: str
    probability: float
    counts_in_loss: bool


EXAMPLE_ROW = (
    RowToken("<user>", 1.0, False),
    RowToken("Where", 0.05, False),
    RowToken("do", 0.30, False),
    RowToken("penguins", 0.01, False),
    RowToken("live", 0.25, False),
    RowToken("?", 0.80, False),
    RowToken("<assistant>", 0.95, False),
    RowToken("On", 0.30, True),
    RowToken("cold", 0.05, True),
    RowToken("coasts", 0.20, True),
    RowToken(".", 0.90, True),
    RowToken("<eos>", 0.40, True),
)
"""The row ``Where do penguins live? On cold coasts.`` with probabilities chosen for the example."""


# --8<-- [start:masked_loss]
def masked_loss(probabilities: Sequence[float], counts_in_loss: Sequence[bool]) -> float:
    """Mean surprise, in nats, over the tokens that count."""
    counted = [p for p, counts in zip(probabilities, counts_in_loss, strict=True) if counts]
    return math.fsum(-math.log(p) for p in counted) / len(counted)


# --8<-- [end:masked_loss]


def _example_loss(*, only_response: bool) -> str:
    predicted = EXAMPLE_ROW[1:]
    mask = [token.counts_in_loss or not only_response for token in predicted]
    return f"{masked_loss([token.probability for token in predicted], mask):.2f}"


def _probability(token: RowToken) -> str:
    return f"{token.probability:.2f}"


def _surprise(index: int) -> str:
    return f"{-math.log(EXAMPLE_ROW[index].probability):.2f}"


def _full_sft_gb(model: str) -> str:
    return f"{memory.estimate(model, 'full-sft').model_state_bytes / memory.GB:.1f}"


_QWEN = "Qwen/Qwen2.5-0.5B"
ROWS_PER_BATCH = 4
ACCUMULATED_BATCHES = 8
LONGEST_ROW = 1024
"""As the lesson's program has them."""


def _step_gb() -> str:
    """Memory of one step of the lesson's program at its longest rows."""
    account = memory.estimate(
        _QWEN, "full-sft", context_length=LONGEST_ROW, batch_size=ROWS_PER_BATCH, checkpointing=True
    )
    return f"{account.total_bytes / memory.GB:.1f}"


FIGURES = {
    **{f"sft-p-{place}": partial(_probability, token) for place, token in enumerate(EXAMPLE_ROW[1:], 2)},
    "sft-longest-row": lambda: f"{LONGEST_ROW:,}",
    "sft-rows-per-step": lambda: f"{ROWS_PER_BATCH * ACCUMULATED_BATCHES}",
    "sft-bytes-per-param": lambda: f"{memory.model_state_bytes(1, memory.PRECISIONS['bf16-mixed'])}",
    "sft-counted-tokens": lambda: f"{[token.counts_in_loss for token in EXAMPLE_ROW].count(True)}",
    "sft-surprise-on": lambda: _surprise(7),
    "sft-surprise-cold": lambda: _surprise(8),
    "sft-surprise-coasts": lambda: _surprise(9),
    "sft-surprise-stop": lambda: _surprise(10),
    "sft-surprise-end": lambda: _surprise(11),
    "sft-example-masked-loss": lambda: _example_loss(only_response=True),
    "sft-example-unmasked-loss": lambda: _example_loss(only_response=False),
    "sft-05b-states-gb": lambda: _full_sft_gb(_QWEN),
    "sft-05b-total-gb": _step_gb,
    "sft-7b-states-gb": lambda: _full_sft_gb("meta-llama/Llama-2-7b-hf"),
}
