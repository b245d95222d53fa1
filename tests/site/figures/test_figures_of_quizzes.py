"""Figures that stand in quizzes and diagrams, where the build inserts nothing, are those that the package computes."""

import math
from pathlib import Path

import pytest

from widgets.catalog import lora_counts, memory, quantization
from widgets.catalog.models import get_model, linear_weights, total_params
from widgets.site.figures import load_figures
from widgets.site.figures.dpo import dpo_loss
from widgets.site.figures.rlhf import win_probability

ROOT = Path(__file__).parents[3]
LLAMA = "meta-llama/Llama-2-7b-hf"
LLAMA_3 = "meta-llama/Meta-Llama-3-8B"
FIGURES = {name: figure() for name, figure in load_figures().items()}
BASE = total_params(get_model(LLAMA))


def gigabytes(size, digits=2):
    return f"{size / memory.GB:.{digits}f}"


def nf4(component, **choices):
    return memory.estimate(LLAMA, "qlora", **choices).component_bytes(component)


def base_bytes(double_quantization):
    parts = (nf4(name, double_quantization=double_quantization) for name in ("weights", "quantization_constants"))
    return sum(parts)


def trainable(rank, targets):
    return lora_counts.trainable_params(LLAMA, rank, targets)


WEIGHTS_16 = 2 * BASE
ALL_LINEAR = trainable(16, "all-linear")
SAID = [
    ("predict-lora", f"{trainable(8, 'q,v'):,} of {lora_counts.all_params(LLAMA, 8, 'q,v'):,}"),
    ("predict-lora", f"PEFT prints as {lora_counts.trainable_percent(LLAMA, 8, 'q,v'):.4f} %"),
    ("predict-lora", f"About {lora_counts.trainable_percent(LLAMA, 8, 'q,v'):.2f} %"),
    ("predict-lora", f"rank 1 on the same projections: {trainable(1, 'q,v'):,} parameters"),
    ("predict-lora", f"One adapted {FIGURES['lora-7b-width']} × {FIGURES['lora-7b-width']} matrix"),
    ("predict-lora", f"gets {FIGURES['lora-7b-matrix-r8']} parameters, {100 * 65_536 / 4096**2:.1f} % of its own size"),
    ("predict-lora", f"{FIGURES['lora-7b-matrix-factor']} times smaller than its matrix"),
    ("predict-lora", f"about {BASE / 1e9:.1f} billion parameters"),
    ("module", f"{trainable(8, 'q,v'):,} of {BASE / 1e9:.1f} billion parameters are trained"),
    ("module", f"shrink by a factor of {BASE / trainable(8, 'q,v'):,.0f}"),
    ("module", f"A 7B model in 16 bits ({gigabytes(WEIGHTS_16, 1)} GB)"),
    ("module", f"about {quantization.bits_per_parameter():.3f} bits a weight"),
    ("predict-pipeline", f"{ALL_LINEAR:,} trainable parameters of 2 bytes each are {2 * ALL_LINEAR / 1e6:.0f} MB"),
    ("predict-pipeline", f"{2 * trainable(8, 'q,v') / 1e6:.0f} MB is rank 8 on the query and value projections"),
    ("predict-pipeline", f'text: "{gigabytes(WEIGHTS_16, 1)} GB"'),
    ("predict-pipeline", f"The adapter is {WEIGHTS_16 / (2 * ALL_LINEAR):.0f} times smaller"),
    ("predict-qlora", f"takes {gigabytes(WEIGHTS_16)} GB in 16-bit numbers"),
    ("predict-qlora", f"answer: {gigabytes(base_bytes(True))}\n"),
    ("predict-qlora", f"{gigabytes(linear_weights(get_model(LLAMA)) / 2)} GB of 4-bit codes"),
    ("predict-qlora", f"{gigabytes(nf4('quantization_constants'))} GB of constants"),
    ("predict-qlora", f"{gigabytes(2 * (BASE - linear_weights(get_model(LLAMA))))} GB of embeddings, head and norms"),
    ("predict-qlora", f"value: {gigabytes(BASE / 2)}\n"),
    ("predict-qlora", f"value: {gigabytes(BASE * quantization.bits_per_parameter() / 8)}\n"),
    ("predict-qlora", f"value: {gigabytes(base_bytes(False))}\n"),
    ("predict-qlora", f"take {gigabytes(nf4('quantization_constants', double_quantization=False))} GB where"),
    ("predict-qlora", f"value: {gigabytes(BASE)}\n"),
    ("qlora", f"answer: {quantization.bits_per_parameter(False)}\n"),
    ("qlora", f"brings {quantization.constant_bits(False)} down to {quantization.constant_bits(True):.3f}"),
    ("qlora", f"answer: {4 + 32 / 128}\n"),
    ("lora", f"answer: {4 * (1_000 + 3_000)}\n"),
    ("lora", f"answer: {8 * (2_000 + 500)}\n"),
    ("lora", f"most of the {memory.model_state_bytes(1, memory.PRECISIONS['bf16-mixed'])} bytes per parameter"),
    ("pipeline", f"answer: {4 * 4 * 2}\n"),
    ("pipeline", f"answer: {2 * 8 * 4}\n"),
    ("predict-pre-training", f"answer: {math.log(32_000):.2f}\n"),
    ("predict-pre-training", f"value: {math.log2(32_000):.2f}\n"),
    ("predict-pre-training", f"value: {math.log10(32_000):.3f}\n"),
    ("predict-sft", f"answer: {FIGURES['sft-counted-tokens']}\n"),
    ("predict-dpo", f"answer: {math.log(2):.3f}\n"),
    ("rlhf", f"answer: {win_probability(2.0 - 2.0)}\n"),
    ("rlhf", f"value: {win_probability(2.0):.2f}\n"),
    ("rlhf", f"answer: {win_probability(101 - 100):.3f}\n"),
    ("rlhf", f"value: {101 / 201:.3f}\n"),
    ("which-method", f"The frozen base in 16 bits is {gigabytes(WEIGHTS_16, 1)} GB"),
]
DRAWN = [
    ("lora", f"{FIGURES['lora-7b-matrix']} numbers"),
    ("lora", f"{FIGURES['lora-7b-matrix-r8']} numbers"),
    ("dpo-loss", f"start: ln 2 = {math.log(2):.3f}"),
    ("dpo-loss", f"the loss is about {dpo_loss(-2.0):.1f}."),
    ("dpo-loss", f"it is about {dpo_loss(2.0):.2f}."),
    ("qlora", f"{quantization.QUANT_BLOCK_SIZE} weights"),
    ("rlhf-models", f"{memory.model_state_bytes(1, memory.PRECISIONS['bf16-mixed'])} bytes a weight"),
    ("rlhf-models", f"{memory.PRECISIONS['bf16-mixed'].weight_bytes} bytes a weight"),
]


@pytest.mark.parametrize(("quiz", "words"), SAID)
def test_a_quiz_says_what_is_computed(quiz, words):
    assert words in (ROOT / "quizzes" / f"{quiz}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("diagram", "words"), DRAWN)
def test_a_diagram_shows_what_is_computed(diagram, words):
    assert words in (ROOT / "docs" / "diagrams" / f"{diagram}.svg").read_text(encoding="utf-8")


def test_full_fine_tuning_of_7b_takes_over_100_gb_and_an_8b_model_in_16_bits_just_over_16():
    assert memory.estimate(LLAMA, "full-sft").model_state_bytes > 100 * memory.GB
    assert 16 < 2 * total_params(get_model(LLAMA_3)) / memory.GB < 16.5


def test_the_4_bit_base_of_7b_is_about_4_gb_and_fits_a_card_that_the_16_bit_base_does_not():
    assert base_bytes(True) / memory.GB == pytest.approx(4, abs=0.15)
    assert base_bytes(True) < 12 * memory.GB < WEIGHTS_16
