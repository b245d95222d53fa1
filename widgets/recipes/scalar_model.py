"""A transformer that gives a number at every position instead of the next word.

The reward model reads its number at the end of an answer; PPO's value model reads it at every token.
"""

from __future__ import annotations

from collections.abc import Sequence

from widgets.engine import checkpoint
from widgets.engine import operations as op
from widgets.engine.architectures.gpt import GPT
from widgets.engine.parameters import ParameterSet
from widgets.engine.tensor import Indices, Tensor, full, no_grad
from widgets.recipes.encoding import Row


class ScalarModel:
    """A copy of a language model with a scalar head in place of its vocabulary.

    Attributes:
        trunk: The transformer.
        head: One row of weights and a bias, zero at the start, so that every score starts at 0.
    """

    def __init__(self, model: GPT) -> None:
        """Copy a model; merge its adapter first, because the copy takes its weights only."""
        self.trunk = model.copy()
        self.head = ParameterSet({"head.weight": (1, model.config.n_embd), "head.bias": (1,)})

    @property
    def parameter_sets(self) -> list[ParameterSet]:
        """Everything trainable."""
        return [self.trunk.parameters, self.head]

    # --8<-- [start:scalar_model]
    def __call__(self, tokens: Indices) -> Tensor:
        """Return one number for every position: tokens (B, T) to (B, T)."""
        hidden = self.trunk.hidden(tokens)
        return op.reshape(op.linear(hidden, self.head["head.weight"], self.head["head.bias"]), tokens.shape)

    # --8<-- [end:scalar_model]

    def dump(self) -> bytes:
        """Return the trunk as the bytes of a checkpoint, with the head's numbers in its notes."""
        head = {name: [round(value, 6) for value in parameter.data()] for name, parameter in self.head.items()}
        return checkpoint.dump_model(self.trunk, notes={"head": head})

    def copy(self) -> ScalarModel:
        """Return a second model with the same weights."""
        twin = ScalarModel(self.trunk)
        twin.head.copy_from(self.head)
        return twin


class ScoreBatch:
    """Rows to be scored at their last token.

    Attributes:
        tokens: Whole rows, padded at the end, shape (B, T).
        is_last: 1 at each row's last token, shape (B, T).
    """

    def __init__(self, batch_size: int, longest: int) -> None:
        """Reserve the tensors.

        Args:
            batch_size: B.
            longest: T, the length of the longest row in tokens.
        """
        self.tokens = Indices((batch_size, longest))
        self.is_last = full((batch_size, longest), 0.0)

    def fill(self, rows: Sequence[Row]) -> None:
        """Write as many rows as the batch holds into the tensors."""
        width = self.tokens.shape[1]
        tokens: list[int] = []
        is_last: list[float] = []
        for row in rows:
            ids = [*row.prompt, *row.response]
            padding = width - len(ids)
            tokens += [*ids, *[0] * padding]
            is_last += [*[0.0] * (len(ids) - 1), 1.0, *[0.0] * padding]
        self.tokens.set(tokens)
        self.is_last.set(is_last)

    def scores(self, model: ScalarModel) -> Tensor:
        """Return a model's number at each row's last token, shape (B,)."""
        return op.sum_rows(model(self.tokens), self.is_last)


def score_rows(model: ScalarModel, rows: Sequence[Row]) -> list[float]:
    """Return the score of each row."""
    batch = ScoreBatch(len(rows), max(len(row) for row in rows))
    batch.fill(rows)
    with no_grad():
        scores: list[float] = batch.scores(model).tolist()
    return scores
