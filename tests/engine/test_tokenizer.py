"""Words to ids and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.core.errors import EngineError
from widgets.engine.tokenizer import SPECIAL_TOKENS, Tokenizer

TEXTS = ["The red-eyed frog eats insects.", "What does the bee eat? Nectar, mostly!", "the bee's home: a hive"]
TOKENIZER = Tokenizer.from_texts(TEXTS)


@pytest.mark.parametrize("text", TEXTS)
def test_a_known_text_comes_back_in_lower_case(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text.lower()


def test_special_tokens_come_first_and_can_be_left_out() -> None:
    assert TOKENIZER.words[: len(SPECIAL_TOKENS)] == SPECIAL_TOKENS
    ids = TOKENIZER.encode("<user> what does the bee eat? <assistant> nectar <end>")
    assert TOKENIZER.decode(ids) == "<user> what does the bee eat? <assistant> nectar <end>"
    assert TOKENIZER.decode(ids, skip_special=True) == "what does the bee eat? nectar"
    assert ids[-1] == TOKENIZER.end_id


def test_unknown_words_are_named_once() -> None:
    with pytest.raises(EngineError, match='the model does not know "quagga", "dodo"; it knows'):
        TOKENIZER.encode("Does the quagga eat the dodo or the quagga".replace("Does", "the").replace(" or", ""))
    assert TOKENIZER.unknown_words("the bee eats") == []


def test_the_vocabulary_does_not_depend_on_the_order_of_the_texts() -> None:
    assert Tokenizer.from_texts(reversed(TEXTS)).words == TOKENIZER.words


def test_wrong_vocabularies_and_ids_are_refused() -> None:
    with pytest.raises(EngineError, match='"bee" occurs twice'):
        Tokenizer([*SPECIAL_TOKENS, "bee", "bee"])
    with pytest.raises(EngineError, match="lacks <end>"):
        Tokenizer(["<pad>", "<user>", "<assistant>"])
    with pytest.raises(EngineError, match=r"id -1 is outside of 0 to \d+"):
        TOKENIZER.decode([-1])


@given(st.lists(st.sampled_from(TOKENIZER.words), max_size=20))
def test_decoding_and_encoding_gives_the_same_ids(words: list[str]) -> None:
    ids = [TOKENIZER.words.index(word) for word in words]
    assert TOKENIZER.encode(TOKENIZER.decode(ids)) == ids
