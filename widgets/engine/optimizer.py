"""AdamW with the gradient's global norm clipped, fused over flat parameter buffers.

Sources: Loshchilov and Hutter, arXiv 1711.05101 (AdamW); Pascanu et al., arXiv 1211.5063 (clipping).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

from widgets.core.errors import EngineError
from widgets.engine.buffers import current_pool
from widgets.engine.library import run
from widgets.engine.parameters import ParameterSet
from widgets.engine.tensor import full

# Where the kernel's State keeps its doubles (kernels/optimizer.c).
_RATE, _SUM_OF_SQUARES, _BETA1_POWER, _BETA2_POWER, _STEPS = range(5)
_STATE_WORDS: Final = 5


class AdamW:
    """The optimiser of one or more parameter sets; the same formula as ``torch.optim.AdamW``.

    Weight decay applies to every parameter, as in torch when all are passed as one group.
    """

    def __init__(
        self,
        parameters: ParameterSet | Sequence[ParameterSet],
        learning_rate: float,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        max_norm: float = 0.0,
    ) -> None:
        """Reserve the two moments of every parameter.

        Args:
            parameters: What to train.
            learning_rate: The step size; may be changed between steps.
            betas: How much of the old first and second moment is kept each step.
            epsilon: Added to the root of the second moment.
            weight_decay: Share of a parameter, times the learning rate, that is taken off each step.
            max_norm: Gradients with a larger global norm are scaled down to it; 0 for no clipping.

        Raises:
            EngineError: There is nothing to train, or a setting is out of range.
        """
        self._sets = [parameters] if isinstance(parameters, ParameterSet) else list(parameters)
        if not any(parameters.is_trainable for parameters in self._sets):
            raise EngineError("AdamW: none of the parameters is trainable")
        if not (0 <= betas[0] < 1 and 0 <= betas[1] < 1):
            raise EngineError(f"AdamW: betas must lie from 0 to below 1, got {betas}")
        self._settings = (betas[0], betas[1], epsilon, weight_decay, max_norm)
        self._moments = [
            (full(parameters.values.shape, 0.0), full(parameters.values.shape, 0.0)) for parameters in self._sets
        ]
        self._buffer = current_pool().take(8 * _STATE_WORDS)
        self._state = self._buffer.doubles(_STATE_WORDS)
        self._state[_BETA1_POWER] = self._state[_BETA2_POWER] = 1.0
        self._state[_STEPS] = self._state[_SUM_OF_SQUARES] = 0.0
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """The step size of the next step; a captured step reads it at every replay."""
        return self._state[_RATE]

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._state[_RATE] = value

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return int(self._state[_STEPS])

    @property
    def gradient_norm(self) -> float:
        """The global norm of the last step's gradient, before clipping."""
        return sqrt(self._state[_SUM_OF_SQUARES])

    def step(self) -> None:
        """Change the parameters by one step and set their gradients to zero."""
        beta1, beta2 = self._settings[:2]
        state = self._buffer.address
        trained = [pair for pair in zip(self._sets, self._moments, strict=True) if pair[0].is_trainable]
        run("optimizer_begin", state, beta1, beta2)
        for parameters, _ in trained:
            run("sum_of_squares", state, parameters.gradients.address, parameters.gradients.size)
        for parameters, (first, second) in trained:
            addresses = (parameters.values.address, parameters.gradients.address, first.address, second.address)
            run("adamw", *addresses, parameters.values.size, state, *self._settings)
