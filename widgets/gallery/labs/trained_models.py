"""The models of this tab: the base model, and what the reader trained in each lab. Needs the engine.

A trained model lives here as long as the worker, and as a file (`kept`) until the reader deletes it. A file is used
only if it can be read and was trained from the very base model that this site has.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from hashlib import sha256

from widgets.core.errors import EngineError
from widgets.engine import checkpoint
from widgets.engine.adapter import Adapter, LoraConfig
from widgets.engine.architectures.gpt import GPT
from widgets.gallery.labs import kept
from widgets.world.model import base_model, manifest

_trained: dict[str, GPT] = {}
_adapters: dict[str, Adapter] = {}


@cache
def base() -> GPT:
    """Give the base model that is only asked, never trained."""
    return base_model()


def base_digest() -> str:
    """Give the SHA-256 of the base model's file."""
    return str(manifest()["files"]["base.bin"]["sha256"])


def digest(model: GPT) -> str:
    """Give the SHA-256 of a model's numbers in 16 bits, as they are kept: the same in this visit and in the next."""
    return sha256(checkpoint.dump_model(model)).hexdigest()


def remember(lab: str, model: GPT) -> None:
    """Keep the model that the reader has trained in a lab, in place of the one before.

    It is stored in 16-bit floats; the one in memory stays as it is.
    """
    _trained[lab] = model
    _adapters.pop(lab, None)
    kept.save(lab, checkpoint.dump_model(model, notes={"lab": lab, "base": base_digest()}))


def remember_adapter(lab: str, model: GPT, adapter: Adapter, *, in_4_bits: bool | None = None) -> None:
    """Keep the adapter that the reader has trained in a lab, with the model that wears it.

    Only the adapter is stored: together with the base model it is all there is.

    Args:
        lab: The lab's name.
        model: The base model, with the adapter on.
        adapter: What was trained.
        in_4_bits: None if the base is in 32 bits; else whether its scales are quantized too (double quantization).
    """
    _trained[lab], _adapters[lab] = model, adapter
    notes = {"lab": lab, "base": base_digest(), "adapter": asdict(adapter.config), "in_4_bits": in_4_bits}
    kept.save(lab, checkpoint.dump(adapter.parameters, notes=notes))


def recall(lab: str) -> GPT | None:
    """Give the model that the reader has trained in a lab, in this visit or an earlier one."""
    if lab not in _trained:
        _read(lab, kept.load(lab))
    return _trained.get(lab)


def recall_adapter(lab: str) -> tuple[GPT, Adapter] | None:
    """Give the model and the adapter that the reader has trained in a lab."""
    model = recall(lab)
    return (model, _adapters[lab]) if model is not None and lab in _adapters else None


def is_in_4_bits(model: GPT) -> bool:
    """Say whether a model's projections are used in 4 bits."""
    return any(linear.quantized for linear in model.linears.values())


def forget(lab: str) -> None:
    """Delete the model of a lab."""
    _trained.pop(lab, None)
    _adapters.pop(lab, None)
    kept.delete(lab)


def _read(lab: str, data: bytes | None) -> None:
    """Make a lab's model from its file; a file that was cut short, altered, or made from other weights is ignored."""
    if data is None:
        return
    try:
        notes = checkpoint.load(data).notes
        if notes.get("base") != base_digest():
            return
        if "adapter" not in notes:
            model = checkpoint.load_model(data)
            if model.config == base().config:
                _trained[lab] = model
            return
        model = base_model()
        in_4_bits = notes.get("in_4_bits")
        if in_4_bits is not None:
            model.quantize_projections(double_quantization=in_4_bits)
        chosen = notes["adapter"]
        adapter = Adapter(model, LoraConfig(chosen["rank"], chosen["alpha"], tuple(chosen["target_modules"])))
        checkpoint.fill(adapter.parameters, checkpoint.load(data))
        _trained[lab], _adapters[lab] = model, adapter
    except (EngineError, KeyError, TypeError):
        return
