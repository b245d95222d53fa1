"""The models of this tab: the base model, and what the reader trained in each lab. Needs the engine.

A trained model lives here as long as the worker, and as a file (`kept`) until the reader deletes it. A file is used
only if it can be read and was trained from the very base model that this site has.
"""

from __future__ import annotations

from functools import cache

from widgets.core.errors import EngineError
from widgets.data.model import base_model, manifest
from widgets.engine import checkpoint
from widgets.engine.transformer import GPT
from widgets.gallery.labs import kept

_trained: dict[str, GPT] = {}


@cache
def base() -> GPT:
    """Give the base model that is only asked, never trained."""
    return base_model()


def base_digest() -> str:
    """Give the SHA-256 of the base model's file."""
    return str(manifest()["files"]["base.bin"]["sha256"])


def remember(lab: str, model: GPT) -> None:
    """Keep the model that the reader has trained in a lab, in place of the one before.

    It is stored in 16-bit floats; the one in memory stays as it is.
    """
    _trained[lab] = model
    kept.save(lab, checkpoint.dump_model(model, notes={"lab": lab, "base": base_digest()}))


def recall(lab: str) -> GPT | None:
    """Give the model that the reader has trained in a lab, in this visit or an earlier one."""
    if lab not in _trained:
        model = _read(kept.load(lab))
        if model is None:
            return None
        _trained[lab] = model
    return _trained[lab]


def forget(lab: str) -> None:
    """Delete the model of a lab."""
    _trained.pop(lab, None)
    kept.delete(lab)


def _read(data: bytes | None) -> GPT | None:
    if data is None:
        return None
    try:
        if checkpoint.load(data).notes.get("base") != base_digest():
            return None
        model = checkpoint.load_model(data)
    except EngineError:  # cut short or altered
        return None
    return model if model.config == base().config else None
