"""Pre-training from random weights leaves ln V behind, and its command writes what the package reads."""

import json
from hashlib import sha256
from math import log

import pytest

from widgets.__main__ import main
from widgets.cli.pretrain import training_text
from widgets.core.errors import EngineError
from widgets.engine import checkpoint
from widgets.engine.architectures.gpt import GPT
from widgets.recipes import pretrain
from widgets.recipes.pretrain import PretrainConfig, WindowBatch
from widgets.world import tokenizer
from widgets.world.model import model_config

STREAM = tokenizer().encode(training_text(1))[:20_000]
SHORT = PretrainConfig(steps=40, batch_size=8, warmup_steps=5)


def run(config=SHORT):
    return list(pretrain.train(GPT(model_config(), seed=2), STREAM, config))


def test_the_first_loss_is_that_of_guessing_and_forty_steps_take_a_third_off():
    losses = [result.loss for result in run()]
    assert losses[0] == pytest.approx(log(215), abs=0.05)
    assert losses[-1] < 3.6


def test_the_same_seed_gives_the_same_losses():
    assert run() == run()


def test_a_window_and_its_targets_are_neighbours_in_the_text():
    import random

    batch = WindowBatch(range(100), 3, 10)
    batch.draw(random.Random(0))
    assert [t + 1 for t in batch.tokens.data()] == list(batch.targets.data())


def test_a_text_shorter_than_a_window_is_refused():
    with pytest.raises(EngineError, match="the text has 10 tokens; a window of 64 needs at least 65"):
        list(pretrain.train(GPT(model_config()), STREAM[:10], SHORT))


def test_the_command_writes_weights_and_a_manifest_that_agree(tmp_path, capsys):
    assert main(["pretrain", "--steps", "3", "--out", str(tmp_path)]) == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    base = (tmp_path / "base.bin").read_bytes()
    assert manifest["files"]["base.bin"]["sha256"] == sha256(base).hexdigest()
    assert manifest["steps"] == 3
    assert checkpoint.load_model(base).parameters.count == manifest["parameters"]
    assert "step     3 of 3  loss 5." in capsys.readouterr().err
