"""The arithmetic behind the figures of the lesson on QLoRA."""

import re
from pathlib import Path

import pytest

from widgets.site.figures import qlora

LESSONS = Path(__file__).parents[3] / "docs" / "lessons"

# bitsandbytes 0.50.2, get_4bit_type("nf4")
NF4_LEVELS = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
]  # fmt: skip


def test_nf4_levels_are_those_of_bitsandbytes():
    assert qlora.nf4_levels() == pytest.approx(NF4_LEVELS, abs=5e-7)


def test_the_block_quantized_by_hand_is_the_one_in_the_program_of_the_page():
    program = (LESSONS / "qlora.md").read_text(encoding="utf-8")
    written = re.search(r"^weights = \[(.*)\]$", program, re.MULTILINE)
    assert written is not None
    assert tuple(map(float, written.group(1).split(","))) == qlora.HAND_WEIGHTS


def test_the_largest_weight_and_zero_come_back_exactly():
    assert qlora.hand_cell(6, "restored") == "−0.1180"
    assert qlora.hand_cell(5, "restored") == "0.0000"
    assert qlora.hand_cell(1, "code") == "2"


def test_nf4_errs_less_than_even_spacing_on_normal_weights():
    assert 6 < qlora.nf4_gain_percent() < 11


def test_the_4_bit_base_of_llama_2_7b_is_what_the_quiz_takes_as_its_answer():
    quiz = (LESSONS.parents[1] / "quizzes" / "predict-qlora.yml").read_text(encoding="utf-8")
    assert f"answer: {qlora.FIGURES['qlora-7b-base']()}\n" in quiz
