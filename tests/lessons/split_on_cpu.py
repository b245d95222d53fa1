"""Start a script in a process group of processors as if they were GPUs, so that FSDP really splits its model.

accelerate splits models over accelerators only; on processors it falls back to copies. The one thing changed here is
what it takes the group for. Everything else is as it stands: the script, accelerate's reading of the configuration,
PyTorch's FSDP, and its messages between processes (gloo).
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

from accelerate.state import PartialState
from accelerate.utils import DistributedType

_make = PartialState.__init__


def _as_if_on_gpus(self: PartialState, *arguments: Any, **options: Any) -> None:
    _make(self, *arguments, **options)
    if self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.MULTI_GPU


if __name__ == "__main__":
    PartialState.__init__ = _as_if_on_gpus
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
