"""Direct preference optimisation: raise the chosen answer over the rejected one, without a reward model.

What this simplifies: the reference's log-probabilities are computed once, before training, because the votes do not
change (TRL: ``precompute_ref_log_probs``), and there is no label smoothing.

Source: Rafailov et al., arXiv 2305.18290, equation 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from math import log

from widgets.engine import operations as op
from widgets.engine.adapter import Adapter
from widgets.engine.architectures.gpt import GPT
from widgets.engine.losses import dpo_loss
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Tensor, full, no_grad
from widgets.recipes.batches import RowBatch, endless
from widgets.recipes.checks import require, require_run
from widgets.recipes.divergence import Guard
from widgets.recipes.encoding import EncodedPair, Row, encode_preferences, longest, rows_of
from widgets.recipes.results import Diverged, PreferenceStep
from widgets.recipes.reward_model import preference_step
from widgets.recipes.schedule import linear_decay
from widgets.world import PreferencePair


@dataclass(frozen=True)
class DPOConfig:
    """Settings of a run.

    Attributes:
        steps: How many updates.
        batch_size: Pairs a step, at most; with fewer votes all of them are used in every step.
        learning_rate: Step size at the start; it falls to almost nothing in a straight line.
        beta: How strongly a preference outweighs staying near the reference.
        max_norm: Gradients are clipped to this global norm; 0 for no clipping.
        seed: Of the pairs' order.
    """

    steps: int = 40
    batch_size: int = 32
    learning_rate: float = 4e-5
    beta: float = 0.1
    max_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        require_run(self.steps, self.batch_size, self.learning_rate, self.max_norm)
        require("beta", self.beta, 0, 100, above=True)


DEFAULT_FOR_ADAPTER = DPOConfig(learning_rate=2e-4)
"""An adapter needs a larger step than the whole model."""


# --8<-- [start:dpo]
def train(
    policy: GPT,
    preferences: Sequence[PreferencePair],
    config: DPOConfig | None = None,
    *,
    adapter: Adapter | None = None,
) -> Iterator[PreferenceStep | Diverged]:
    """Train a policy on votes, one result a step.

    Args:
        policy: The fine-tuned model; changed in place.
        preferences: Pairs of a chosen and a rejected answer.
        config: The settings; if not given, the defaults for training everything or an adapter.
        adapter: If given, only it is trained, and the policy with the adapter off is the reference: one model does.
            Otherwise everything is trained, and a copy of the policy is the reference.

    Yields:
        A `PreferenceStep` after each update, or a `Diverged` as the last result.

    Raises:
        EngineError: There are no votes, or a word is unknown.
    """
    config = config or (DEFAULT_FOR_ADAPTER if adapter else DPOConfig())
    pairs = _with_reference(preferences, policy, adapter)
    trained = adapter.parameters if adapter else policy.parameters
    batch_size = min(config.batch_size, len(pairs))
    width = longest(rows_of(pairs))
    chosen, rejected = RowBatch(batch_size, width), RowBatch(batch_size, width)
    reference_chosen, reference_rejected = full((batch_size,), 0.0), full((batch_size,), 0.0)
    optimizer = AdamW(trained, config.learning_rate, max_norm=config.max_norm)

    # --8<-- [start:update]
    def update() -> tuple[Tensor, Tensor, Tensor]:
        better, worse = response_logprobs(policy, chosen), response_logprobs(policy, rejected)
        loss = dpo_loss(better, worse, reference_chosen, reference_rejected, config.beta)
        loss.backward()
        optimizer.step()
        return loss, better, worse
        # --8<-- [end:update]

    one_update = Captured(update)
    guard = Guard([trained], log(2))
    order = endless(pairs, config.seed)
    for step in range(1, config.steps + 1):
        drawn = list(islice(order, batch_size))
        chosen.fill([pair.chosen for pair in drawn])
        rejected.fill([pair.rejected for pair in drawn])
        reference_chosen.set([pair.reference_chosen for pair in drawn])
        reference_rejected.set([pair.reference_rejected for pair in drawn])
        rate = optimizer.learning_rate = linear_decay(step, config.steps, config.learning_rate)
        guard.before_step()
        loss, better, worse = one_update()
        finding = guard.check(step, loss.item(), rate)
        if finding:
            yield finding
            return
        margins = [
            config.beta * (a - pair.reference_chosen - b + pair.reference_rejected)
            for a, b, pair in zip(better.tolist(), worse.tolist(), drawn, strict=True)
        ]
        yield preference_step(step, config.steps, loss.item(), margins, rate, optimizer.gradient_norm)


# --8<-- [end:dpo]


def _with_reference(preferences: Sequence[PreferencePair], policy: GPT, adapter: Adapter | None) -> list[EncodedPair]:
    """Add the reference's log-probabilities: from the policy before it changes, with its adapter off."""
    pairs = encode_preferences(preferences, "dpo")
    # --8<-- [start:reference]
    with adapter.disabled() if adapter else nullcontext():
        logprobs = row_logprobs(policy, rows_of(pairs))
    return [
        replace(pair, reference_chosen=logprobs[2 * number], reference_rejected=logprobs[2 * number + 1])
        for number, pair in enumerate(pairs)
    ]
    # --8<-- [end:reference]


# --8<-- [start:response_logprobs]
def response_logprobs(model: GPT, batch: RowBatch) -> Tensor:
    """Return the log-probability of each row's response, the sum over its tokens, in nats, shape (B,)."""
    return op.sum_rows(op.token_logprobs(model(batch.tokens), batch.targets), batch.counts_in_loss)


# --8<-- [end:response_logprobs]


def row_logprobs(model: GPT, rows: Sequence[Row]) -> list[float]:
    """Return the log-probability that a model gives to each row's response, in nats."""
    batch = RowBatch(len(rows), longest(rows))
    batch.fill(rows)
    with no_grad():
        logprobs: list[float] = response_logprobs(model, batch).tolist()
    return logprobs
