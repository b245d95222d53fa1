"""Save and load parameters in one compact file.

Layout: 8 bytes ``FTLLM001``, the header's length as a 32-bit integer, the header (JSON, UTF-8), then the numbers of
every tensor in the header's order, little-endian, as 16- or 32-bit floats. The header is the manifest: what the
tensors are, and whatever the caller wants to say about them.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from math import prod
from typing import Any, Final, Literal

from widgets.core.errors import EngineError
from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.engine.parameters import ParameterSet
from widgets.engine.tensor import Shape

MAGIC: Final = b"FTLLM001"
Precision = Literal["f16", "f32"]
_CODES: Final = {"f16": ("e", 2), "f32": ("f", 4)}


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        tensors: The numbers of each tensor, flat.
        shapes: The shape of each tensor.
        notes: What was said about them when they were saved.
    """

    tensors: dict[str, array[float]]
    shapes: dict[str, Shape]
    notes: dict[str, Any] = field(default_factory=dict)


def dump(parameters: ParameterSet, *, precision: Precision = "f16", notes: Mapping[str, object] | None = None) -> bytes:
    """Return parameters as the bytes of a checkpoint.

    Args:
        parameters: What to save.
        precision: 16-bit floats (half the size, 11 bits of mantissa) or 32-bit ones.
        notes: JSON values to keep with them.

    Raises:
        EngineError: The precision is unknown, or a number is too large for 16 bits.
    """
    if precision not in _CODES:
        raise EngineError(f'checkpoint: unknown precision "{precision}"; allowed: {", ".join(_CODES)}')
    code, _ = _CODES[precision]
    header = {
        "precision": precision,
        "tensors": {name: list(parameter.shape) for name, parameter in parameters.items()},
        "notes": dict(notes or {}),
    }
    text = json.dumps(header, sort_keys=False, ensure_ascii=False, separators=(",", ":")).encode()
    parts = [MAGIC, struct.pack("<I", len(text)), text]
    for name, parameter in parameters.items():
        try:
            parts.append(struct.pack(f"<{parameter.size}{code}", *parameter.data()))
        except (OverflowError, struct.error):
            raise EngineError(f"checkpoint: {name} holds a number that does not fit {precision}") from None
    return b"".join(parts)


def load(data: bytes) -> Checkpoint:
    """Read the bytes of a checkpoint.

    Raises:
        EngineError: They are not a checkpoint, or cut short.
    """
    start = len(MAGIC) + 4
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise EngineError(f"checkpoint: starts with {data[:8]!r}, not with {MAGIC!r}")
    end = start + struct.unpack_from("<I", data, len(MAGIC))[0]
    try:
        header = json.loads(data[start:end])
        code, width = _CODES[header["precision"]]
        shapes = {name: tuple(shape) for name, shape in header["tensors"].items()}
    except (ValueError, KeyError, TypeError) as problem:
        raise EngineError(f"checkpoint: the header cannot be read: {problem}") from None
    expected = end + width * sum(prod(shape) for shape in shapes.values())
    if len(data) != expected:
        raise EngineError(f"checkpoint: {len(data)} bytes, but its header describes {expected}")
    tensors = {}
    for name, shape in shapes.items():
        size = prod(shape)
        tensors[name] = array("f", struct.unpack(f"<{size}{code}", data[end : end + width * size]))
        end += width * size
    return Checkpoint(tensors, shapes, header["notes"])


def fill(parameters: ParameterSet, checkpoint: Checkpoint) -> None:
    """Overwrite parameters with those of a checkpoint.

    Raises:
        EngineError: Names or shapes differ.
    """
    for name in [*parameters, *checkpoint.tensors]:
        here = parameters[name].shape if name in parameters else None
        there = checkpoint.shapes.get(name)
        if here != there:
            raise EngineError(f"checkpoint: {name}: shape {here} in the model, {there} in the file")
    for name, parameter in parameters.items():
        parameter.set(checkpoint.tensors[name])


def dump_model(model: GPT, *, precision: Precision = "f16", notes: Mapping[str, object] | None = None) -> bytes:
    """Return a model, with its configuration, as the bytes of a checkpoint, which `load_model` reads.

    Args:
        model: Its own 32-bit parameters are saved: neither an adapter nor the 4-bit form of its projections.
        precision: 16-bit floats (2 bytes a number) or 32-bit ones (4 bytes).
        notes: JSON values to keep with them; ``config`` is added.

    Raises:
        EngineError: The precision is unknown, or a number is too large for 16 bits.
    """
    return dump(model.parameters, precision=precision, notes={**(notes or {}), "config": asdict(model.config)})


def load_model(data: bytes) -> GPT:
    """Return the model in the bytes of a checkpoint.

    Raises:
        EngineError: They hold no model.
    """
    checkpoint = load(data)
    try:
        config = GPTConfig(**checkpoint.notes["config"])
    except (KeyError, TypeError) as problem:
        raise EngineError(f"checkpoint: holds no model configuration: {problem}") from None
    model = GPT(config)
    fill(model.parameters, checkpoint)
    return model


def manifest(data: bytes) -> dict[str, Any]:
    """Return what identifies a checkpoint: its notes, its size in bytes, its count of numbers and its SHA-256."""
    checkpoint = load(data)
    count = sum(prod(shape) for shape in checkpoint.shapes.values())
    return {**checkpoint.notes, "parameters": count, "bytes": len(data), "sha256": sha256(data).hexdigest()}
