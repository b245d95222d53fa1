"""Texts become rows of token ids, and rows become the tensors of a step."""

import pytest

from widgets.core.errors import EngineError
from widgets.data.world import chat_prompt, qa_pairs, vocabulary
from widgets.recipes.batches import RowBatch, endless
from widgets.recipes.encoding import decode, encode, encode_row, end_id, longest


def test_encoding_and_decoding_a_pair_gives_it_back():
    pair = qa_pairs("held_out", "mixed")[0]
    assert decode(encode(f"{pair.prompt} {pair.response}")) == f"{pair.prompt} {pair.response}"


def test_an_unknown_word_is_named():
    with pytest.raises(EngineError, match='does not know "quagga"; it knows 215 words'):
        encode(chat_prompt("What does the quagga eat? quagga"))


def test_the_end_of_an_answer_is_its_own_token():
    assert vocabulary()[end_id()] == "<eos>"


def test_no_rows_are_refused():
    with pytest.raises(EngineError, match="no rows"):
        longest([])


def filled(loss_on):
    batch = RowBatch(2, 6)
    rows = [encode_row("<bos> <user> ? <assistant>", "meat <eos>"), encode_row("<bos> <assistant>", "fish <eos>")]
    counted = batch.fill(rows, loss_on)
    return batch, counted


def test_targets_are_the_tokens_one_place_later():
    batch, _ = filled("response")
    tokens, targets = list(batch.tokens.data()), list(batch.targets.data())
    assert decode(tokens[:5]) == "<bos> <user> ? <assistant> meat"
    assert decode(targets[:5]) == "<user> ? <assistant> meat <eos>"
    assert decode(tokens[5:]) == "<bos> <assistant> fish <pad> <pad>"


def test_loss_on_the_response_counts_the_answer_and_its_end_only():
    batch, counted = filled("response")
    assert batch.counts_in_loss.tolist() == [[0, 0, 0, 1, 1], [0, 1, 1, 0, 0]]
    assert counted == 4


def test_loss_on_everything_counts_the_question_too_but_no_padding():
    batch, counted = filled("everything")
    assert batch.counts_in_loss.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    assert counted == 8


def test_rows_come_in_another_order_in_each_round_but_all_of_them():
    draw = endless(range(20), seed=3)
    first, second = [next(draw) for _ in range(20)], [next(draw) for _ in range(20)]
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
