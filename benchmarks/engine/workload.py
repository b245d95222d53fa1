"""What is measured, in any Python: a training step, and a matrix product. Prints one JSON line.

The step: vocabulary 512, 2 layers, 4 heads, 64 channels, context 32, batch 16 (512 tokens); forward, backward, AdamW.
"""

import ctypes
import json
import random
import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter

from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.engine.library import CALL_BYTES, library, run
from widgets.engine.operations import cross_entropy
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Tensor, full, indices

BATCH, STEPS, VOCABULARY = 16, 32, 512
SIDE = 256  # of the square matrices


def best_ms(function: Callable[[], object], repeats: int, samples: int) -> float:
    """Return the shortest mean of `repeats` calls: the least disturbed by the rest of the machine."""
    best = float("inf")
    for _ in range(samples):
        start = perf_counter()
        for _ in range(repeats):
            function()
        best = min(best, (perf_counter() - start) / repeats)
    return best * 1000


def training_step() -> Callable[[], Tensor]:
    """Return the step as a plain function."""
    generator = random.Random(0)
    model = GPT(GPTConfig(VOCABULARY, STEPS), seed=1)
    tokens, targets = (
        indices([generator.randrange(VOCABULARY) for _ in range(BATCH * STEPS)], (BATCH, STEPS)) for _ in range(2)
    )
    optimizer = AdamW(model.parameters, 1e-3, max_norm=1.0)

    def step() -> Tensor:
        loss = cross_entropy(model(tokens), targets)
        loss.backward()
        optimizer.step()
        return loss

    return step


def where_it_goes(captured: Captured[Tensor]) -> dict[str, float]:
    """Return the milliseconds that a step spends in each kernel, all of a kernel's calls replayed together."""
    times: dict[str, float] = {}
    for name, calls in captured.by_kernel().items():
        address = ctypes.addressof(ctypes.c_char.from_buffer(calls))
        replay = partial(library().replay, address, len(calls) // CALL_BYTES)
        times[name] = round(best_ms(replay, 4, 20), 3)
    return dict(sorted(times.items(), key=lambda item: -item[1]))


def main() -> None:
    """Measure and print."""
    plain, captured = training_step(), Captured(training_step())
    a, b, c = (full((SIDE, SIDE), 0.5) for _ in range(3))

    def product() -> None:
        run("matmul", c.address, a.address, b.address, 0, 1, SIDE, SIDE, SIDE, 0, 0, 0, 1.0)

    for _ in range(30):  # browsers compile hot functions a second time, better
        captured()
        product()
    results = {
        "library": library().path.name,
        "python": sys.version.split()[0],
        "step_ms": best_ms(captured, 4, 30),
        "step_without_capture_ms": best_ms(plain, 4, 10),
        "kernel_calls": captured.calls,
        "matmul_gflops": 2 * SIDE**3 / best_ms(product, 20, 30) / 1e6,
        "kernel_ms": where_it_goes(captured),
    }
    print(json.dumps({name: round(x, 2) if isinstance(x, float) else x for name, x in results.items()}))


if __name__ == "__main__":
    main()
