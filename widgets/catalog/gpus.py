"""Real GPUs, their memory and where the maker states it.

A maker's "24 GB" is at least 24e9 bytes, often 24·2^30. The catalogue takes the smaller reading, which leaves a few
per cent for the CUDA context and for fragmentation.
"""

from __future__ import annotations

from dataclasses import dataclass

from widgets.catalog.memory import GB


@dataclass(frozen=True)
class Gpu:
    """One GPU.

    Attributes:
        label: Name for readers.
        memory_bytes: Memory of one GPU, in bytes.
        kind: ``consumer``, ``workstation`` or ``data centre``.
        released: Year of release.
        source: The maker's page that states the memory.
    """

    label: str
    memory_bytes: int
    kind: str
    released: int
    source: str


_NVIDIA = "https://www.nvidia.com/en-us"
_GEFORCE = f"{_NVIDIA}/geforce/graphics-cards"
_DATA_CENTER = f"{_NVIDIA}/data-center"

_DGX_B200 = "https://docs.nvidia.com/dgx/dgxb200-user-guide/introduction-to-dgxb200.html"
"""States 1,440 GB for eight."""

GPUS: tuple[Gpu, ...] = (
    Gpu("GeForce RTX 4060 (8 GB)", 8 * GB, "consumer", 2023, f"{_GEFORCE}/40-series/rtx-4060-4060ti/"),
    Gpu("GeForce RTX 3060 (12 GB)", 12 * GB, "consumer", 2021, f"{_GEFORCE}/30-series/rtx-3060-3060ti/"),
    Gpu("T4 (16 GB)", 16 * GB, "data centre", 2018, f"{_DATA_CENTER}/tesla-t4/"),
    Gpu("GeForce RTX 4080 (16 GB)", 16 * GB, "consumer", 2022, f"{_GEFORCE}/40-series/rtx-4080-family/"),
    Gpu("GeForce RTX 4090 (24 GB)", 24 * GB, "consumer", 2022, f"{_GEFORCE}/40-series/rtx-4090/"),
    Gpu("L4 (24 GB)", 24 * GB, "data centre", 2023, f"{_DATA_CENTER}/l4/"),
    Gpu("GeForce RTX 5090 (32 GB)", 32 * GB, "consumer", 2025, f"{_GEFORCE}/50-series/rtx-5090/"),
    Gpu("A100 (40 GB)", 40 * GB, "data centre", 2020, f"{_DATA_CENTER}/a100/"),
    Gpu("RTX A6000 (48 GB)", 48 * GB, "workstation", 2020, f"{_NVIDIA}/products/workstations/rtx-a6000/"),
    Gpu("L40S (48 GB)", 48 * GB, "data centre", 2023, f"{_DATA_CENTER}/l40s/"),
    Gpu("A100 (80 GB)", 80 * GB, "data centre", 2020, f"{_DATA_CENTER}/a100/"),
    Gpu("H100 SXM (80 GB)", 80 * GB, "data centre", 2022, f"{_DATA_CENTER}/h100/"),
    Gpu("H200 (141 GB)", 141 * GB, "data centre", 2024, f"{_DATA_CENTER}/h200/"),
    Gpu("B200 (180 GB)", 180 * GB, "data centre", 2025, _DGX_B200),
    Gpu(
        "MI300X (192 GB)",
        192 * GB,
        "data centre",
        2023,
        "https://www.amd.com/en/products/accelerators/instinct/mi300/mi300x.html",
    ),
)
"""From the smallest memory to the largest."""


def fits(total_bytes: int) -> list[Gpu]:
    """List the GPUs, smallest first, on which so many bytes fit at once."""
    return [gpu for gpu in GPUS if total_bytes <= gpu.memory_bytes]


def gpus_needed(total_bytes: int, gpu: Gpu) -> int:
    """Least number of such GPUs whose memories together hold so many bytes, if they could be split evenly."""
    return max(1, -(-total_bytes // gpu.memory_bytes))
