"""Parameters in 4 bits a number, to keep earlier states of a training small.

Matrices are stored as NF4 codes with a 16-bit scale for every 64 numbers, vectors in 16-bit floats. Unlike the base
of QLoRA the embeddings are in 4 bits too: these states are for looking at, nothing is trained from them.
"""

from __future__ import annotations

import struct
from typing import Final

from widgets.core.errors import EngineError
from widgets.engine.nf4 import NF4_LEVELS, QUANT_BLOCK_SIZE, QuantizedMatrix
from widgets.engine.parameters import ParameterSet

_HALF_BYTES: Final = 2


def pack(parameters: ParameterSet) -> bytes:
    """Return parameters as bytes, in their order, without names: the reader must know the shapes."""
    parts = []
    for _, parameter in parameters.items():
        if len(parameter.shape) == 2:
            matrix = QuantizedMatrix(parameter, double_quantization=False)
            scales = matrix.scales()
            parts += [struct.pack(f"<{scales.size}e", *scales.data()), matrix.packed_bytes()]
        else:
            parts.append(struct.pack(f"<{parameter.size}e", *parameter.data()))
    return b"".join(parts)


def fill(parameters: ParameterSet, data: bytes) -> None:
    """Overwrite parameters with packed ones of the same shapes.

    Raises:
        EngineError: The bytes are too few or too many for these shapes.
    """
    sizes = [_packed_bytes(len(parameter.shape) == 2, parameter.size) for _, parameter in parameters.items()]
    if sum(sizes) != len(data):
        raise EngineError(f"four_bits: {len(data)} bytes, but these shapes need {sum(sizes)}")
    start = 0
    for (_, parameter), size in zip(parameters.items(), sizes, strict=True):
        part = data[start : start + size]
        start += size
        if len(parameter.shape) == 2:
            parameter.set(_unpack_matrix(part, parameter.size))
        else:
            parameter.set(struct.unpack(f"<{parameter.size}e", part))


def _blocks(size: int) -> int:
    return -(-size // QUANT_BLOCK_SIZE)


def _packed_bytes(is_matrix: bool, size: int) -> int:
    return _HALF_BYTES * _blocks(size) + size // 2 if is_matrix else _HALF_BYTES * size


def _unpack_matrix(data: bytes, size: int) -> list[float]:
    scales = struct.unpack_from(f"<{_blocks(size)}e", data)
    codes = (code for byte in data[_HALF_BYTES * _blocks(size) :] for code in (byte >> 4, byte & 15))
    return [NF4_LEVELS[code] * scales[position // QUANT_BLOCK_SIZE] for position, code in enumerate(codes)]
