"""Words to ids and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.core.errors import EngineError
from widgets.engine.tokenizer import EOS, SPECIAL_TOKENS, Tokenizer
from widgets.world import vocabulary

TOKENIZER = Tokenizer(vocabulary())


@pytest.mark.parametrize(
    "text", ["the owl is active at night . <eos>", "<bos> <user> what does the wolf eat ? <assistant>", ""]
)
def test_a_known_text_comes_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


def test_the_models_vocabulary_begins_with_the_special_tokens() -> None:
    assert TOKENIZER.words[: len(SPECIAL_TOKENS)] == SPECIAL_TOKENS
    assert TOKENIZER.words[TOKENIZER.eos_id] == EOS
    assert TOKENIZER.encode("<pad>") == [0]  # short rows of a batch are filled with zeros


def test_unknown_words_are_named_once() -> None:
    text = "the quagga eats the dodo , the quagga"
    assert TOKENIZER.unknown_words(text) == ("quagga", "dodo")
    with pytest.raises(EngineError, match='the model does not know "quagga", "dodo"; it knows 215 words'):
        TOKENIZER.encode(text)
    assert TOKENIZER.unknown_words("the wolf eats") == ()


def test_wrong_vocabularies_and_ids_are_refused() -> None:
    with pytest.raises(EngineError, match='"bee" occurs twice'):
        Tokenizer([*SPECIAL_TOKENS, "bee", "bee"])
    with pytest.raises(EngineError, match="lacks <bos>, <eos>"):
        Tokenizer(["<pad>", "<user>", "<assistant>"])
    for index in (-1, len(TOKENIZER)):
        with pytest.raises(EngineError, match=rf"id {index} is outside of 0 to 214"):
            TOKENIZER.decode([index])


@given(st.lists(st.integers(0, len(TOKENIZER) - 1), max_size=20))
def test_encoding_what_was_decoded_gives_the_same_ids(ids: list[int]) -> None:
    assert TOKENIZER.encode(TOKENIZER.decode(ids)) == ids
