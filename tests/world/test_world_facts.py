"""The facts of the tiny model's world are complete, free of contradiction, sourced and well split."""

import csv
import re
from collections import Counter
from importlib import resources

import pytest

from widgets.core.errors import EngineError
from widgets.world import facts as facts_module
from widgets.world import load_world

WORLD = load_world()
ATTRIBUTES = [attribute.name for attribute in WORLD.attributes]


def test_the_world_has_64_animals_and_8_attributes():
    assert len(WORLD.animals) == 64
    assert ATTRIBUTES == ["kind", "food", "home", "colour", "legs", "young", "active", "continent"]


def test_no_animal_is_listed_twice():
    assert max(Counter(animal.name for animal in WORLD.animals).values()) == 1
    assert max(Counter(animal.scientific_name for animal in WORLD.animals).values()) == 1


def test_each_animal_has_at_most_one_value_per_attribute():
    assert max(Counter((fact.animal, fact.attribute) for fact in WORLD.facts).values()) == 1


def test_each_fact_is_about_an_animal_and_an_attribute_of_the_world():
    names = {animal.name for animal in WORLD.animals}
    assert {fact.animal for fact in WORLD.facts} == names
    assert {fact.attribute for fact in WORLD.facts} == set(ATTRIBUTES)


def test_each_animal_has_at_least_5_facts_and_6_on_average():
    counts = Counter(fact.animal for fact in WORLD.facts)
    assert min(counts.values()) >= 5
    assert len(WORLD.facts) / len(WORLD.animals) >= 6


def test_each_value_is_one_or_two_lower_case_words():
    for fact in WORLD.facts:
        assert re.fullmatch(r"[a-z-]+( [a-z]+)?", fact.value), fact


def test_each_fact_has_a_source_and_each_source_is_used():
    assert {fact.source for fact in WORLD.facts} == set(WORLD.sources)
    for source in WORLD.sources.values():
        assert source.url.startswith("https://")
        assert source.publisher
        assert source.title


def test_44_animals_are_for_training_and_20_are_held_out():
    splits = Counter(animal.split for animal in WORLD.animals)
    assert splits == {"train": 44, "held_out": 20}
    held_out = {fact.animal for fact in WORLD.facts_of("held_out")}
    assert held_out.isdisjoint(fact.animal for fact in WORLD.facts_of("train"))
    assert len(WORLD.facts_of("held_out")) + len(WORLD.facts_of("train")) == len(WORLD.facts)


def test_each_value_of_a_held_out_animal_is_also_a_value_of_a_training_animal():
    trained = {(fact.attribute, fact.value) for fact in WORLD.facts_of("train")}
    assert {(fact.attribute, fact.value) for fact in WORLD.facts_of("held_out")} <= trained


def test_no_value_answers_more_than_two_thirds_of_the_held_out_questions_of_an_attribute():
    for name in ATTRIBUTES:
        values = Counter(fact.value for fact in WORLD.facts_of("held_out") if fact.attribute == name)
        assert len(values) >= 2
        assert max(values.values()) / values.total() <= 2 / 3, name


def test_the_number_of_legs_fits_the_kind_of_animal():
    legs = {"bird": {"two"}, "insect": {"six"}, "arachnid": {"eight"}, "fish": {"no"}, "amphibian": {"four"}}
    without_legs = {"dolphin", "beluga", "manatee", "anaconda"}
    for animal in WORLD.animals:
        found = WORLD.value(animal.name, "legs")
        kind = WORLD.value(animal.name, "kind")
        expected = legs.get(kind, {"no"} if animal.name in without_legs else {"four", None})
        assert found in expected, animal


def test_an_animal_of_the_oceans_has_no_legs_and_a_bird_has_no_calf():
    for animal in WORLD.animals:
        if WORLD.value(animal.name, "home") == "in oceans":
            assert WORLD.value(animal.name, "legs") == "no"
        if WORLD.value(animal.name, "young") in {"calf", "cub", "pup", "foal", "joey", "kit", "kitten", "infant"}:
            assert WORLD.value(animal.name, "kind") == "mammal" or animal.name == "shark"


def test_a_missing_fact_is_none_and_an_unknown_name_is_an_error_with_the_nearest_match():
    assert WORLD.value("wolf", "continent") is None
    with pytest.raises(EngineError, match=r'unknown animal "wolff".*did you mean "wolf"'):
        WORLD.value("wolff", "food")
    with pytest.raises(EngineError, match=r'unknown attribute "color".*did you mean "colour"'):
        WORLD.value("wolf", "color")


def test_an_unknown_split_in_the_file_is_an_error(monkeypatch):
    text = resources.files("widgets.world").joinpath("animals.csv").read_text(encoding="utf-8")
    assert csv.DictReader(text.splitlines()).fieldnames == ["name", "scientific_name", "split"]
    spoiled = text.replace("wolf,Canis lupus,held_out", "wolf,Canis lupus,heldout")
    assert spoiled != text
    monkeypatch.setattr(facts_module, "read_data_file", lambda _: spoiled)
    with pytest.raises(EngineError, match=r'unknown split "heldout"'):
        facts_module.load_world.__wrapped__()
