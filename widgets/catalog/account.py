"""The form of a memory account: parts with their size and formula, and their sums."""

from __future__ import annotations

from dataclasses import dataclass

COMPONENTS: dict[str, str] = {
    "weights": "weights",
    "quantization_constants": "quantization constants",
    "adapters": "adapters",
    "gradients": "gradients",
    "optimizer_states": "optimiser states",
    "activations": "activations",
    "logits": "logits",
}
"""Id of a component → its name for readers, in the order in which they are shown."""

MODEL_STATES = ("weights", "quantization_constants", "adapters", "gradients", "optimizer_states")
"""Components that do not depend on the text: what the model and its optimiser hold between two steps."""

HOLDERS: dict[str, str] = {
    "model": "model",
    "policy": "policy",
    "value": "value model",
    "reference": "reference model",
    "reward": "reward model",
}
"""Id of a model that a step holds → its name for readers."""


@dataclass(frozen=True)
class MemoryPart:
    """One line of the account.

    Attributes:
        component: Key of `COMPONENTS`.
        holder: Key of `HOLDERS`: the model it belongs to.
        num_bytes: Size in bytes.
        symbols: How it is computed, in words.
        formula: The same with the numbers in it.
    """

    component: str
    holder: str
    num_bytes: int
    symbols: str
    formula: str

    @property
    def label(self) -> str:
        """Name of the component for readers."""
        return COMPONENTS[self.component]


@dataclass(frozen=True)
class MemoryEstimate:
    """The account of one training step."""

    parts: tuple[MemoryPart, ...]

    @property
    def total_bytes(self) -> int:
        """Everything that is held at once."""
        return sum(part.num_bytes for part in self.parts)

    @property
    def model_state_bytes(self) -> int:
        """Weights, adapters, gradients and optimiser states: what does not depend on the text."""
        return sum(part.num_bytes for part in self.parts if part.component in MODEL_STATES)

    @property
    def holders(self) -> tuple[str, ...]:
        """The models held in memory, in order."""
        return tuple(dict.fromkeys(part.holder for part in self.parts))

    def component_bytes(self, component: str) -> int:
        """Bytes of one component, all models together."""
        return sum(part.num_bytes for part in self.parts if part.component == component)

    def by_component(self) -> dict[str, int]:
        """Bytes of every component that occurs, in the order of `COMPONENTS`."""
        return {name: size for name in COMPONENTS if (size := self.component_bytes(name))}
