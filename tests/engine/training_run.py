"""Twenty training steps and a sampled answer, printed as JSON: the same program natively and in Pyodide."""

import json
import random

from widgets.engine.architectures.gpt import GPT, GPTConfig
from widgets.engine.operations import cross_entropy
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.sampling import SamplingConfig, generate
from widgets.engine.tensor import Indices, Tensor


def main() -> None:
    """Train, sample, print."""
    generator = random.Random(0)
    model = GPT(GPTConfig(vocab_size=101, context_length=24, n_layer=2, n_head=4, n_embd=64), seed=7)
    optimizer = AdamW(model.parameters, 3e-3, max_norm=1.0)
    tokens, targets = Indices((8, 24)), Indices((8, 24))

    def train() -> Tensor:
        loss = cross_entropy(model(tokens), targets)
        loss.backward()
        optimizer.step()
        return loss

    step = Captured(train)
    losses = []
    for _ in range(20):
        start = [generator.randrange(101) for _ in range(8)]
        tokens.set([(first + 3 * t) % 101 for first in start for t in range(24)])
        targets.set([(first + 3 * t + 3) % 101 for first in start for t in range(24)])
        losses.append(step().item())
    answers = generate(model, [[1, 4, 7], [50]], SamplingConfig(8, temperature=0.0), eos_id=-1)
    print(json.dumps({"losses": losses, "answers": answers}))


if __name__ == "__main__":
    main()
