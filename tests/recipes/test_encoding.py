"""Texts become rows of token ids, and rows become the tensors of a step."""

import pytest

from widgets.core.errors import EngineError
from widgets.recipes.batches import RowBatch, endless
from widgets.recipes.encoding import encode_row, longest
from widgets.world import chat_prompt, qa_pairs, tokenizer


def test_encoding_and_decoding_a_pair_gives_it_back():
    pair = qa_pairs("held_out", "mixed")[0]
    row = encode_row(pair.prompt, pair.response)
    assert tokenizer().decode(row.prompt) == pair.prompt
    assert tokenizer().decode(row.response) == pair.response


def test_an_unknown_word_is_named():
    with pytest.raises(EngineError, match='does not know "quagga"; it knows 215 words'):
        encode_row(chat_prompt("what does the quagga eat quagga"), "meat .")


def test_every_answer_ends_with_the_token_of_the_end():
    pair = qa_pairs("held_out", "mixed")[0]
    assert encode_row(pair.prompt, pair.response).response[-1] == tokenizer().eos_id


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
    assert tokenizer().decode(tokens[:5]) == "<bos> <user> ? <assistant> meat"
    assert tokenizer().decode(targets[:5]) == "<user> ? <assistant> meat <eos>"
    assert tokenizer().decode(tokens[5:]) == "<bos> <assistant> fish <pad> <pad>"


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
