"""Figures that the method-comparison lesson shows; each is computed when the site is built."""

from __future__ import annotations

from widgets.catalog import costs, memory, quantization

_7B = "meta-llama/Llama-2-7b-hf"


def _states_gb(method: str) -> str:
    """Weights, gradients and optimiser states of Llama 2 7B, in GB."""
    return f"{memory.estimate(_7B, method).model_state_bytes / memory.GB:.1f}"


def _total_gb(method: str, tuning: str) -> str:
    """Everything for one row (for DPO one pair) of 512 tokens, in GB."""
    return f"{memory.estimate(_7B, method, tuning=tuning).total_bytes / memory.GB:.0f}"


def _weight(precision: str) -> str:
    return f"{memory.PRECISIONS[precision].weight_bytes}"


def _gradient_and_states(precision: str) -> str:
    """Bytes of a gradient and of what the optimiser keeps, for one trained parameter."""
    chosen = memory.PRECISIONS[precision]
    return f"{chosen.gradient_bytes} + {chosen.master_bytes + chosen.adam_bytes}"


FIGURES = {
    "which-mixed-w": lambda: _weight("bf16-mixed"),
    "which-mixed-gs": lambda: _gradient_and_states("bf16-mixed"),
    "which-bf16-w": lambda: _weight("bf16"),
    "which-bf16-gs": lambda: _gradient_and_states("bf16"),
    "which-adapter-w": lambda: _weight("fp32"),
    "which-adapter-gs": lambda: _gradient_and_states("fp32"),
    "which-adapter-all": lambda: f"{_weight('fp32')} + {_gradient_and_states('fp32')}",
    "which-nf4-w": lambda: f"{quantization.bits_per_parameter() / 8:.2f}",
    "which-full-mixed-gb": lambda: _states_gb("full-sft"),
    "which-weights-bf16-gb": lambda: f"{memory.estimate(_7B, 'full-sft').component_bytes('weights') / memory.GB:.1f}",
    "which-lora-gb": lambda: _states_gb("lora"),
    "which-qlora-gb": lambda: _states_gb("qlora"),
    "which-ppo-states-gb": lambda: _states_gb("rlhf-ppo"),
    "which-dpo-states-gb": lambda: _states_gb("dpo"),
    "which-ppo-gb": lambda: _total_gb("rlhf-ppo", "full"),
    "which-dpo-gb": lambda: _total_gb("dpo", "full"),
    "which-ppo-lora-gb": lambda: _total_gb("rlhf-ppo", "lora"),
    "which-dpo-lora-gb": lambda: _total_gb("dpo", "lora"),
    "which-pretrain-usd": lambda: f"{round(costs.TRAINING_RUNS['llama-2-7b'].usd(), -4):,.0f}",
}
