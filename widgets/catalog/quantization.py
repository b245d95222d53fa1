"""Bits per parameter of 4-bit NormalFloat (NF4), with and without double quantization.

NF4 stores each weight as a 4-bit index and, for every block of 64 weights, one constant: the largest absolute value.
Double quantization stores those constants in 8 bits, with one 32-bit constant for every 256 of them.

Source: Dettmers et al. 2023, arXiv 2305.14314, section 3, "Double Quantization".
"""

from __future__ import annotations

QUANT_BLOCK_SIZE = 64
"""Weights that share one constant (bitsandbytes' default for 4 bits)."""

CONSTANT_BLOCK_SIZE = 256
"""Constants that share one second-level constant."""


# --8<-- [start:bits_per_parameter]
def constant_bits(double_quantization: bool) -> float:
    """Bits that the constants add to each weight: 32/64, or 8/64 + 32/(64·256)."""
    if double_quantization:
        return 8 / QUANT_BLOCK_SIZE + 32 / (QUANT_BLOCK_SIZE * CONSTANT_BLOCK_SIZE)
    return 32 / QUANT_BLOCK_SIZE


def bits_per_parameter(double_quantization: bool = True) -> float:
    """Bits of one NF4 weight with its share of the constants: 4.5, or 4.127 with double quantization."""
    return 4 + constant_bits(double_quantization)
    # --8<-- [end:bits_per_parameter]


def saved_bits() -> float:
    """Bits per weight that double quantization saves: 0.373."""
    return constant_bits(False) - constant_bits(True)


def nf4_code_bytes(weights: int) -> int:
    """Bytes of the 4-bit codes of so many weights; two codes share a byte."""
    return (weights + 1) // 2


def nf4_constant_bytes(weights: int, double_quantization: bool = True) -> int:
    """Bytes of the quantization constants of so many weights in one matrix; a last, partial block counts whole."""
    constants = -(-weights // QUANT_BLOCK_SIZE)
    if not double_quantization:
        return 4 * constants
    return constants + 4 * -(-constants // CONSTANT_BLOCK_SIZE)
