"""What a model's code fixes beyond the numbers of its configuration, by Hugging Face's ``model_type``.

Source: ``modeling_*.py`` of transformers 5.23.0; the counts are tested against PEFT's, the norms and activation
functions were compared with what PyTorch saves for the backward pass.
"""

from __future__ import annotations

from dataclasses import dataclass

ATTENTION_ROLES = ("q", "k", "v", "o")


@dataclass(frozen=True)
class Architecture:
    """One family of decoder-only transformers.

    Attributes:
        label: Name for readers.
        linear_names: Module name of each linear layer of a block, by role (``q``, ``k``, ``v``, ``o``, ``gate``,
            ``up``, ``down``). A role that is missing does not exist: ``phi`` has no gate.
        biased_roles: Roles whose linear layer always has a bias vector.
        obeys_attention_bias: True if the configuration's ``attention_bias`` puts biases on q, k, v and o.
        norms_per_layer: Normalisations of width ``hidden_size`` in one block. With a single one, attention and
            feed-forward part read the same vector.
        is_rms_norm: True for RMSNorm (a weight, computed in 32 bits), False for LayerNorm (a weight and a bias).
        scales_in_fp32: True if RMSNorm multiplies by its weight before it rounds to 16 bits.
        norms_queries_and_keys: True if each head's query and key are normalised too (two vectors of ``head_dim``).
        lm_head_has_bias: True if the output layer has a bias of ``vocab_size``.
        activation_values: Vectors of ``intermediate_size`` that the activation function and the product with the
            gate keep for the backward pass, whatever is trained.
        copies_attention_output: True if the output projection reads a copy of what attention returned.
    """

    label: str
    linear_names: dict[str, str]
    biased_roles: tuple[str, ...] = ()
    obeys_attention_bias: bool = False
    norms_per_layer: int = 2
    is_rms_norm: bool = True
    scales_in_fp32: bool = False
    norms_queries_and_keys: bool = False
    lm_head_has_bias: bool = False
    activation_values: int = 3
    copies_attention_output: bool = False


_GATED = {
    "q": "q_proj",
    "k": "k_proj",
    "v": "v_proj",
    "o": "o_proj",
    "gate": "gate_proj",
    "up": "up_proj",
    "down": "down_proj",
}
_PHI = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "dense", "up": "fc1", "down": "fc2"}

ARCHITECTURES: dict[str, Architecture] = {
    "llama": Architecture("Llama", _GATED, obeys_attention_bias=True),
    "mistral": Architecture("Mistral", _GATED),
    "qwen2": Architecture("Qwen2", _GATED, biased_roles=("q", "k", "v")),
    "qwen3": Architecture("Qwen3", _GATED, obeys_attention_bias=True, norms_queries_and_keys=True),
    "gemma": Architecture("Gemma", _GATED, obeys_attention_bias=True, scales_in_fp32=True),
    "phi": Architecture(
        "Phi",
        _PHI,
        biased_roles=("q", "k", "v", "o", "up", "down"),
        norms_per_layer=1,
        is_rms_norm=False,
        lm_head_has_bias=True,
        activation_values=4,
        copies_attention_output=True,
    ),
}
"""``model_type`` → what its code fixes."""
