"""Seeded random tensors, the same natively and in the browser up to rounding.

The numbers are a function of seed, stream and position (Philox4x32-10, Salmon et al., SC 2011), so there is no
generator state to save. Give every use of one seed a stream of its own.
"""

from __future__ import annotations

from widgets.engine.library import run
from widgets.engine.tensor import Tensor


def fill_normal(x: Tensor, deviation: float, *, seed: int, stream: int = 0) -> None:
    """Overwrite a tensor with normal numbers of mean 0.

    Args:
        x: Any shape; filled in row-major order.
        deviation: The standard deviation, in the tensor's own unit; 0 or more.
        seed: Any 64-bit integer; the same seed and stream give the same numbers.
        stream: Any 64-bit integer; sets apart what else is drawn from this seed.

    Source: Box and Muller, The Annals of Mathematical Statistics 29, 1958.
    """
    run("normal", x.address, x.size, seed, stream, deviation)


def fill_uniform(x: Tensor, low: float, high: float, *, seed: int, stream: int = 0) -> None:
    """Overwrite a tensor with numbers drawn evenly from an interval.

    Args:
        x: Any shape; filled in row-major order.
        low: The lower end, included.
        high: The upper end, reached only by rounding to 32 bits.
        seed: Any 64-bit integer; the same seed and stream give the same numbers.
        stream: Any 64-bit integer; sets apart what else is drawn from this seed.
    """
    run("uniform", x.address, x.size, seed, stream)
    values = x.view()
    for position, value in enumerate(values):
        values[position] = low + (high - low) * value
