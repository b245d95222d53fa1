"""Generation with cached keys and values agrees with the whole-sequence model, and obeys its settings."""

from __future__ import annotations

from collections import Counter
from math import exp

import pytest

from tests.engine.models import CONFIG, small_model
from widgets.core.errors import EngineError
from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT
from widgets.engine.sampling import SamplingConfig, generate
from widgets.engine.tensor import indices

PROMPTS = [[1, 5, 9], [7], [3, 3, 3, 3, 3]]
NEVER = -1  # no such token


def greedy_without_cache(model: GPT, prompt: list[int], count: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(count):
        last = model(indices(tokens, (1, len(tokens)))).tolist()[0][-1]
        tokens.append(max(range(len(last)), key=last.__getitem__))
    return tokens[len(prompt) :]


@pytest.mark.parametrize("adapted", [False, True])
def test_the_cache_changes_nothing(adapted: bool) -> None:
    model = small_model()
    if adapted:
        adapter = Adapter(model, LoraConfig(rank=2))
        for name, parameter in adapter.parameters.items():
            if name.endswith("lora_b"):
                parameter.set([0.3] * parameter.size)
    answers = generate(model, PROMPTS, SamplingConfig(max_new_tokens=6), eos_id=NEVER)
    assert answers == [greedy_without_cache(model, prompt, 6) for prompt in PROMPTS]


def test_answers_stop_at_the_end_token_and_at_the_context() -> None:
    model = small_model()
    free = generate(model, PROMPTS, SamplingConfig(max_new_tokens=50), eos_id=NEVER)
    assert [len(prompt) + len(answer) for prompt, answer in zip(PROMPTS, free, strict=True)] == [12, 12, 12]
    end = free[0][2]
    first = free[0].index(end)
    assert generate(model, PROMPTS, SamplingConfig(max_new_tokens=50), eos_id=end)[0] == free[0][: first + 1]


def test_a_batch_gives_each_prompt_the_answer_it_gets_alone() -> None:
    model = small_model()
    alone = [generate(model, [prompt], SamplingConfig(max_new_tokens=5), eos_id=NEVER)[0] for prompt in PROMPTS]
    assert generate(model, PROMPTS, SamplingConfig(max_new_tokens=5), eos_id=NEVER) == alone


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    model = small_model()

    def sample(seed: int) -> list[list[int]]:
        return generate(model, PROMPTS, SamplingConfig(8, temperature=1.0, seed=seed), eos_id=NEVER)

    assert sample(3) == sample(3)
    assert sample(3) != sample(4)


def first_tokens(model: GPT, sampling: SamplingConfig, draws: int) -> Counter[int]:
    return Counter(answer[0] for answer in generate(model, [[4, 2]] * draws, sampling, eos_id=NEVER))


def probabilities(model: GPT, temperature: float, top_k: int = 0) -> list[float]:
    logits = model(indices([4, 2], (1, 2))).tolist()[0][-1]
    bound = sorted(logits)[-top_k] if top_k else min(logits)
    weights = [exp(logit / temperature) if logit >= bound else 0.0 for logit in logits]
    return [weight / sum(weights) for weight in weights]


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, 0), (0.5, 0), (2.0, 3)])
def test_tokens_come_as_often_as_the_model_says(temperature: float, top_k: int) -> None:
    """3,000 draws: five standard deviations of the largest share are below 0.05."""
    model, draws = small_model(), 3000
    counts = first_tokens(model, SamplingConfig(1, temperature=temperature, top_k=top_k, seed=1), draws)
    for token, probability in enumerate(probabilities(model, temperature, top_k)):
        assert counts[token] / draws == pytest.approx(probability, abs=0.05)
        if probability == 0:
            assert counts[token] == 0


def test_progress_is_reported_at_every_position() -> None:
    seen: list[int] = []
    generate(small_model(), [[1, 2]], SamplingConfig(max_new_tokens=3), eos_id=NEVER, on_token=seen.append)
    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ([], "at least one prompt"),
        ([[]], "a prompt has 0 tokens"),
        ([[1] * 12], "a prompt has 12 tokens; allowed: 1 to 11"),
    ],
)
def test_unusable_prompts_are_refused(prompts: list[list[int]], message: str) -> None:
    with pytest.raises(EngineError, match=message):
        generate(small_model(), prompts, eos_id=NEVER)
    assert CONFIG.context_length == 12


@pytest.mark.parametrize(
    "settings", [{"max_new_tokens": 0}, {"temperature": -1.0}, {"temperature": float("nan")}, {"top_k": -1}]
)
def test_unusable_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(EngineError, match=f"SamplingConfig: {next(iter(settings))} must be"):
        SamplingConfig(**settings)
