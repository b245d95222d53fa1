"""`python -m widgets train` offers every setting of every recipe, runs it and says how it went."""

import pytest

from widgets.__main__ import main
from widgets.cli.train import DEFAULTS
from widgets.engine import checkpoint
from widgets.recipes import reward_model, sft
from widgets.recipes.checks import attribute_texts
from widgets.recipes.results import Diverged


@pytest.mark.parametrize("recipe", DEFAULTS)
def test_the_help_explains_every_setting(recipe, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", recipe, "--help"])
    assert stop.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for name, text in attribute_texts(type(DEFAULTS[recipe])).items():
        assert f"--{name.replace('_', '-')}" in shown
        assert text.split(";")[0].split(",")[0][:30] in shown


@pytest.mark.parametrize("recipe", ["sft", "lora", "qlora"])
def test_a_recipe_with_right_answers_prints_steps_and_saves_what_it_trained(recipe, tmp_path, capsys):
    out = tmp_path / "trained.bin"
    assert main(["train", recipe, "--steps", "3", "--batch-size", "4", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "before: held-out answers right 0.0%" in shown
    assert "step    3 of 3  loss " in shown
    tensors = checkpoint.load(out.read_bytes()).tensors
    assert ("layers.0.q_proj.lora_a" in tensors) == (recipe != "sft")


@pytest.mark.parametrize(
    ("recipe", "said"),
    [("reward-model", "of 200 fresh votes"), ("dpo", "agrees with"), ("ppo", "KL 0.000 nats")],
)
def test_a_recipe_with_votes_prints_what_the_simulated_rater_taught(recipe, said, tmp_path, capsys):
    out = tmp_path / "trained.bin"
    assert main(["train", recipe, "--steps", "2", "--votes", "6", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "6 votes of a simulated rater (friendly > full > terse > wrong, noise 0)" in shown
    assert said in shown
    assert checkpoint.load_model(out.read_bytes()).parameters.count == 117_952


def test_a_run_that_diverges_says_so_and_exits_with_1(capsys):
    assert main(["train", "sft", "--learning-rate", "5", "--max-norm", "0", "--steps", "40"]) == 1
    assert "diverged: The loss rose to" in capsys.readouterr().out


def test_a_nonsense_setting_is_one_line_on_standard_error(capsys):
    assert main(["train", "dpo", "--beta", "0"]) == 1
    assert capsys.readouterr().err == "error: beta is 0; allowed: above 0 to 100\n"


@pytest.fixture
def no_training(monkeypatch):
    """Fail if anything is trained."""

    def train(*args, **kwargs):
        raise AssertionError("trained, though the command was to be refused")

    monkeypatch.setattr(sft, "train", train)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("recipe", ["reward-model", "dpo", "ppo"])
@pytest.mark.parametrize(
    ("option", "value", "said"), [("votes", "-1", "from 1"), ("votes", "0", "from 1"), ("noise", "2", "from 0 to 0.5")]
)
def test_nonsense_votes_are_refused_before_anything_is_trained(recipe, option, value, said, capsys):
    assert main(["train", recipe, f"--{option}", value]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.startswith(f"error: {option} is")


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("recipe", ["sft", "dpo"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_trained(recipe, tmp_path, capsys):
    missing = tmp_path / "missing" / "trained.bin"
    assert main(["train", recipe, "--out", str(missing)]) == 1
    assert capsys.readouterr().err == f"error: --out {missing}: there is no folder {missing.parent}; make it first\n"
    assert main(["train", recipe, "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"error: --out {tmp_path} is a folder; name a file in it\n"


def test_ppo_does_not_start_on_a_reward_model_that_diverged(monkeypatch, capsys):
    finding = Diverged(step=3, loss=9.0, cause="exploded", kept_step=1, learning_rate=5.0)
    monkeypatch.setattr(reward_model, "train", lambda *args: iter([finding]))
    assert main(["train", "ppo", "--steps", "1", "--votes", "2"]) == 1
    shown = capsys.readouterr()
    assert "the reward model diverged" in shown.err
    assert finding.message in shown.err
    assert shown.out == ""
