"""The six methods of the course, compared: what each costs, needs and is for.

Numbers come from `memory` and `costs`. Citation keys are those of the course's bibliography.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.catalog.costs import TRAINING_RUNS

_LLAMA_2 = TRAINING_RUNS["llama-2-7b"]
_ALPACA = TRAINING_RUNS["alpaca-7b"]


@dataclass(frozen=True)
class Method:
    """One way to train a language model.

    Attributes:
        method_id: Key in `METHODS`, as `memory.estimate` takes it.
        label: Name for readers.
        what_it_changes: Which parameters move, in one sentence.
        cost: What it costs to run, in one sentence.
        complexity: How hard it is to run: ``low``, ``medium``, ``high`` or ``very high``.
        complexity_why: Why.
        data: What a training example is.
        models_in_memory: The models that a training step holds.
        models_with_adapter: The same when the trained models carry LoRA adapters.
        use_case: When to reach for it.
        lesson: Stem of its lesson page.
        citations: Keys of the sources.
    """

    method_id: str
    label: str
    what_it_changes: str
    cost: str
    complexity: str
    complexity_why: str
    data: str
    models_in_memory: tuple[str, ...]
    models_with_adapter: tuple[str, ...]
    use_case: str
    lesson: str
    citations: tuple[str, ...]


_ENTRIES = [
    Method(
        "pre-training",
        "Pre-training",
        "Every parameter, from random values.",
        f"Very high: the 7B model of Llama 2 took {_LLAMA_2.gpu_hours:,} A100-hours.",
        "very high",
        "Many machines for weeks, and a data pipeline for trillions of tokens.",
        f"Plain text, trillions of tokens (Llama 2: {_LLAMA_2.tokens / 1e12:.0f} trillion).",
        ("model",),
        ("model",),
        "A language or a field that no open model covers, and a budget to match.",
        "pre-training",
        ("touvron2023llama2",),
    ),
    Method(
        "full-sft",
        "Full supervised fine-tuning",
        "Every parameter, from the pre-trained values.",
        f"Medium: Alpaca took {_ALPACA.gpu_hours} A100-hours; what is scarce is memory.",
        "medium",
        "One training loop, but model states that need several GPUs from about 7B parameters on.",
        f"Instructions with the response you want (Alpaca: {_ALPACA.examples:,}).",
        ("model",),
        ("model",),
        "A new behaviour for which an adapter is not enough, with the GPUs to hold it.",
        "sft",
        ("ouyang2022instructgpt", "taori2023alpaca"),
    ),
    Method(
        "lora",
        "LoRA",
        "Small matrices beside frozen weights; the base stays as it is.",
        "Low: weights without gradients or optimiser states; the arithmetic falls by a third at most.",
        "low",
        "One training loop, a rank and a list of modules to choose.",
        "The same pairs as supervised fine-tuning.",
        ("model",),
        ("model",),
        "The first thing to try on a GPU that holds the 16-bit base; many tasks on one base.",
        "lora",
        ("hu2021lora",),
    ),
    Method(
        "qlora",
        "QLoRA",
        "Small matrices beside frozen weights that are stored in 4 bits.",
        "Lowest in memory; each step takes longer, because weights are dequantized on the way.",
        "low",
        "LoRA with one more configuration object; merging needs care.",
        "The same pairs as supervised fine-tuning.",
        ("model",),
        ("model",),
        "The base does not fit in 16 bits: one consumer GPU, or a much larger model.",
        "qlora",
        ("dettmers2023qlora",),
    ),
    Method(
        "rlhf-ppo",
        "RLHF with PPO",
        "The policy and its value model, towards answers that a reward model scores higher.",
        "High: four models in memory, and the policy has to write answers in every step.",
        "very high",
        "Three stages, sampling inside training, and a reward that can be gamed.",
        "Prompts, and comparisons of two answers to train the reward model.",
        ("policy", "value", "reference", "reward"),
        ("policy", "value", "reward"),
        "Quality that people can judge but not write down, with a team to tune it.",
        "rlhf",
        ("ouyang2022instructgpt", "schulman2017ppo", "xu2024dpovsppo"),
    ),
    Method(
        "dpo",
        "DPO",
        "The policy, straight from the comparisons.",
        "Medium: two models in memory, or one with an adapter; no sampling.",
        "medium",
        "One training loop, as in supervised fine-tuning, and one number, beta.",
        "A prompt with a chosen and a rejected answer.",
        ("policy", "reference"),
        ("policy",),
        "Preferences you already have as pairs, without the machinery of reinforcement learning.",
        "dpo",
        ("rafailov2023dpo", "meta2024llama3", "xu2024dpovsppo"),
    ),
]

METHODS: dict[str, Method] = {entry.method_id: entry for entry in _ENTRIES}
"""Id → method, in the order of the course."""
