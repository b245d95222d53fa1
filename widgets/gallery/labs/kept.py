"""Files of trained models, kept from one visit to the next.

In the reader's tab the worker says where (``FT_KEPT``), fills that folder from the browser's private files before
Python starts, and stores what has changed after each run. Natively nothing is kept unless the variable is set.
"""

from __future__ import annotations

import os
from pathlib import Path


def _path(name: str) -> Path | None:
    folder = os.environ.get("FT_KEPT")
    return Path(folder) / f"{name}.bin" if folder else None


def save(name: str, data: bytes) -> None:
    """Keep a file under a lab's name, in place of the one before."""
    path = _path(name)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def load(name: str) -> bytes | None:
    """Give the file that is kept under a lab's name, if there is one."""
    path = _path(name)
    return path.read_bytes() if path and path.is_file() else None


def delete(name: str) -> None:
    """Keep it no longer."""
    path = _path(name)
    if path:
        path.unlink(missing_ok=True)
