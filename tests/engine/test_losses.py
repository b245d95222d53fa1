"""Losses and advantages against loss_reference.json, made with the torch and TRL versions named inside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import pytest

from widgets.core.errors import EngineError
from widgets.engine import losses
from widgets.engine import operations as op
from widgets.engine.tensor import Tensor, indices, tensor

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("loss_reference.json").read_text(encoding="utf-8"))
PPO = REFERENCE["ppo"]
DPO = REFERENCE["dpo"]


def close(values: Sequence[float], expected: Sequence[float]) -> None:
    assert list(values) == pytest.approx(list(expected), abs=1e-6, rel=1e-6)


def flat(rows: Sequence[Sequence[float]]) -> list[float]:
    return [value for row in rows for value in row]


def grid(rows: Sequence[Sequence[float]], *, requires_grad: bool = False) -> Tensor:
    return tensor(flat(rows), (len(rows), len(rows[0])), requires_grad=requires_grad)


def dpo_inputs() -> list[Tensor]:
    names = ("policy_chosen_logps", "policy_rejected_logps", "ref_chosen_logps", "ref_rejected_logps")
    return [tensor(DPO[name], requires_grad=name.startswith("policy")) for name in names]


@pytest.mark.parametrize("beta", sorted(DPO["loss_mean_by_beta"]))
def test_dpo_loss_equals_trl(beta: str) -> None:
    close([losses.dpo_loss(*dpo_inputs(), beta=float(beta)).item()], [DPO["loss_mean_by_beta"][beta]])


def test_dpo_loss_of_each_pair_and_its_gradient_equal_trl() -> None:
    for pair, expected in enumerate(DPO["losses"]):
        one = [tensor([x.tolist()[pair]]) for x in dpo_inputs()]
        close([losses.dpo_loss(*one, beta=DPO["beta"]).item()], [expected])
    inputs = dpo_inputs()
    losses.dpo_loss(*inputs, beta=DPO["beta"]).backward()
    close(inputs[0].gradient().tolist(), DPO["grad_policy_chosen"])
    close(inputs[1].gradient().tolist(), DPO["grad_policy_rejected"])


def test_dpo_starts_at_ln_2() -> None:
    same = tensor([-12.0, -30.5])
    close([losses.dpo_loss(same, same, same, same, beta=0.1).item()], [log(2)])


@pytest.mark.parametrize(("margin", "key"), [(0.0, "loss_mean"), (1.0, "with_margin_1")])
def test_reward_loss_equals_trl(margin: float, key: str) -> None:
    reward = REFERENCE["reward_model"]
    chosen, rejected = tensor(reward["chosen_scores"]), tensor(reward["rejected_scores"])
    close([losses.reward_loss(chosen, rejected, margin).item()], [reward[key]])


def test_kl_rewards_advantages_and_returns_equal_trl() -> None:
    rewards = losses.kl_rewards(PPO["old_logprobs"], PPO["ref_logprobs"], PPO["scores"], PPO["kl_coef"])
    close(flat(rewards), flat(PPO["rewards"]))
    advantages, returns = losses.generalized_advantages(
        rewards, PPO["values"], gamma=PPO["gamma"], gae_lambda=PPO["lam"]
    )
    close(flat(advantages), flat(PPO["advantages_raw"]))
    close(flat(returns), flat(PPO["returns"]))
    close(flat(losses.whiten(advantages)), flat(PPO["advantages_whitened"]))


def test_ppo_policy_loss_and_gradient_equal_trl() -> None:
    """The reference's gradient is that of policy loss + vf_coef · value loss, of which only the first depends on it."""
    new = grid(PPO["new_logprobs"], requires_grad=True)
    loss = losses.ppo_policy_loss(
        new, grid(PPO["old_logprobs"]), grid(PPO["advantages_whitened"]), clip_epsilon=PPO["cliprange"]
    )
    close([loss.item()], [PPO["policy_loss"]])
    loss.backward()
    close(flat(new.gradient().tolist()), flat(PPO["grad_new_logprobs"]))


def test_ppo_value_loss_equals_trl() -> None:
    loss = losses.ppo_value_loss(
        grid(PPO["new_values"]), grid(PPO["values"]), grid(PPO["returns"]), clip_epsilon=PPO["cliprange_value"]
    )
    close([PPO["vf_coef"] * loss.item() + PPO["policy_loss"]], [PPO["total_loss"]])
    close([loss.item()], [PPO["value_loss"]])


@pytest.mark.parametrize("sign", [1, -1])
def test_ppo_objective_equals_the_table_of_the_paper(sign: int) -> None:
    table = PPO["clip_table"]
    key = "objective_adv_+1" if sign == 1 else "objective_adv_-1"
    for ratio, objective in zip(table["ratio"], table[key], strict=True):
        loss = losses.ppo_policy_loss(tensor([log(ratio)]), tensor([0.0]), tensor([float(sign)]), clip_epsilon=0.2)
        close([-loss.item()], [objective])


def test_ppo_losses_ignore_what_does_not_count() -> None:
    mask = tensor([1, 1, 0, 0])
    new, old, gain = tensor([-1.0, -0.5, 9.0, 9.0]), tensor([-1.1, -0.7, 0.0, 0.0]), tensor([1.0, -1.0, 50.0, 50.0])
    half = [tensor(x.tolist()[:2]) for x in (new, old, gain)]
    close(
        [
            losses.ppo_policy_loss(new, old, gain, 0.2, mask).item(),
            losses.ppo_value_loss(new, old, gain, 0.2, mask).item(),
        ],
        [losses.ppo_policy_loss(*half, 0.2).item(), losses.ppo_value_loss(*half, 0.2).item()],
    )


@pytest.mark.parametrize(
    ("labels", "key"),
    [("input_ids", "loss_all_tokens"), ("labels_prompt_masked", "loss_completion_only")],
)
def test_sft_loss_equals_transformers(labels: str, key: str) -> None:
    """Position t predicts token t + 1; a label of -100 does not count."""
    sft = REFERENCE["sft"]
    wanted = sft[labels][0][1:]
    logits = grid(sft["logits"][0][:-1])
    loss = op.cross_entropy(
        logits, indices([max(label, 0) for label in wanted]), tensor([float(label >= 0) for label in wanted])
    )
    close([loss.item()], [sft[key]])


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(EngineError, match=r"generalized_advantages: rows differ in length: \[2\] and \[1\]"):
        losses.generalized_advantages([[1.0, 2.0]], [[1.0]])
