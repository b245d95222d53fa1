"""LoRA: a trainable low-rank change beside a frozen weight, W' = W + (alpha / rank) · B A.

What this leaves out: dropout on the adapter's input, and adapters on embeddings.

Source: Hu et al., LoRA, arXiv 2106.09685, section 4.1; initialisation as Hugging Face PEFT does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt

from widgets.core.errors import EngineError, not_allowed
from widgets.engine.architectures.gpt import GPT, PROJECTIONS
from widgets.engine.library import run
from widgets.engine.linear import LoraPair
from widgets.engine.parameters import ParameterSet
from widgets.engine.random_numbers import fill_uniform
from widgets.engine.tensor import Tensor, empty


@dataclass(frozen=True)
class LoraConfig:
    """What to adapt, and how.

    Attributes:
        rank: Inner dimension of the change; its rank at most.
        alpha: Scale of the change, before division by the rank.
        target_modules: Names of the projections that get one, in every layer.
    """

    rank: int = 8
    alpha: float = 16.0
    target_modules: tuple[str, ...] = PROJECTIONS

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise EngineError(f"LoraConfig: rank must be at least 1, got {self.rank}")
        if not self.target_modules:
            raise EngineError(f"LoraConfig: no target modules; allowed: {', '.join(PROJECTIONS)}")
        for name in self.target_modules:
            if name not in PROJECTIONS:
                raise EngineError(not_allowed("target module", name, PROJECTIONS))

    @property
    def scaling(self) -> float:
        """The factor alpha / rank of the change."""
        return self.alpha / self.rank


class Adapter:
    """The LoRA pairs of a model.

    Attributes:
        config: Rank, alpha and targets.
        parameters: Their A and B, by name: ``layers.0.q_proj.lora_a``, ….
    """

    def __init__(self, model: GPT, config: LoraConfig, *, seed: int = 0) -> None:
        """Freeze a model and put a pair on each of its target projections.

        Args:
            model: Its own parameters stop being trainable.
            config: Rank, alpha and targets.
            seed: Of A's random numbers, even on ±1/sqrt(in); B starts at zero.

        Raises:
            EngineError: The model has an adapter already.
        """
        self.config = config
        self._pairs: dict[str, LoraPair] = {}
        self._linears = {
            name: linear for name, linear in model.linears.items() if name.split(".")[-1] in config.target_modules
        }
        if any(linear.lora is not None for linear in model.linears.values()):
            raise EngineError("Adapter: the model has an adapter; merge it or call its remove first")
        shapes = {}
        for name, linear in self._linears.items():
            n_out, n_in = linear.weight.shape
            shapes[f"{name}.lora_a"] = (config.rank, n_in)
            shapes[f"{name}.lora_b"] = (n_out, config.rank)
        self.parameters = ParameterSet(shapes)
        model.parameters.is_trainable = False
        self._is_merged = False
        # --8<-- [start:initialisation]
        for stream, (name, linear) in enumerate(self._linears.items()):
            a, b = self.parameters[f"{name}.lora_a"], self.parameters[f"{name}.lora_b"]
            bound = 1 / sqrt(a.shape[1])
            fill_uniform(a, -bound, bound, seed=seed, stream=stream)
            linear.lora = self._pairs[name] = LoraPair(a, b, config.scaling)
        # --8<-- [end:initialisation]

    @property
    def is_on(self) -> bool:
        """Whether the model's projections add the change. Set it to peel the adapter off or put it back."""
        return any(pair.is_on for pair in self._pairs.values())

    @is_on.setter
    def is_on(self, value: bool) -> None:
        if value and self._is_merged:
            raise EngineError("Adapter: merged into the weights; unmerge before turning it on")
        self._require_attached()
        for pair in self._pairs.values():
            pair.is_on = value

    @contextmanager
    def disabled(self) -> Iterator[None]:
        """Compute with the frozen model alone inside the block: DPO's reference.

        Raises:
            EngineError: The change is merged into the weights.
        """
        if self._is_merged:
            raise EngineError("Adapter.disabled: merged into the weights; unmerge first")
        was_on = self.is_on
        self.is_on = False
        try:
            yield
        finally:
            self.is_on = was_on

    @property
    def is_merged(self) -> bool:
        """Whether the change is inside the model's weights."""
        return self._is_merged

    def merge(self) -> None:
        """Add scaling · B A to the weights; the model then needs no adapter.

        Raises:
            EngineError: It is merged already, or a weight is in 4 bits.
        """
        if self._is_merged:
            raise EngineError("Adapter.merge: merged already")
        self._add_to_weights(1.0)
        self.is_on = False
        self._is_merged = True

    def unmerge(self) -> None:
        """Take the change out of the weights again.

        Raises:
            EngineError: It is not merged.
        """
        if not self._is_merged:
            raise EngineError("Adapter.unmerge: not merged")
        self._add_to_weights(-1.0)
        self._is_merged = False
        self.is_on = True

    def remove(self) -> None:
        """Take the pairs off the model; a merged change stays in the weights."""
        self._require_attached()
        for linear in self._linears.values():
            linear.lora = None

    # --8<-- [start:delta]
    def delta(self, name: str) -> Tensor:
        """Return the change of one projection, scaling · B A, shape (out, in)."""
        if name not in self._pairs:
            raise EngineError(not_allowed("adapted projection", name, self._pairs))
        pair = self._pairs[name]
        n_out, rank = pair.lora_b.shape
        n_in = pair.lora_a.shape[1]
        result = empty((n_out, n_in))
        addresses = (result.address, pair.lora_b.address, pair.lora_a.address)
        run("matmul", *addresses, 0, 1, n_out, n_in, rank, 0, 0, 0, pair.scaling)
        return result
        # --8<-- [end:delta]

    def _add_to_weights(self, sign: float) -> None:
        self._require_attached()
        quantized = [name for name, linear in self._linears.items() if linear.quantized is not None]
        if quantized:
            raise EngineError(
                f"Adapter.merge: {quantized[0]} is in 4 bits and would lose the change to rounding; "
                "merge into the model's 32-bit weights (GPT.restore_projections) instead"
            )
        # --8<-- [start:merge]
        for name, linear in self._linears.items():
            delta = self.delta(name)
            run("scaled_copy", linear.weight.address, delta.address, delta.size, sign, 1)
        # --8<-- [end:merge]

    def _require_attached(self) -> None:
        if any(self._linears[name].lora is not pair for name, pair in self._pairs.items()):
            raise EngineError("Adapter: it was removed from its model")


def expand_targets(names: Sequence[str]) -> tuple[str, ...]:
    """Turn short names into projections, in the model's order.

    >>> expand_targets(["q", "v"])
    ('q_proj', 'v_proj')
    >>> expand_targets(["all-linear"]) == PROJECTIONS
    True
    """
    if list(names) == ["all-linear"]:
        return PROJECTIONS
    full = [name if name.endswith("_proj") else f"{name}_proj" for name in names]
    for name in full:
        if name not in PROJECTIONS:
            raise EngineError(not_allowed("target module", name, PROJECTIONS))
    return tuple(name for name in PROJECTIONS if name in full)
