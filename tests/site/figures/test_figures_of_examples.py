"""Figures that stand in the lessons' worked examples."""

import math
import re
import struct
from pathlib import Path

import pytest

from widgets.recipes.ppo import PPOConfig
from widgets.site.figures import dpo, load_figures, pipeline, qlora, rlhf, sft

LESSONS = Path(__file__).parents[3] / "docs" / "lessons"
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
        ("nf4-level-count", "16"),
        ("rlhf-no-votes", "50"),
        ("rlhf-rloo-score-4", "−0.5"),
        ("rlhf-kl-cost", "0.035"),
        ("which-adapter-all", "4 + 4 + 8"),
        ("pre-training-p-1", "0.10"),
        ("sft-p-4", "0.01"),
        ("dpo-bf16-gap", "0.000122"),  # 2⁻¹³: 0.02 lies between 2⁻⁶ and 2⁻⁵, in 2⁷ parts
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


def written(lesson, *names):
    """Read what the programs of a lesson give to some arguments."""
    text = (LESSONS / f"{lesson}.md").read_text(encoding="utf-8")
    return [float(re.search(rf"{name} ?= ?([\d_.e-]+)", text).group(1)) for name in names]


def test_one_step_of_sft_sees_the_rows_that_the_program_of_the_page_asks_for():
    numbers = written("sft", "per_device_train_batch_size", "gradient_accumulation_steps", "max_length")
    assert FIGURES["sft-rows-per-step"]() == f"{math.prod(numbers[:2]):.0f}"
    assert numbers == [sft.ROWS_PER_BATCH, sft.ACCUMULATED_BATCHES, sft.LONGEST_ROW]


def test_the_step_of_sft_that_is_called_comfortable_fits_on_the_card_that_is_named():
    card = float(re.search(r"comfortable on a \[~(\d+) GB\] GPU", (LESSONS / "sft.md").read_text("utf-8")).group(1))
    assert float(FIGURES["sft-05b-total-gb"]()) < 0.75 * card


def test_the_steps_of_the_pipeline_are_counted_with_the_numbers_of_its_program():
    names = ("ROWS", "test_size", "per_device_train_batch_size", "gradient_accumulation_steps")
    chosen = [pipeline.ROWS, pipeline.HELD_OUT, pipeline.ROWS_PER_DEVICE, pipeline.ACCUMULATED_BATCHES]
    assert written("pipeline", *names) == chosen
    sum_on_the_page = rf"\lceil {pipeline.training_rows()} / ({chosen[2]} \cdot {chosen[3]} \cdot 1) \rceil"
    assert sum_on_the_page in (LESSONS / "pipeline.md").read_text(encoding="utf-8")
    assert (FIGURES["pipeline-steps-one"](), FIGURES["pipeline-steps-four"]()) == ("119", "30")


def test_the_pair_of_dpo_worked_out_by_hand_is_that_of_the_program_beside_it():
    text = (LESSONS / "dpo.md").read_text(encoding="utf-8")
    assert f"print(dpo_loss({', '.join(map(str, dpo.HAND_LOGPROBS))}))" in text
    assert f"beta={dpo.HAND_BETA}):" in text


def test_a_step_of_full_dpo_vanishes_in_bf16_and_one_of_the_gap_does_not():
    assert written("dpo", r"qwen-dpo-full[\s\S]*?learning_rate") == [dpo.BF16_STEP]
    assert to_bf16(dpo.BF16_WEIGHT + dpo.BF16_STEP) == to_bf16(dpo.BF16_WEIGHT)
    assert to_bf16(dpo.BF16_WEIGHT + dpo.bf16_gap(dpo.BF16_WEIGHT)) == pytest.approx(
        to_bf16(dpo.BF16_WEIGHT) + dpo.bf16_gap(dpo.BF16_WEIGHT), abs=1e-12
    )


def to_bf16(value):
    """Round to the nearest number whose bits fit into the upper half of a 32-bit float."""
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    return struct.unpack("<f", struct.pack("<I", (bits + 0x8000) & 0xFFFF0000))[0]


def test_lambda_is_that_of_the_lab_and_of_the_program_on_the_page():
    assert PPOConfig().gae_lambda == rlhf.GAE_LAMBDA
    assert written("rlhf", "gae_lambda") == [rlhf.GAE_LAMBDA]


def test_the_program_with_ppo_from_scratch_votes_as_often_as_the_text_says():
    votes = re.search(r"trains a reward model on \[~(\d+)\] votes", (LESSONS / "rlhf.md").read_text(encoding="utf-8"))
    assert written("rlhf", r"animals = random\.choices\(list\(FOOD\), k") == [float(votes.group(1))]


def test_the_matrices_of_the_lora_example_are_on_its_page_as_the_tests_compute_them():
    text = (LESSONS / "lora.md").read_text(encoding="utf-8")
    for written_out in (r"2 & 2 & 2 \\ -0.5 & 0 & -1", "the sum is $(8, -2.5)$", "$W'x = (8, -2.5)$"):
        assert written_out in text


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
