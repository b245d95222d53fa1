"""The same training step in PyTorch, eager, on one thread. Needs torch (see requirements of the tests)."""

from __future__ import annotations

import json

import torch
import torch.nn.functional as F  # noqa: N812

from benchmarks.engine.workload import BATCH, SIDE, STEPS, VOCABULARY, best_ms
from tests.engine.torch_reference.twin import Twin
from widgets.engine.architectures.gpt import GPTConfig


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    twin = Twin(GPTConfig(VOCABULARY, STEPS))
    optimizer = torch.optim.AdamW(twin.parameters(), lr=1e-3)
    tokens, targets = torch.randint(VOCABULARY, (2, BATCH, STEPS))

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(twin(tokens).flatten(0, 1), targets.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
        optimizer.step()

    a, b = torch.randn(2, SIDE, SIDE)
    for _ in range(10):
        step()
    step_ms = best_ms(step, 4, 30)
    gflops = 2 * SIDE**3 / best_ms(lambda: a @ b, 20, 30) / 1e6
    print(
        json.dumps(
            {"library": f"torch {torch.__version__}", "step_ms": round(step_ms, 2), "matmul_gflops": round(gflops, 2)}
        )
    )


if __name__ == "__main__":
    main()
