"""Published costs of training runs, each with its citation key, and the prices that are assumptions.

Citation keys are those of the course's bibliography.
"""

from __future__ import annotations

from dataclasses import dataclass

ASSUMED_USD_PER_GPU_HOUR = 2.0
"""Price of one A100 hour. An assumption, not a quotation: rented A100s have cost less and more."""


@dataclass(frozen=True)
class TrainingRun:
    """One training run as its makers reported it.

    Attributes:
        label: Name for readers.
        method: Id of the method in `methods.METHODS`.
        gpu: The GPU whose hours are counted.
        gpu_hours: GPU-hours in total.
        tokens: Tokens seen; 0 if not reported.
        examples: Training examples; 0 if not reported.
        citation: Key of the source.
    """

    label: str
    method: str
    gpu: str
    gpu_hours: int
    tokens: int
    examples: int
    citation: str

    def usd(self, usd_per_gpu_hour: float = ASSUMED_USD_PER_GPU_HOUR) -> float:
        """Price of the compute at an assumed price per GPU-hour."""
        return self.gpu_hours * usd_per_gpu_hour


TRAINING_RUNS: dict[str, TrainingRun] = {
    "llama-2-7b": TrainingRun("Llama 2 7B", "pre-training", "A100 80 GB", 184_320, 2 * 10**12, 0, "touvron2023llama2"),
    "llama-2-family": TrainingRun(
        "Llama 2, all sizes", "pre-training", "A100 80 GB", 3_311_616, 2 * 10**12, 0, "touvron2023llama2"
    ),
    "alpaca-7b": TrainingRun("Alpaca 7B", "full-sft", "A100 80 GB", 3 * 8, 0, 52_000, "taori2023alpaca"),
}
"""Alpaca: three hours on eight A100 80 GB."""
