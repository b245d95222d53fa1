"""The worked examples of the lesson on LoRA, against values computed by hand and against PEFT."""

from widgets.engine import operations as op
from widgets.engine.linear import LoraPair, adapted_linear
from widgets.engine.tensor import Tensor, full, tensor
from widgets.site.figures import load_figures

W = [[1, 0, 2], [0, 1, -1]]
LORA_A = [[1, 2, 0]]
LORA_B = [[0.5], [-0.25]]
SCALING = 2 / 1
X = [[1, 1, 2]]


def shown(name: str) -> str:
    return load_figures()[name]()


def matrix(rows: list[list[float]]) -> Tensor:
    return tensor([float(value) for row in rows for value in row], (len(rows), len(rows[0])))


def test_both_paths_of_the_lora_example_add_up_in_the_code_that_the_lab_runs():
    pair = LoraPair(matrix(LORA_A), matrix(LORA_B), SCALING)
    assert adapted_linear(matrix(X), matrix(W), full((2,), 0.0), pair).tolist() == [[8, -2.5]]


def test_merged_matrix_of_the_lora_example_gives_the_same_output():
    change = [[SCALING * b * a for a in LORA_A[0]] for (b,) in LORA_B]
    merged = [[w + c for w, c in zip(row, changes, strict=True)] for row, changes in zip(W, change, strict=True)]
    assert merged == [[2, 2, 2], [-0.5, 0, -1]]  # as the lesson writes it
    assert op.linear(matrix(X), matrix(merged), full((2,), 0.0)).tolist() == [[8, -2.5]]


def test_lora_figures_agree_with_peft():
    assert shown("lora-7b-printed") == (
        "trainable params: 4,194,304 || all params: 6,742,609,920 || trainable%: 0.0622"
    )
    # one Qwen2.5-0.5B block: q 896 → 896 and v 896 → 128, rank 8, 24 blocks
    assert shown("lora-05b-printed").startswith(f"trainable params: {8 * (896 + 896 + 896 + 128) * 24:,} ||")


def test_lora_saves_memory_far_more_than_arithmetic():
    assert (shown("lora-7b-params-factor"), shown("lora-7b-states-factor")) == ("1,607", "8.0")
    assert (shown("lora-7b-arithmetic-factor"), shown("lora-7b-arithmetic-factor-checkpointing")) == ("1.49", "1.33")
