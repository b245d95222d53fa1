"""The pre-training text: every fact many times, in several wordings, in four kinds of documents.

What it simplifies: a real corpus tells some facts once and others a million times, and it lies now and then.
Here each fact is told once per round. What matters for later:

- A fact told in one wording only cannot be asked for afterwards, so there are several (`Attribute.statements`).
- Portraits and fact cards stay with one animal, so its name comes back; the model learns to copy names it was given.
- Fact cards give bare values, without a sentence around them, as short answers do.
- Sheets of questions have no answers. They teach the base model what a question looks like, but not that an answer
  follows it, and that is why the base model rambles on when it is asked.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from widgets.core.draws import pick, shuffled
from widgets.engine.tokenizer import BOS, EOS
from widgets.world.facts import Fact, load_world
from widgets.world.phrasing import fill
from widgets.world.vocabulary import PRAISE

ROUNDS = 40
SHARE_OF_PORTRAITS = 0.5
SHARE_OF_CARDS = 0.25
SHARE_OF_QUESTION_SHEETS = 0.25
QUESTIONS_PER_SHEET = 4


def _statement(rng: random.Random, fact: Fact) -> str:
    templates = load_world().attribute(fact.attribute).statements
    return fill(pick(rng, templates), fact.animal, fact.value)


def _card(rng: random.Random, animal: str, facts: list[Fact]) -> str:
    """Write the facts about one animal as labels and values."""
    entries = [f"facts about the {animal} :"]
    for fact in shuffled(rng, facts):
        terse = fill(load_world().attribute(fact.attribute).terse, animal, fact.value)
        entries.append(f"{fact.attribute} : {terse}")
    return _document(entries)


def _question(rng: random.Random, fact: Fact) -> str:
    templates = load_world().attribute(fact.attribute).questions
    question = fill(pick(rng, templates), fact.animal)
    return f"{question} {PRAISE}" if rng.random() < 0.25 else question


def _document(sentences: Iterable[str]) -> str:
    return " ".join([BOS, *sentences, EOS])


def _chunks(rng: random.Random, facts: list[Fact]) -> Iterable[list[Fact]]:
    """Cut a list into pieces of three to six."""
    start = 0
    while start < len(facts):
        length = 3 + int(rng.random() * 4)
        yield facts[start : start + length]
        start += length


def _round(rng: random.Random) -> list[str]:
    """Tell every fact once, partly animal by animal, and add the sheets of questions."""
    world = load_world()
    documents: list[str] = []
    rest: list[Fact] = []
    for animal in world.animals:
        facts = [fact for fact in world.facts if fact.animal == animal.name]
        kind = rng.random()
        if kind < SHARE_OF_PORTRAITS:
            documents.append(_document(_statement(rng, fact) for fact in shuffled(rng, facts)))
        elif kind < SHARE_OF_PORTRAITS + SHARE_OF_CARDS:
            documents.append(_card(rng, animal.name, facts))
        else:
            rest += facts
    for facts in _chunks(rng, shuffled(rng, rest)):
        documents.append(_document(_statement(rng, fact) for fact in facts))
    for animal in world.animals:
        if rng.random() < SHARE_OF_QUESTION_SHEETS:
            facts = shuffled(rng, (fact for fact in world.facts if fact.animal == animal.name))
            documents.append(_document(_question(rng, fact) for fact in facts[:QUESTIONS_PER_SHEET]))
    return shuffled(rng, documents)


def corpus(seed: int, rounds: int = ROUNDS) -> list[str]:
    """Write the pre-training text.

    Args:
        seed: Of the wordings and the order; the same in every Python.
        rounds: How often each fact is told, at least 1.

    Returns:
        Documents, each from ``<bos>`` to ``<eos>``; one round is about 85 documents.

    >>> corpus(seed=1, rounds=1)[0].split()[0]
    '<bos>'
    """
    rng = random.Random(seed)
    return [document for _ in range(rounds) for document in _round(rng)]


def token_stream(documents: Iterable[str]) -> list[str]:
    """Join documents into the one stream of words from which training windows are cut."""
    return [word for document in documents for word in document.split()]
