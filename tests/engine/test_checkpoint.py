"""What is saved comes back, and what cannot be read is explained."""

from __future__ import annotations

import struct
from array import array

import pytest

from tests.engine.models import random_tokens, small_model
from widgets.core.errors import EngineError
from widgets.engine import checkpoint
from widgets.engine.adapter import Adapter, LoraConfig


def test_single_precision_comes_back_exactly() -> None:
    model, tokens = small_model(), random_tokens(2, 5)
    twin = checkpoint.load_model(checkpoint.dump_model(model, precision="f32"))
    assert twin.config == model.config
    assert twin(tokens).tolist() == model(tokens).tolist()


def test_half_precision_takes_half_the_bytes_and_rounds_as_struct_does() -> None:
    model = small_model()
    data = checkpoint.dump_model(model)
    assert len(data) < 2 * model.parameters.count + 2500
    twin = checkpoint.load_model(data)
    for name, parameter in model.parameters.items():
        half = [struct.unpack("<e", struct.pack("<e", value))[0] for value in parameter.data()]
        assert twin.parameters[name].data().tolist() == half


def test_an_adapter_can_be_saved_alone() -> None:
    adapter = Adapter(small_model(), LoraConfig(rank=2))
    saved = checkpoint.load(checkpoint.dump(adapter.parameters, precision="f32", notes={"rank": 2}))
    other = Adapter(small_model(), LoraConfig(rank=2), seed=5)
    checkpoint.fill(other.parameters, saved)
    assert other.parameters.snapshot() == adapter.parameters.snapshot()
    assert saved.notes == {"rank": 2}


def test_the_manifest_says_what_is_inside() -> None:
    model = small_model()
    data = checkpoint.dump_model(model, notes={"seed": 7})
    manifest = checkpoint.manifest(data)
    assert manifest["seed"] == 7
    assert manifest["config"]["n_embd"] == 16
    assert manifest["parameters"] == model.parameters.count
    assert manifest["bytes"] == len(data)
    assert len(manifest["sha256"]) == 64
    assert (
        checkpoint.manifest(checkpoint.dump_model(small_model(seed=2), notes={"seed": 7}))["sha256"]
        != manifest["sha256"]
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: b"GIF89a..." + data, "starts with b'GIF89a..'"),
        (lambda data: data[:-2], "bytes, but its header describes"),
        (lambda data: data[:5], "starts with"),
        (lambda data: data[:12] + b"x" + data[13:], "the header cannot be read"),
    ],
)
def test_damaged_files_are_refused(damage: object, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        checkpoint.load_model(damage(checkpoint.dump_model(small_model())))


def test_other_shapes_are_refused_by_name() -> None:
    two = Adapter(small_model(), LoraConfig(rank=2)).parameters
    three = Adapter(small_model(), LoraConfig(rank=3)).parameters
    with pytest.raises(
        EngineError, match=r"layers\.0\.q_proj\.lora_a: shape \(3, 16\) in the model, \(2, 16\) in the file"
    ):
        checkpoint.fill(three, checkpoint.load(checkpoint.dump(two)))


def test_a_number_too_large_for_half_precision_is_refused() -> None:
    model = small_model()
    model.parameters["final_norm.bias"].set(array("f", [1e6] * 16))
    with pytest.raises(EngineError, match=r"final_norm\.bias holds a number that does not fit f16"):
        checkpoint.dump_model(model)
