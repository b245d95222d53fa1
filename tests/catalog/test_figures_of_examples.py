"""Figures that stand in the lessons' worked examples."""

import math
import re
from pathlib import Path

import pytest

from widgets.catalog.figures import dpo, load_figures, qlora, rlhf, sft

LESSONS = Path(__file__).parents[2] / "docs" / "lessons"
FIGURES = load_figures()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lora-7b-width", "4,096"),
        ("lora-7b-matrix", "16,777,216"),
        ("lora-7b-matrix-r8", "65,536"),
        ("lora-7b-matrix-factor", "256"),
        ("lora-7b-layers", "32"),
        ("lora-7b-kv-heads", "32"),
        ("lora-llama3-kv-heads", "8"),
        ("qlora-7b-vocab", "32,000"),
        ("qlora-qwen-vocab", "152,064"),
        ("pre-training-vocab-qwen", "151,936"),
        ("pre-training-bits-per-nat", "1.44"),
        ("nf4-block", "64"),
        ("nf4-constant-block", "256"),
        ("nf4-bits-single", "4.5"),
        ("nf4-bits-double", "4.127"),
        ("nf4-constant-single", "0.5"),
        ("nf4-constant-double", "0.127"),
        ("nf4-level-2", "−0.525"),
        ("nf4-level-14", "0.723"),
        ("nf4-hand-2-weight", "−0.061"),
        ("sft-bytes-per-param", "16"),
        ("which-mixed-gs", "2 + 12"),
        ("which-bf16-gs", "2 + 4"),
        ("which-adapter-gs", "4 + 8"),
        ("which-nf4-w", "0.52"),
        ("rlhf-bt-probability-upset", "0.269"),
        ("dpo-hand-chosen-reward", "+0.10"),
        ("dpo-hand-rejected-ratio", "−0.5"),
    ],
)
def test_a_figure_is_the_one_worked_out_on_paper(name, text):
    assert FIGURES[name]() == text


def test_one_step_of_sft_sees_the_rows_that_the_program_of_the_page_asks_for():
    program = (LESSONS / "sft.md").read_text(encoding="utf-8")
    numbers = [
        int(re.search(rf"{name}=(\d+)", program).group(1))
        for name in ("per_device_train_batch_size", "gradient_accumulation_steps")
    ]
    assert FIGURES["sft-rows-per-step"]() == str(math.prod(numbers))
    assert numbers == [sft.ROWS_PER_BATCH, sft.ACCUMULATED_BATCHES]


def test_leave_one_out_advantages_sum_to_zero_and_the_first_answer_is_one_above_the_others():
    advantages = [rlhf.leave_one_out(rlhf.HAND_SCORES, index)[1] for index in range(4)]
    assert math.fsum(advantages) == pytest.approx(0.0)
    assert [FIGURES[f"rlhf-rloo-{name}"]() for name in ("first-baseline", "first", "last-baseline", "last")] == [
        "0.0",
        "1.0",
        "0.5",
        "−1.0",
    ]


def test_an_outlier_erases_three_neighbours_and_makes_two_equal():
    assert [qlora.beside_outlier(index)[1] for index in (0, 2, 4)] == [0.0, 0.0, 0.0]
    assert qlora.beside_outlier(7)[1] == qlora.beside_outlier(3)[1] == pytest.approx(0.0939, abs=1e-4)
    assert (FIGURES["nf4-outlier-lowest"](), FIGURES["nf4-outlier-highest"]()) == ("−0.05", "0.09")
    largest = max(abs(weight) for weight in qlora.HAND_WEIGHTS)
    assert largest * 10 == pytest.approx(qlora.OUTLIER)


def test_the_rewards_of_the_pair_worked_out_by_hand_differ_by_its_margin():
    rewards = [float(FIGURES[f"dpo-hand-{name}-reward"]().replace("−", "-")) for name in ("chosen", "rejected")]
    assert rewards[0] - rewards[1] == pytest.approx(dpo.HAND_MARGIN)
