"""The texts made from the world are grammatical, within the vocabulary and the same everywhere."""

import hashlib
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.engine.tokenizer import SPECIAL_TOKENS
from widgets.world import (
    STYLES,
    answer_text,
    as_prose,
    as_words,
    chat_prompt,
    corpus,
    load_world,
    qa_pairs,
    questions,
    token_stream,
    unknown_words,
    vocabulary,
)
from widgets.world.corpus import ROUNDS
from widgets.world.phrasing import fill, with_article
from widgets.world.vocabulary import build_vocabulary

WORLD = load_world()
DOCUMENTS = corpus(seed=1, rounds=4)


def all_sentences():
    for fact in WORLD.facts:
        attribute = WORLD.attribute(fact.attribute)
        for template in (*attribute.statements, attribute.full):
            yield fill(template, fact.animal, fact.value)
        for template in attribute.questions:
            yield fill(template, fact.animal)


def test_the_vocabulary_has_200_to_260_tokens_and_is_the_one_that_the_world_needs():
    assert 200 <= len(vocabulary()) <= 260
    assert vocabulary() == build_vocabulary(WORLD)
    assert vocabulary()[: len(SPECIAL_TOKENS)] == SPECIAL_TOKENS


def test_no_token_is_listed_twice():
    assert len(set(vocabulary())) == len(vocabulary())


def test_the_order_of_the_vocabulary_is_the_one_that_the_weights_were_trained_with():
    digest = hashlib.sha256("\n".join(vocabulary()).encode()).hexdigest()
    assert digest == "37c04d51b2477611da3529c85fd67e0d19a8583e3cbe4cc9bf736313eef00d01"


def test_every_word_of_every_text_is_in_the_vocabulary():
    known = set(vocabulary())
    assert set(token_stream(DOCUMENTS)) <= known
    for split in ("train", "held_out"):
        for style in STYLES:
            for pair in qa_pairs(split, style):
                assert set(pair.prompt.split()) | set(pair.response.split()) <= known


def test_the_pre_training_text_uses_every_token_but_padding_and_the_chat_markers():
    assert set(vocabulary()) - set(token_stream(DOCUMENTS)) == {"<pad>", "<user>", "<assistant>"}


def test_the_same_seed_gives_the_same_corpus_in_every_python():
    digest = hashlib.sha256("\n".join(corpus(seed=1)).encode()).hexdigest()
    assert digest == "f43dab86d332fcd42aceb0126f954e123de5ea7c404ed787160ad12c2fa07f89"


def test_another_seed_gives_another_corpus():
    assert corpus(seed=2, rounds=1) != corpus(seed=1, rounds=1)


def test_the_same_seed_gives_the_same_question_rows_in_every_python():
    rows = [f"{pair.prompt} {pair.response}" for pair in qa_pairs("train", "mixed", seed=3)]
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    assert digest == "9f8227a1dd94241e7fba99f2b0c476a03e7ffe934ccad84d90aae44d6cd8dcea"


def test_every_document_is_framed_and_every_fact_is_told_once_per_round():
    for document in DOCUMENTS:
        words = document.split()
        assert words[0] == "<bos>"
        assert words[-1] == "<eos>"
        assert "<bos>" not in words[1:]
        assert "<eos>" not in words[:-1]
    told = {
        fill(template, fact.animal, fact.value): fact
        for fact in WORLD.facts
        for template in WORLD.attribute(fact.attribute).statements
    }
    heard = Counter()
    for document in DOCUMENTS:
        sentences = re.split(r"(?<=[.]) ", document.removeprefix("<bos> ").removesuffix(" <eos>"))
        if document.startswith("<bos> facts about the "):
            animal, *labels = re.findall(r"(\w+) :", document)
            heard.update((animal, label) for label in labels)
        elif "?" not in document:
            heard.update((told[sentence].animal, told[sentence].attribute) for sentence in sentences)
    assert heard == {(fact.animal, fact.attribute): 4 for fact in WORLD.facts}


def test_the_pre_training_text_never_answers_a_question():
    for document in DOCUMENTS:
        assert "<assistant>" not in document
        if "?" in document:
            assert " . " not in document


def test_every_fact_has_at_least_4_wordings_and_3_questions():
    for attribute in WORLD.attributes:
        assert len(set(attribute.statements)) >= 4
        assert len(set(attribute.questions)) >= 3
        assert attribute.full in attribute.statements


def test_an_comes_before_a_vowel_and_a_before_a_consonant():
    for sentence in all_sentences():
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", sentence), sentence


def test_no_noun_of_the_world_is_an_exception_to_the_rule_for_a_and_an():
    nouns = {animal.name for animal in WORLD.animals} | set(WORLD.values("kind")) | set(WORLD.values("young"))
    assert not {noun for noun in nouns if re.match(r"eu|one|uni|use|hour|honest|heir|u[bcfkr][aeiou]", noun)}
    assert with_article("emu") == "an emu"


def test_no_sentence_repeats_a_word_or_keeps_a_placeholder():
    for sentence in all_sentences():
        assert not re.search(r"\b(\w+) \1\b", sentence), sentence
        assert not re.search(r"[{}]|  ", sentence), sentence
        assert sentence.endswith((" .", " ?"))


@pytest.mark.parametrize(
    "sentence",
    [
        "an owl begins life as an owlet .",
        "the dolphin has no legs .",
        "the owl is active at night .",
        "the pelican lives on coasts .",
        "the bobcat comes from north america .",
        "the food of the skunk is insects .",
        "the scorpion is an arachnid .",
        "what is a young orangutan called ?",
    ],
)
def test_typical_sentences_read_well(sentence):
    assert sentence in set(all_sentences())


def test_questions_differ_between_any_two_facts():
    texts = [question.text for split in ("train", "held_out") for question in questions(split)]
    assert len(set(texts)) == len(texts) == 3 * len(WORLD.facts)


def test_no_question_or_animal_of_the_held_out_split_is_in_the_training_rows():
    trained = " ".join(f"{pair.prompt} {pair.response}" for pair in qa_pairs("train", "mixed")).split()
    held_out = {animal.name for animal in WORLD.animals if animal.split == "held_out"}
    assert held_out.isdisjoint(trained)


def test_a_row_has_the_chat_format_and_fits_the_context():
    pair = qa_pairs("train", "terse", seed=5)[0]
    assert re.fullmatch(r"<bos> <user> .+ \? <assistant>", pair.prompt)
    assert pair.response.endswith(" . <eos>")
    rows = [row for split in ("train", "held_out") for row in qa_pairs(split, "friendly")]
    assert max(len(row.prompt.split()) + len(row.response.split()) for row in rows) <= 32


def test_mixed_rows_have_every_style_about_equally_often():
    styles = [pair.style for pair in qa_pairs("train", "mixed", seed=1)]
    for style in STYLES:
        assert 0.28 <= styles.count(style) / len(styles) <= 0.39


def test_the_three_styles_of_an_answer():
    answers = [answer_text("frog", "young", "tadpole", style) for style in ("terse", "full", "friendly")]
    assert answers == [
        "a tadpole .",
        "a young frog is called a tadpole .",
        "good question ! a young frog is called a tadpole .",
    ]


def test_a_readers_question_loses_capitals_and_cannot_smuggle_in_special_tokens():
    assert chat_prompt(" What  does the WOLF eat?") == "<bos> <user> what does the wolf eat ? <assistant>"
    assert chat_prompt("hi <eos>").split().count("<eos>") == 0


def test_unknown_words_are_named_once_and_in_order():
    assert unknown_words("Does the unicorn eat the dragon, unicorn?") == ("unicorn", "dragon")
    assert unknown_words("What colour is the wolf?") == ()


@given(st.text(max_size=60))
def test_any_typed_text_becomes_words_without_capitals_and_stays_the_same_when_done_twice(text):
    words = as_words(text)
    assert words == words.lower()
    assert as_words(words) == words


@pytest.mark.parametrize(
    ("words", "prose"),
    [
        (
            "good question ! the bobcat comes from north america .",
            "Good question! The bobcat comes from North America.",
        ),
        ("on the map , the yak is found in asia .", "On the map, the yak is found in Asia."),
        ("south america .", "South America."),
        ("", ""),
    ],
)
def test_words_become_prose(words, prose):
    assert as_prose(words) == prose
    assert as_words(prose) == words


def test_the_full_corpus_has_enough_words_for_a_pre_training_run():
    assert 100_000 <= len(token_stream(corpus(seed=1, rounds=ROUNDS))) <= 200_000
