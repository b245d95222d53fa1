"""Measure a model on what it never saw in fine-tuning.

All recipes are judged alike: the model answers the questions about the held-out animals, and every answer is checked
against the world. Forgetting is the loss on text like that of pre-training, in wordings drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from widgets.core.errors import EngineError
from widgets.engine.architectures.gpt import GPT
from widgets.engine.operations import cross_entropy
from widgets.engine.sampling import SamplingConfig, generate
from widgets.engine.tensor import Indices, no_grad
from widgets.world import STYLES, Question, Style, Verdict, check_answer, corpus, questions, token_stream, tokenizer

MAX_ANSWER_TOKENS = 16
"""The longest right answer has 12 tokens, its end included."""

FRESH_TEXT_SEED = 20_000
"""Seed of the text for forgetting; pre-training uses another."""


@dataclass(frozen=True)
class Answer:
    """What a model said to one question.

    Attributes:
        question: What was asked.
        text: The answer in words, ``<eos>`` included if it was written.
        verdict: Whether it is right, and its style.
    """

    question: Question
    text: str
    verdict: Verdict


@dataclass(frozen=True)
class Evaluation:
    """What a model is worth.

    Attributes:
        answers: Every answer.
        style: The style that an exact match needs; None if any will do.
    """

    answers: tuple[Answer, ...]
    style: Style | None

    @property
    def exact_match(self) -> float:
        """Share of the answers, 0 to 1, that are right word for word, in the wanted style, with their end."""
        return _share(
            answer.verdict.is_correct and self.style in (None, answer.verdict.style) for answer in self.answers
        )

    @property
    def wrong_share(self) -> float:
        """Share of the answers, 0 to 1, that name a wrong value or are no answer at all."""
        return _share(not answer.verdict.is_correct for answer in self.answers)

    def style_share(self, style: Style) -> float:
        """Share of the answers, 0 to 1, that are written in a style, right or wrong."""
        return _share(answer.verdict.style == style for answer in self.answers)

    @property
    def style_shares(self) -> dict[Style, float]:
        """The share of each style; what is missing to 1 is no answer in any style."""
        return {style: self.style_share(style) for style in STYLES}


def evaluate(
    model: GPT,
    *,
    style: Style | None = None,
    asked: Sequence[Question] | None = None,
    temperature: float = 0.0,
    seed: int = 0,
) -> Evaluation:
    """Ask a model questions and check its answers.

    Args:
        model: With its adapters as they are now.
        style: The style that an exact match needs; None if any will do.
        asked: The questions; all about the held-out animals if not given.
        temperature: 0 takes the likeliest words; 1 samples from the model as it is.
        seed: Of the sampling.

    Raises:
        EngineError: There are no questions.
    """
    asked = questions("held_out") if asked is None else asked
    if not asked:
        raise EngineError("evaluate: needs at least one question")
    texts = answer_questions(model, asked, temperature=temperature, seed=seed)
    checked = (
        Answer(question, text, check_answer(question.fact, text)) for question, text in zip(asked, texts, strict=True)
    )
    return Evaluation(tuple(checked), style)


def answer_questions(model: GPT, asked: Sequence[Question], *, temperature: float = 0.0, seed: int = 0) -> list[str]:
    """Let a model answer questions, each in its chat format.

    Args:
        model: With its adapters as they are now.
        asked: The questions; only their prompts are used, not their true answers.
        temperature: 0 takes the likeliest words; 1 samples from the model as it is.
        seed: Of the sampling.

    Returns:
        One answer a question, in their order, in the world's words joined by spaces; ``<eos>`` is its last word unless
        the model had not ended it after `MAX_ANSWER_TOKENS` tokens.
    """
    sampling = SamplingConfig(MAX_ANSWER_TOKENS, temperature=temperature, seed=seed)
    words = tokenizer()
    prompts = [words.encode(question.prompt) for question in asked]
    return [words.decode(answer) for answer in generate(model, prompts, sampling, eos_id=words.eos_id)]


def text_loss(model: GPT) -> float:
    """Return the loss on fresh text about the same world, in nats a token: what pre-training was good at."""
    stream = _fresh_text()
    width = model.config.context_length
    rows = (len(stream) - 1) // width
    tokens, targets = Indices((rows, width)), Indices((rows, width))
    tokens.set(stream[: rows * width])
    targets.set(stream[1 : rows * width + 1])
    with no_grad():
        return cross_entropy(model(tokens), targets).item()


@cache
def _fresh_text() -> tuple[int, ...]:
    return tuple(tokenizer().encode(" ".join(token_stream(corpus(FRESH_TEXT_SEED, rounds=1)))))


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return values.count(True) / len(values)
