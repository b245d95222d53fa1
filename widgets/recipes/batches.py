"""Input tensors that every step of a run reads, and the order in which rows fill them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Literal, TypeVar, get_args

from widgets.core.draws import shuffled
from widgets.core.errors import EngineError, not_allowed
from widgets.engine.tensor import Indices, full
from widgets.recipes.encoding import Row

LossOn = Literal["response", "everything"]
Item = TypeVar("Item")


class RowBatch:
    """Rows side by side, padded at the end.

    Attributes:
        tokens: What the model reads, shape (B, T): each row without its last token.
        targets: What it should predict there, shape (B, T): each row without its first token.
        counts_in_loss: 1 where the target counts, shape (B, T); never on padding.
    """

    def __init__(self, batch_size: int, longest: int) -> None:
        """Reserve the tensors.

        Args:
            batch_size: B, how many rows.
            longest: The length of the longest row in tokens; T is one less.
        """
        shape = (batch_size, longest - 1)
        self.tokens = Indices(shape)
        self.targets = Indices(shape)
        self.counts_in_loss = full(shape, 0.0)

    def fill(self, rows: Sequence[Row], loss_on: LossOn = "response") -> int:
        """Write rows into the tensors.

        Args:
            rows: As many as the batch holds.
            loss_on: ``"response"`` counts the answer and its end, ``"everything"`` the prompt too.

        Returns:
            How many tokens count in the loss.
        """
        if loss_on not in get_args(LossOn):
            raise EngineError(not_allowed("part of a row to train on", loss_on, get_args(LossOn)))
        width = self.tokens.shape[1]
        tokens: list[int] = []
        targets: list[int] = []
        counts: list[float] = []
        # --8<-- [start:loss_mask]
        for row in rows:
            ids = [*row.prompt, *row.response]
            padding = width + 1 - len(ids)
            before = len(row.prompt) - 1  # targets that belong to the prompt
            prompt_counts = 1.0 if loss_on == "everything" else 0.0
            tokens += [*ids[:-1], *[0] * padding]
            targets += [*ids[1:], *[0] * padding]
            counts += [*[prompt_counts] * before, *[1.0] * len(row.response), *[0.0] * padding]
        # --8<-- [end:loss_mask]
        self.tokens.set(tokens)
        self.targets.set(targets)
        self.counts_in_loss.set(counts)
        return int(sum(1 for count in counts if count))


def endless(items: Sequence[Item], seed: int) -> Iterator[Item]:
    """Go through the items in random order, again and again, in a new order each time.

    >>> draw = endless("ab", seed=0)
    >>> sorted(next(draw) for _ in range(4))
    ['a', 'a', 'b', 'b']
    """
    rng = random.Random(seed)
    while True:
        yield from shuffled(rng, items)
