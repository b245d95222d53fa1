"""The facts of the tiny model's world: real animals, eight attributes, one source for each fact.

What it simplifies: an attribute has one value per animal (a wolf also eats berries now and then), and an
animal simply lacks the attribute where one honest word does not exist, so a missing value is no statement.
The files beside this module are the truth: ``animals.csv``, ``facts.csv``, ``attributes.json``, ``sources.json``.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from widgets.core.errors import EngineError, not_allowed

Split = Literal["train", "held_out"]


@dataclass(frozen=True)
class Animal:
    """One animal of the world.

    Attributes:
        name: One lower-case word.
        scientific_name: The species or group that the facts describe.
        split: ``"train"`` if its questions may be used for fine-tuning; the questions about a ``"held_out"``
            animal are only ever asked in tests. The pre-training text tells about both.
    """

    name: str
    scientific_name: str
    split: Split


@dataclass(frozen=True)
class Attribute:
    """Something that is told and asked about animals.

    Attributes:
        name: For example ``"food"``.
        asks: What it means, in words.
        statements: Paraphrases of the fact, as templates for `widgets.world.phrasing.fill`.
        questions: Wordings of the question, as templates.
        terse: Template of the shortest answer.
        full: Template of the answer in a sentence.
    """

    name: str
    asks: str
    statements: tuple[str, ...]
    questions: tuple[str, ...]
    terse: str
    full: str


@dataclass(frozen=True)
class Fact:
    """One checked fact; ``source`` is a key of `World.sources`."""

    animal: str
    attribute: str
    value: str
    source: str


@dataclass(frozen=True)
class Source:
    """Where a fact can be looked up."""

    publisher: str
    title: str
    url: str


@dataclass(frozen=True)
class World:
    """All animals, attributes, facts and sources, each in the order of its file."""

    animals: tuple[Animal, ...]
    attributes: tuple[Attribute, ...]
    facts: tuple[Fact, ...]
    sources: dict[str, Source]

    def animal(self, name: str) -> Animal:
        """Return the animal with this name.

        Raises:
            EngineError: The world has no such animal.
        """
        for animal in self.animals:
            if animal.name == name:
                return animal
        raise EngineError(not_allowed("animal", name, (animal.name for animal in self.animals)))

    def attribute(self, name: str) -> Attribute:
        """Return the attribute with this name.

        Raises:
            EngineError: The world has no such attribute.
        """
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise EngineError(not_allowed("attribute", name, (attribute.name for attribute in self.attributes)))

    def values(self, attribute: str) -> tuple[str, ...]:
        """Return the closed list of values of an attribute, in the order of their first use.

        >>> load_world().values("active")
        ('at night', 'by day', 'at twilight')
        """
        name = self.attribute(attribute).name
        return tuple(dict.fromkeys(fact.value for fact in self.facts if fact.attribute == name))

    def facts_of(self, split: Split) -> tuple[Fact, ...]:
        """Return the facts about the animals of one split, in the order of the file."""
        names = {animal.name for animal in self.animals if animal.split == split}
        return tuple(fact for fact in self.facts if fact.animal in names)

    def value(self, animal: str, attribute: str) -> str | None:
        """Return the value of an animal's attribute, or None where the world has no such fact.

        Raises:
            EngineError: The world has no such animal or attribute.

        >>> load_world().value("wolf", "food")
        'meat'
        """
        names = (self.animal(animal).name, self.attribute(attribute).name)
        return _value_of().get(names)


def read_data_file(file: str) -> str:
    """Return the text of a file that lies beside this module."""
    return resources.files(__package__).joinpath(file).read_text(encoding="utf-8")


def _split(word: str) -> Split:
    if word == "train":
        return "train"
    if word == "held_out":
        return "held_out"
    raise EngineError(not_allowed("split", word, ("train", "held_out")))


@cache
def load_world() -> World:
    """Read the world from its files, once.

    Raises:
        EngineError: An animal's split is neither ``train`` nor ``held_out``.
    """
    animals = tuple(
        Animal(row["name"], row["scientific_name"], _split(row["split"]))
        for row in csv.DictReader(read_data_file("animals.csv").splitlines())
    )
    attributes = tuple(
        Attribute(
            row["name"],
            row["asks"],
            tuple(row["statements"]),
            tuple(row["questions"]),
            row["terse"],
            row["full"],
        )
        for row in json.loads(read_data_file("attributes.json"))
    )
    facts = tuple(Fact(**row) for row in csv.DictReader(read_data_file("facts.csv").splitlines()))
    sources = {key: Source(**row) for key, row in json.loads(read_data_file("sources.json")).items()}
    return World(animals, attributes, facts, sources)


@cache
def _value_of() -> dict[tuple[str, str], str]:
    return {(fact.animal, fact.attribute): fact.value for fact in load_world().facts}
