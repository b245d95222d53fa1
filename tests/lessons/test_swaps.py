"""What a reader may put beside or into a listing works: their own votes in DPO, another base model in QLoRA."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lessons.programs import run_in_copy
from tests.lessons.warm import Warm
from widgets.gallery.human_rater.data_view import FILE_NAME
from widgets.gallery.human_rater.vote_files import to_jsonl
from widgets.site.sources.content import load_content
from widgets.site.sources.folders import DOCS
from widgets.site.sources.listings import Listing, find_listings

pytestmark = pytest.mark.lessons
VOTES = 12


def listing(title: str) -> Listing:
    return next(item for item in find_listings() if item.title == title)


def output(program: Listing, folder: Path, warm: Warm) -> str:
    """Run a listing in a folder and give what it printed."""
    outcome = warm.submit(lambda server: run_in_copy(program, server, folder)).result()
    if outcome.status != "passed":
        pytest.fail(f"{program.place}: {outcome.error}", pytrace=False)
    return outcome.output


@pytest.mark.parametrize("title", ["train_dpo_lora.py", "train_dpo_full.py"])
def test_dpo_trains_on_the_votes_that_the_human_rater_lets_one_download(title: str, warm: Warm, tmp_path: Path) -> None:
    program = listing(title)
    assert f'Path("{FILE_NAME}")' in program.program
    pairs = load_content("human-rater")["pairs"]
    votes = [(pair["id"], "ab"[number % 2]) for number, pair in enumerate(pairs[:VOTES])]
    (tmp_path / FILE_NAME).write_text(to_jsonl(pairs, votes), encoding="utf-8")
    printed = output(program, tmp_path, warm)
    assert "loss:   first 0.6931" in printed
    # Twenty steps of four pairs: how often each pair was seen says how many there were.
    [seen] = re.findall(r"'train_runtime'.*'epoch': '?([\d.]+)", printed)
    assert float(seen) == pytest.approx(20 * 4 / VOTES, rel=1e-3)


def test_qlora_trains_the_model_that_its_note_names_as_well(warm: Warm, tmp_path: Path) -> None:
    program, other = listing("train_qlora.py"), "mistralai/Mistral-7B-v0.1"
    assert f"With `{other}` in this line" in (DOCS / program.page).read_text(encoding="utf-8")
    swapped = program.program.replace("meta-llama/Llama-2-7b-hf", other)
    assert swapped.count(other) == 1
    output(replace(program, program=swapped), tmp_path, warm)
    adapter = (tmp_path / "llama2-qlora" / "adapter" / "adapter_config.json").read_text(encoding="utf-8")
    assert other in adapter
