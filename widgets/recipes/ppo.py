"""PPO on a reward model: sample answers, score them, make the good ones likelier, and pay for leaving the reference.

What this simplifies: the answers of a round form one batch (no minibatches), the value model is a network of its own
that starts as a copy of the reward model, the KL coefficient is constant, and everything is trained (no adapter).

Sources: Schulman et al., arXiv 1707.06347 (clipping); Schulman et al., arXiv 1506.02438 (advantages); Ouyang et al.,
arXiv 2203.02155, equation 2 (the KL penalty); Stiennon et al., arXiv 2009.01325, section 3.4 (four models).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, fsum, isfinite, sqrt

from widgets.engine import operations as op
from widgets.engine.architectures.gpt import GPT
from widgets.engine.losses import generalized_advantages, kl_rewards, ppo_policy_loss, ppo_value_loss, whiten
from widgets.engine.optimizer import AdamW
from widgets.engine.program import Captured
from widgets.engine.tensor import Tensor, full, no_grad
from widgets.recipes.batches import RowBatch, endless
from widgets.recipes.checks import require
from widgets.recipes.divergence import Guard
from widgets.recipes.encoding import Row, encode_row
from widgets.recipes.evaluation import MAX_ANSWER_TOKENS, answer_questions
from widgets.recipes.results import Diverged, DivergenceCause, PPOStep
from widgets.recipes.scalar_model import ScalarModel, ScoreBatch
from widgets.world import Question

Rows = list[list[float]]

MOST_KL_NATS = 50.0
"""Answers further than this from the reference, in nats an answer, count as blown up.

Without a KL penalty, at the default learning rate, five seeds came to 18 to 33 nats within 100 rounds, with practically
no answer right: they over-optimise, which is a result and no accident. A rate 30 times as large makes 50 or more in a
round or two, unless it loses the reward first. ``python -m widgets train ppo --kl-coeff 0 --steps 100 --seed 2`` makes
such a run.
"""

LEAST_REWARD = -0.5
"""So do answers whose mean reward is lower than this, in standard deviations of the first round's."""

LEAST_REWARD_ERRORS = -4.0
"""With few answers a round their mean is uncertain; it must then be lower by this many standard errors."""


@dataclass(frozen=True)
class PPOConfig:
    """Settings of a run.

    Attributes:
        steps: How many rounds of sampling and learning.
        batch_size: Answers a round.
        epochs: Updates on the same answers.
        learning_rate: Step size of the policy.
        value_learning_rate: Step size of the value model.
        kl_coeff: Price of one nat away from the reference, in standard deviations of the reward.
        clip_epsilon: How far a token's probability ratio may move before the gain stops counting.
        gamma: How much a later reward counts.
        gae_lambda: 0 trusts the value model, 1 only the rewards.
        temperature: Of the sampling; the policy is the model at this temperature.
        max_norm: Gradients are clipped to this global norm; 0 for no clipping.
        seed: Of the questions' order and of the sampling.
    """

    steps: int = 20
    batch_size: int = 64
    epochs: int = 2
    learning_rate: float = 3e-4
    value_learning_rate: float = 5e-4
    kl_coeff: float = 0.2
    clip_epsilon: float = 0.2
    gamma: float = 1.0
    gae_lambda: float = 0.95
    temperature: float = 1.0
    max_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        require("steps", self.steps, 1, 100_000)
        require("batch_size", self.batch_size, 2, 1024)
        require("epochs", self.epochs, 1, 100)
        require("learning_rate", self.learning_rate, 0, 10, above=True)
        require("value_learning_rate", self.value_learning_rate, 0, 10, above=True)
        require("kl_coeff", self.kl_coeff, 0, 1000)
        require("clip_epsilon", self.clip_epsilon, 0, 1, above=True)
        require("gamma", self.gamma, 0, 1)
        require("gae_lambda", self.gae_lambda, 0, 1)
        require("temperature", self.temperature, 0, 10, above=True)
        require("max_norm", self.max_norm, 0, 1e6)


@dataclass(frozen=True)
class PPOModels:
    """The four models that PPO holds in memory.

    Attributes:
        policy: Writes the answers; trained.
        value: Guesses the reward still to come at every token; trained.
        reference: The policy as it was at the start; frozen.
        reward: Scores whole answers; frozen.
    """

    policy: GPT
    value: ScalarModel
    reference: GPT
    reward: ScalarModel


def four_models(policy: GPT, reward: ScalarModel) -> PPOModels:
    """Add the reference, a copy of the policy, and the value model, a copy of the reward model."""
    return PPOModels(policy, reward.copy(), policy.copy(), reward)


# --8<-- [start:ppo]
def train(
    models: PPOModels, asked: Sequence[Question], config: PPOConfig | None = None
) -> Iterator[PPOStep | Diverged]:
    """Train a policy against a reward model, one result a round.

    Args:
        models: The four models; policy and value model are changed in place.
        asked: Questions to answer; their true answers are not used.
        config: The settings.

    Yields:
        A `PPOStep` after each round, or a `Diverged` as the last result. What a round did to the policy shows in the
        answers of the next one (`cause_in_answers`), so after the last round there is one more look.
    """
    config = config or PPOConfig()
    learner = _Learner(models, max(len(question.prompt.split()) for question in asked), config)
    guard = Guard([models.policy.parameters, *models.value.parameter_sets], chance_loss=50.0, may_rise=True)
    order = endless(asked, config.seed)
    scale: RewardScale | None = None
    for step in range(1, config.steps + 2):
        questions = list(islice(order, config.batch_size))
        seed = config.seed * config.steps + step
        answers = answer_questions(models.policy, questions, temperature=config.temperature, seed=seed)
        rows = [encode_row(question.prompt, answer) for question, answer in zip(questions, answers, strict=True)]
        seen = learner.look_at(rows)
        scale = scale or RewardScale.of(seen.scores)
        scores = [scale.standardize(score) for score in seen.scores]
        kl_nats, reward_mean = seen.kl_nats(), fsum(scores) / len(scores)
        cause = cause_in_answers(kl_nats, reward_mean, len(rows))
        if cause:
            yield guard.go_back(step - 1, cause, config.learning_rate, kl_nats=kl_nats, reward_mean=reward_mean)
        if cause or step > config.steps:
            return
        rewards = kl_rewards(seen.logprobs, seen.reference_logprobs, scores, config.kl_coeff)
        advantages, returns = generalized_advantages(
            rewards, seen.values, gamma=config.gamma, gae_lambda=config.gae_lambda
        )
        guard.before_step()
        policy_loss, value_loss, ratios = learner.learn(seen, whiten(advantages), returns)
        finding = guard.check(step, policy_loss + value_loss, config.learning_rate)
        if finding:
            yield finding
            return
        yield PPOStep(
            step=step,
            steps=config.steps,
            reward_mean=reward_mean,
            kl_nats=kl_nats,
            policy_loss=policy_loss,
            value_loss=value_loss,
            clipped_share=sum(1 for ratio in ratios if abs(ratio - 1) > config.clip_epsilon) / len(ratios),
            questions=tuple(question.text for question in questions),
            answers=tuple(answers),
        )


# --8<-- [end:ppo]


def cause_in_answers(kl_nats: float, reward_mean: float, count: int) -> DivergenceCause | None:
    """Say what is wrong with a round's answers if the policy that gave them has blown up; None if all is well.

    Args:
        kl_nats: How far they are from the reference, in nats an answer.
        reward_mean: Their mean reward, in standard deviations of the first round's.
        count: How many they are.

    >>> cause_in_answers(20.0, 1.2, 64), cause_in_answers(75.0, 0.2, 64), cause_in_answers(18.0, -0.8, 64)
    (None, 'far from the reference', 'reward lost')
    """
    if not (isfinite(kl_nats) and isfinite(reward_mean)):
        return "not a number"
    if kl_nats > MOST_KL_NATS:
        return "far from the reference"
    return "reward lost" if reward_mean < min(LEAST_REWARD, LEAST_REWARD_ERRORS / sqrt(count)) else None


@dataclass(frozen=True)
class RewardScale:
    """Makes the first round's scores average 0 with a standard deviation of 1, so that `kl_coeff` has a unit."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> RewardScale:
        """Measure some scores."""
        mean = fsum(scores) / len(scores)
        variance = fsum((score - mean) ** 2 for score in scores) / len(scores)
        return cls(mean, sqrt(variance) or 1.0)

    def standardize(self, score: float) -> float:
        """Return a score in standard deviations above the mean."""
        return (score - self.mean) / self.deviation


@dataclass(frozen=True)
class _Seen:
    """What the four models say about a round's answers, one number a token of the answer."""

    rows: list[Row]
    logprobs: Rows
    reference_logprobs: Rows
    values: Rows
    scores: list[float]

    def kl_nats(self) -> float:
        pairs = zip(self.logprobs, self.reference_logprobs, strict=True)
        return fsum(fsum(policy) - fsum(reference) for policy, reference in pairs) / len(self.rows)


class _Learner:
    """The tensors and recorded steps of a run: all rounds have the same shapes."""

    def __init__(self, models: PPOModels, longest_prompt: int, config: PPOConfig) -> None:
        width = longest_prompt + MAX_ANSWER_TOKENS
        self._models = models
        self._config = config
        self._batch = RowBatch(config.batch_size, width)
        self._scored = ScoreBatch(config.batch_size, width)
        shape = self._batch.tokens.shape
        self._old_logprobs, self._old_values = full(shape, 0.0), full(shape, 0.0)
        self._advantages, self._returns = full(shape, 0.0), full(shape, 0.0)
        self._policy_optimizer = AdamW(models.policy.parameters, config.learning_rate, max_norm=config.max_norm)
        self._value_optimizer = AdamW(models.value.parameter_sets, config.value_learning_rate, max_norm=config.max_norm)
        self._look = Captured(self._judgements)
        self._update = Captured(self._one_update)

    def look_at(self, rows: list[Row]) -> _Seen:
        """Ask all four models about some answers."""
        self._batch.fill(rows)
        self._scored.fill(rows)
        with no_grad():
            logprobs, reference_logprobs, values, scores = self._look()
        return _Seen(
            rows,
            _answer_parts(logprobs, rows),
            _answer_parts(reference_logprobs, rows),
            _answer_parts(values, rows),
            scores.tolist(),
        )

    def learn(self, seen: _Seen, advantages: Rows, returns: Rows) -> tuple[float, float, list[float]]:
        """Improve policy and value model on the answers; return both losses and the tokens' ratios."""
        _write(self._old_logprobs, seen.logprobs, seen.rows)
        _write(self._old_values, seen.values, seen.rows)
        _write(self._advantages, advantages, seen.rows)
        _write(self._returns, returns, seen.rows)
        for _ in range(self._config.epochs):
            policy_loss, value_loss, logprobs = self._update()
        pairs = zip(_answer_parts(logprobs, seen.rows), seen.logprobs, strict=True)
        ratios = [exp(min(new - old, 50.0)) for row, before in pairs for new, old in zip(row, before, strict=True)]
        return policy_loss.item(), value_loss.item(), ratios

    def _logprobs(self, model: GPT) -> Tensor:
        logits = op.scale(model(self._batch.tokens), 1 / self._config.temperature)
        return op.token_logprobs(logits, self._batch.targets)

    # --8<-- [start:four_models]
    def _judgements(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        models = self._models
        policy, reference = self._logprobs(models.policy), self._logprobs(models.reference)
        return policy, reference, models.value(self._batch.tokens), self._scored.scores(models.reward)
        # --8<-- [end:four_models]

    # --8<-- [start:ppo_update]
    def _one_update(self) -> tuple[Tensor, Tensor, Tensor]:
        counts, epsilon = self._batch.counts_in_loss, self._config.clip_epsilon
        logprobs = self._logprobs(self._models.policy)
        policy_loss = ppo_policy_loss(logprobs, self._old_logprobs, self._advantages, epsilon, counts)
        policy_loss.backward()
        self._policy_optimizer.step()
        values = self._models.value(self._batch.tokens)
        value_loss = ppo_value_loss(values, self._old_values, self._returns, epsilon, counts)
        value_loss.backward()
        self._value_optimizer.step()
        return policy_loss, value_loss, logprobs

    # --8<-- [end:ppo_update]


def _answer_parts(tensor: Tensor, rows: Sequence[Row]) -> Rows:
    """Cut the tokens of the answers out of a tensor (B, T) that has one number for each target."""
    numbers: Rows = tensor.tolist()
    return [line[len(row.prompt) - 1 : len(row) - 1] for line, row in zip(numbers, rows, strict=True)]


def _write(tensor: Tensor, parts: Rows, rows: Sequence[Row]) -> None:
    """Put numbers for the answers' tokens into a tensor (B, T), zeros elsewhere."""
    width = tensor.shape[1]
    flat: list[float] = []
    for part, row in zip(parts, rows, strict=True):
        before = len(row.prompt) - 1
        flat += [*[0.0] * before, *part, *[0.0] * (width - before - len(part))]
    tensor.set(flat)
