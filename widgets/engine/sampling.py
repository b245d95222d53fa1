"""Generate text: one token at a time, with the keys and values of earlier tokens kept (a KV cache).

All sequences of a batch move through positions together, prompt tokens included, so prompts of different lengths
need no padding. The step is recorded once and replayed for every token.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from widgets.core.errors import EngineError
from widgets.engine import operations as op
from widgets.engine.architectures.gpt import GPT
from widgets.engine.buffers import current_pool
from widgets.engine.library import run
from widgets.engine.program import Captured
from widgets.engine.tensor import Indices, Tensor, empty, no_grad

_SETTINGS_WORDS: Final = 4  # doubles of the kernel's Settings (kernels/sampling.c)


@dataclass(frozen=True)
class SamplingConfig:
    """How the next token is chosen.

    Attributes:
        max_new_tokens: The longest answer, in tokens.
        temperature: Divides the logits; 0 takes the likeliest token, 1 samples from the model itself.
        top_k: Sample among this many likeliest tokens; 0 for all.
        seed: The same seed, batch position and prompt give the same answer.
    """

    max_new_tokens: int = 32
    temperature: float = 0.0
    top_k: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise EngineError(f"SamplingConfig: max_new_tokens must be at least 1, got {self.max_new_tokens}")
        if not 0 <= self.temperature < float("inf"):
            raise EngineError(f"SamplingConfig: temperature must be 0 or more, got {self.temperature}")
        if self.top_k < 0:
            raise EngineError(f"SamplingConfig: top_k must be 0 (all tokens) or more, got {self.top_k}")


def generate(
    model: GPT,
    prompts: Sequence[Sequence[int]],
    sampling: SamplingConfig | None = None,
    *,
    eos_id: int,
    on_token: Callable[[int], None] | None = None,
) -> list[list[int]]:
    """Continue some prompts.

    Args:
        model: The model, with its adapters as they are now.
        prompts: Token ids, at least one token each.
        sampling: How to choose; the likeliest tokens by default.
        eos_id: The token that ends an answer.
        on_token: Called after each position with its number, for progress.

    Returns:
        The new tokens of each prompt, without the prompt, up to and including `eos_id` if it came.

    Raises:
        EngineError: There is no prompt, an empty one, or one that fills the context.
    """
    sampling = sampling or SamplingConfig()
    longest = _length(model, prompts, sampling)
    batch = len(prompts)
    tokens, lengths, position = Indices((batch, longest)), Indices((batch,)), Indices((1,))
    padded = [[*prompt, *[0] * (longest - len(prompt))] for prompt in prompts]
    tokens.set([token for row in padded for token in row])
    lengths.set([len(prompt) for prompt in prompts])
    settings = current_pool().take(8 * _SETTINGS_WORDS)
    settings.doubles(_SETTINGS_WORDS)[:] = array("d", (sampling.temperature, sampling.top_k, sampling.seed, eos_id))
    step = Captured(_decoding_step(model, tokens, lengths, position, settings.address))
    stops = [min(len(prompt) + sampling.max_new_tokens, longest) for prompt in prompts]
    ended: set[int] = set()
    with no_grad():
        for at in range(longest - 1):
            step()
            if on_token:
                on_token(at + 1)
            written = tokens.view()[at + 1 :: longest]
            for row, token in enumerate(written):
                if at + 1 >= len(prompts[row]) and (token == eos_id or at + 2 >= stops[row]):
                    ended.add(row)
            if len(ended) == batch:
                break
    flat = tokens.data().tolist()
    rows = [flat[row * longest + len(prompt) : row * longest + stops[row]] for row, prompt in enumerate(prompts)]
    return [row[: row.index(eos_id) + 1] if eos_id in row else row for row in rows]


def _length(model: GPT, prompts: Sequence[Sequence[int]], sampling: SamplingConfig) -> int:
    """Return the length of the longest prompt with its answer, at most the context."""
    context = model.config.context_length
    if not prompts:
        raise EngineError("generate: needs at least one prompt")
    for prompt in prompts:
        if not 0 < len(prompt) < context:
            raise EngineError(f"generate: a prompt has {len(prompt)} tokens; allowed: 1 to {context - 1}")
    return min(max(len(prompt) for prompt in prompts) + sampling.max_new_tokens, context)


def _decoding_step(
    model: GPT, tokens: Indices, lengths: Indices, position: Indices, settings_address: int
) -> Callable[[], None]:
    """Return the function that computes one position for the whole batch and writes the next tokens."""
    config = model.config
    batch, longest = tokens.shape
    current = Indices((batch,))
    shape = (batch, longest, config.n_embd)
    caches = [(empty(shape), empty(shape)) for _ in range(config.n_layer)]
    position_rows = Indices((batch,))

    def step() -> None:
        run("gather_tokens", current.address, tokens.address, position.address, batch, longest)
        x = op.add(
            op.embedding(model.parameters["token_embedding.weight"], current),
            op.embedding(model.parameters["position_embedding.weight"], position_rows),
        )
        for layer, cache in enumerate(caches):
            q, k, v = model.queries_keys_values(x, layer)
            mixed = _attend(q, k, v, cache, position, config.n_head)
            x = op.add(x, model.projection(layer, "o_proj")(mixed))
            x = op.add(x, model.feed_forward(x, layer))
        logits = model.head(model.normalize(x, "final_norm"))
        addresses = (tokens.address, logits.address, position.address, lengths.address, settings_address)
        run("sample_tokens", *addresses, batch, longest, config.vocab_size)
        run("advance", position.address, 1)
        run("advance", position_rows.address, batch)

    return step


def _attend(q: Tensor, k: Tensor, v: Tensor, cache: tuple[Tensor, Tensor], position: Indices, n_head: int) -> Tensor:
    """Attend from one new token a sequence, shapes (B, C), to everything cached (B, longest, C) and itself."""
    keys, values = cache
    batch, longest, width = keys.shape
    out = empty((batch, width))
    addresses = (out.address, q.address, k.address, v.address, keys.address, values.address, position.address)
    run("attention_step", *addresses, batch, longest, width, n_head)
    return out
