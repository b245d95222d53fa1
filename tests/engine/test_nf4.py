"""NF4 against nf4_reference.json, made with the bitsandbytes version named inside it."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import pytest

from tests.engine.finite_differences import random_tensor
from widgets.core.errors import EngineError
from widgets.engine.nf4 import NF4_LEVELS, QuantizedMatrix, dynamic_levels
from widgets.engine.tensor import full, tensor

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("nf4_reference.json").read_text(encoding="utf-8"))
MATRIX = tensor(REFERENCE["matrix"], (64, 64))


def test_levels_equal_bitsandbytes() -> None:
    assert list(NF4_LEVELS) == REFERENCE["nf4_codes"]


def test_codes_scales_and_values_equal_bitsandbytes_bit_for_bit() -> None:
    quantized = QuantizedMatrix(MATRIX, double_quantization=False)
    assert quantized.codes() == REFERENCE["codes"]
    assert list(quantized.packed_bytes()) == REFERENCE["packed_bytes"]
    assert array("f", quantized.scales().data()) == array("f", REFERENCE["absmax"])
    assert array("f", quantized.dequantize().data()) == array("f", REFERENCE["dequantized"])


@pytest.mark.parametrize(("double", "key"), [(False, "nf4_blocksize64"), (True, "nf4_double_quant")])
def test_bits_per_parameter(double: bool, key: str) -> None:
    """On 1,024 × 1,024 numbers; the mean of the scales, one 32-bit number a matrix, is left out of the reference."""
    quantized = QuantizedMatrix(full((1024, 1024), 1.0), double_quantization=double)
    mean_bytes = 4 if double else 0
    assert 8 * (quantized.nbytes - mean_bytes) / 1024**2 == REFERENCE["bits_per_param"][key]


def test_double_quantization_changes_the_scales_by_less_than_a_hundredth() -> None:
    plain = QuantizedMatrix(MATRIX, double_quantization=False).scales().data()
    double = QuantizedMatrix(MATRIX).scales().data()
    assert max(abs(a - b) for a, b in zip(plain, double, strict=True)) < 0.01 * max(plain)
    assert list(plain) != list(double)


def test_a_block_of_zeros_stays_zero() -> None:
    assert QuantizedMatrix(full((2, 64), 0.0)).dequantize().tolist() == [[0.0] * 64] * 2


def test_an_incomplete_last_block_has_a_scale_of_its_own() -> None:
    matrix = random_tensor((3, 30), seed=1)  # 64 + 26 numbers
    error = [
        abs(a - b)
        for a, b in zip(
            matrix.data(), QuantizedMatrix(matrix, double_quantization=False).dequantize().data(), strict=True
        )
    ]
    assert QuantizedMatrix(matrix).blocks == 2
    assert max(error) < 0.2


def test_dynamic_levels_are_symmetric_but_for_one() -> None:
    levels = dynamic_levels()
    assert sorted(-level for level in levels if level < 0) == [level for level in levels if 0 < level < 1]


def test_an_odd_count_is_refused() -> None:
    with pytest.raises(EngineError, match=r"even count of numbers, got shape \(3, 3\)"):
        QuantizedMatrix(full((3, 3), 1.0))
