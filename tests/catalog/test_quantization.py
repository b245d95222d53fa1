"""Bits per parameter of NF4."""

import pytest

from widgets.catalog import quantization
from widgets.catalog.models import MODELS, linear_layers, linear_weights


def test_bits_per_parameter_with_and_without_double_quantization():
    assert quantization.bits_per_parameter(double_quantization=False) == 4.5
    assert quantization.bits_per_parameter() == pytest.approx(4.127, abs=5e-4)


def test_double_quantization_saves_0_373_bits():
    assert quantization.constant_bits(False) == 0.5
    assert quantization.constant_bits(True) == pytest.approx(0.127, abs=5e-4)
    assert quantization.saved_bits() == pytest.approx(0.373, abs=5e-4)


@pytest.mark.parametrize("double_quantization", [True, False])
def test_bytes_of_llama_2_7b_are_its_bits_per_parameter(double_quantization):
    config = MODELS["meta-llama/Llama-2-7b-hf"]
    weights = linear_weights(config)
    constants = sum(
        layer.count * quantization.nf4_constant_bytes(layer.in_features * layer.out_features, double_quantization)
        for layer in linear_layers(config)
    )
    bits = 8 * (quantization.nf4_code_bytes(weights) + constants) / weights
    assert bits == pytest.approx(quantization.bits_per_parameter(double_quantization), rel=1e-9)


def test_a_partial_block_needs_a_whole_constant():
    assert quantization.nf4_code_bytes(65) == 33
    assert quantization.nf4_constant_bytes(65, double_quantization=False) == 8
    assert quantization.nf4_constant_bytes(65) == 2 + 4
