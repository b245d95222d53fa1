"""Fields read texts from anywhere: allowed ones become values, others a message for the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.core.fields import Field, FieldError, Hidden, Number, Real, Select, Several, Text, Toggle, controls, plain
from widgets.core.widget import Content, Widget, view_of

RANK = Number("rank", "Rank", "8", minimum=1, maximum=256, slider="log2")
MODEL = Select("model", "Model", "a", options=(("a", "A"), ("b", "B", "Large")))
PARTS = Several("parts", "Parts", "q,v", options=(("q", "Q"), ("k", "K"), ("v", "V")), at_least=1)
FOLDER = Text("folder", "Folder", "out", pattern="[a-z]+", expected="a name in small letters", max_length=8)
NOISE = Real("noise", "Noise", "0", maximum=0.5)
ALL = (
    RANK,
    NOISE,
    MODEL,
    PARTS,
    FOLDER,
    Toggle("on", "On", "off"),
    Hidden("votes", "Your votes", "", pattern="[a-z:,]*"),
)


@given(st.text(max_size=500))
def test_any_text_gives_a_value_or_a_field_error(text: str) -> None:
    for field in ALL:
        message = field.label
        try:
            field.parse(text)
        except FieldError as error:
            message = str(error)
        assert field.label in message


@pytest.mark.parametrize("text", ["0", "257", "8.5", "nan", "inf", "-1", "", " ", "1e9", "1_0", "８", "8" * 1000])
def test_numbers_out_of_range_are_explained(text: str) -> None:
    with pytest.raises(FieldError, match="whole number from 1 to 256"):
        RANK.parse(text)


@pytest.mark.parametrize("text", ["-0.1", "0.6", "nan", "inf", "", "half", "0_1", "0" * 65])
def test_numbers_with_decimals_are_explained_too(text: str) -> None:
    with pytest.raises(FieldError, match=r"Noise must be a number from 0 to 0\.5; found"):
        NOISE.parse(text)


def test_numbers_with_decimals_are_read() -> None:
    assert [NOISE.parse(text) for text in ("0", "0.25", "5e-1")] == [0, 0.25, 0.5]
    assert 'step="any"' in NOISE.control("noise")
    assert 'step="1"' in RANK.control("rank")


def test_a_view_gives_the_value_of_a_field_whatever_its_default_was_made_on_the_page() -> None:
    content: Content = {"defaults": {"rank": "16"}}
    widget = Widget("w", "W", "", parts=lambda content: (), fields=lambda content: (RANK, NOISE, PARTS))
    view = view_of(widget, "w", content, {"noise": "0.5", "parts": "v,q"})
    assert (view[RANK], view[NOISE], view[PARTS]) == (16, 0.5, ("q", "v"))


def test_a_kind_of_field_must_say_what_its_texts_stand_for() -> None:
    with pytest.raises(NotImplementedError, match="Field does not say"):
        Field("x", "X", "").parse("")


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("256", 256), ("16.0", 16), (" 8 ", 8)])
def test_numbers_in_range_are_read(text: str, value: int) -> None:
    assert RANK.parse(text) == value


def test_a_misspelt_option_names_the_nearest() -> None:
    field = Select("targets", "Targets", "q,v", options=(("q,v", "q, v"), ("all-linear", "all")))
    with pytest.raises(FieldError, match='did you mean "all-linear"'):
        field.parse("all-liner")


def test_several_keeps_the_order_of_the_options_and_a_minimum() -> None:
    assert PARTS.parse("v,q") == ("q", "v")
    with pytest.raises(FieldError, match="at least 1"):
        PARTS.parse("")


def test_variations_are_allowed_texts_and_contain_the_default() -> None:
    for field in ALL:
        texts = field.variations()
        assert field.default in texts
        assert len(set(texts)) == len(texts)
        for text in texts:
            field.parse(text)


def test_a_logarithmic_slider_stops_at_powers_of_two() -> None:
    assert RANK.variations() == ("8", "1", "2", "4", "16", "32", "64", "128", "256")


def test_controls_are_native_named_and_labelled() -> None:
    html = controls(ALL, "w")
    assert '<label for="w-rank">Rank</label>' in html
    assert '<input type="number" id="w-rank" name="rank" value="8" min="1" max="256"' in html
    assert 'data-mirror="rank" data-scale="log2" value="3"' in html
    assert '<option value="a" selected>A</option>' in html
    assert '<optgroup label="Large">' in html
    assert "votes" not in html


def test_a_conditional_field_starts_hidden() -> None:
    field = Number("hidden_size", "Hidden size", "64", shown_when=("model", "custom"))
    assert 'data-shown-when="model=custom" hidden' in controls([field], "w")


def test_plain_numbers() -> None:
    assert plain(1e6) == "1000000"


@pytest.mark.parametrize("text", ["", "Out", "a b", "abcdefghi", "ö", "out\n", "<b>"])
def test_a_typed_text_must_match_as_a_whole_and_the_message_says_what_is_expected(text: str) -> None:
    with pytest.raises(FieldError, match="Folder must be a name in small letters; found"):
        FOLDER.parse(text)


def test_a_typed_text_is_a_native_text_box() -> None:
    assert FOLDER.parse("out") == "out"
    box = FOLDER.control("w-folder")
    assert 'type="text"' in box
    assert 'name="folder" value="out" maxlength="8"' in box
