"""The committed weights are those that the manifest describes, and belong to today's world."""

from hashlib import sha256
from pathlib import Path

import pytest

from widgets.cli.pretrain import training_text
from widgets.core.errors import EngineError
from widgets.engine.architectures.gpt import GPT
from widgets.recipes.evaluation import evaluate, text_loss
from widgets.world import model as stored
from widgets.world import vocabulary
from widgets.world.model import four_bits, model_config

FOLDER = Path(stored.__file__).parent
MANIFEST = stored.manifest()


def test_every_weight_file_has_the_size_and_hash_of_the_manifest():
    assert sorted(path.name for path in FOLDER.glob("*.bin")) == sorted(MANIFEST["files"])
    for name, facts in MANIFEST["files"].items():
        data = (FOLDER / name).read_bytes()
        assert (len(data), sha256(data).hexdigest()) == (facts["bytes"], facts["sha256"])


def test_all_weights_together_stay_below_600_kilobytes():
    assert sum(facts["bytes"] for facts in MANIFEST["files"].values()) <= 600_000


def test_the_weights_belong_to_todays_text_and_vocabulary():
    text = training_text(MANIFEST["seed"])
    assert sha256(text.encode()).hexdigest() == MANIFEST["data"]["sha256"]
    assert len(text.split()) == MANIFEST["data"]["tokens"]
    assert sha256("\n".join(vocabulary()).encode()).hexdigest() == MANIFEST["vocabulary_sha256"]


def test_the_base_model_has_the_stated_size_and_loss():
    model = stored.base_model()
    assert model.config == model_config()
    assert model.parameters.count == MANIFEST["parameters"]
    assert text_loss(model) == pytest.approx(MANIFEST["metrics"]["text_loss"], abs=1e-3)


def test_the_base_model_answers_at_most_5_percent_of_the_held_out_questions():
    assert evaluate(stored.base_model()).exact_match <= 0.05


def test_each_stage_has_the_stated_loss_and_a_lower_one_than_the_stage_before():
    losses = []
    for stage in stored.stages():
        assert text_loss(stored.stage_model(stage.step)) == pytest.approx(stage.text_loss, abs=1e-3)
        losses.append(stage.text_loss)
    assert losses == sorted(losses, reverse=True)
    assert len(losses) >= 4


def test_a_stage_that_was_not_kept_is_refused_with_the_kept_ones():
    with pytest.raises(EngineError, match=r'unknown stage "7"; allowed: 0, 50, .*, 4000'):
        stored.stage_model(7)


def test_packing_in_4_bits_keeps_every_matrix_within_a_step_of_its_levels():
    model = stored.base_model()
    twin = GPT(model.config)
    four_bits.fill(twin.parameters, four_bits.pack(model.parameters))
    for name, parameter in model.parameters.items():
        before, after = parameter.data(), twin.parameters[name].data()
        largest = max(map(abs, before))
        assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 0.16 * largest


def test_packed_bytes_of_another_size_are_refused():
    model = GPT(model_config())
    with pytest.raises(EngineError, match="four_bits: 10 bytes, but these shapes need 65294"):
        four_bits.fill(model.parameters, bytes(10))
