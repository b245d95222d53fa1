"""What the pages say about the output of their programs holds: exactly where it is arithmetic, in order elsewhere.

Losses of the stand-ins mean nothing, so nothing is said here about the size of what a real model would print.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from widgets.site.sources.folders import DOCS
from widgets.site.sources.listings import find_listings
from widgets.site.sources.pages import read_page

pytestmark = pytest.mark.lessons


def printed_on_the_page(page: str, title: str) -> str:
    """Give the ``text`` fence that follows a listing: what the page says it prints."""
    path: Path = DOCS / page
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if f'title="{title}"' in text)
    return next(fence.text for fence in read_page(path).fences if fence.language == "text" and fence.line > line)


def rows_of(text: str, column: int) -> dict[str, list[float]]:
    """Read a printed table: what stands in a line before a column → the numbers after it."""
    return {line[:column].strip(): numbers(line[column:]) for line in text.splitlines()}


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text)]


@pytest.mark.printed_by("dpo_toy.py")
def test_the_toy_of_dpo_prints_what_the_page_shows(printed: str) -> None:
    assert printed.rstrip() == printed_on_the_page("lessons/dpo.md", "dpo_toy.py").rstrip()


@pytest.mark.printed_by("dpo_loss.py")
def test_the_loss_of_dpo_is_what_the_comments_say(printed: str) -> None:
    program = next(item.program for item in find_listings() if item.title == "dpo_loss.py")
    shown = [float(found) for found in re.findall(r"^print\(.*\)  # (\d\.\d+)", program, re.M)]
    assert len(shown) == 2
    assert numbers(printed) == pytest.approx(shown, rel=1e-14)


@pytest.mark.printed_by("dpo_by_hand.py")
def test_dpo_by_hand_begins_at_ln_2_and_the_wrong_way_round_costs_most(printed: str) -> None:
    start, right, wrong, both_less_likely = numbers(printed)
    assert start == pytest.approx(math.log(2), abs=1e-6)
    assert right < start < wrong
    assert both_less_likely < start


@pytest.mark.printed_by("train_dpo_lora.py")
def test_dpo_with_an_adapter_begins_at_ln_2_with_no_margin(printed: str) -> None:
    assert "loss:   first 0.6931" in printed
    assert "margin: first 0.0000" in printed


@pytest.mark.printed_by("train_dpo_full.py")
def test_dpo_on_all_weights_begins_at_ln_2(printed: str) -> None:
    assert "loss:   first 0.6931" in printed


@pytest.mark.printed_by("lora_peft.py")
def test_an_adapter_changes_nothing_before_training_and_merges_exactly(printed: str) -> None:
    said = dict(line.split(":", 1) for line in printed.splitlines() if line.count(":") == 1)
    before, after = float(said["change before training"]), float(said["change after training"])
    assert before == 0.0
    assert after > 0.0
    assert float(said["adapter switched off"]) == 0.0
    assert float(said["merged against adapter"]) < 1e-3 * after
    losses = [float(found) for found in re.findall(r"epoch \d+: loss (\S+)", printed)]
    assert losses[-1] < losses[0]


@pytest.mark.printed_by("lora_trl.py")
def test_training_an_adapter_lowers_the_loss_on_held_out_rows(printed: str) -> None:
    assert _held_out(printed, "after") < _held_out(printed, "before")


@pytest.mark.printed_by("sft_full.py")
def test_sft_counts_the_response_with_its_end_and_nothing_else(printed: str) -> None:
    assert re.search(r"first row, counted part: 'Item \d+ is green\.<\|im_end\|>\\n'", printed)
    assert _held_out(printed, "after") < _held_out(printed, "before")


def _held_out(printed: str, when: str) -> float:
    found = re.search(rf"held-out loss {when}: *(\S+)", printed)
    assert found, printed
    return float(found.group(1))


@pytest.mark.printed_by("base_or_chat.py")
def test_random_weights_lose_about_ln_of_the_vocabulary(printed: str) -> None:
    uniform, random = (
        float(found) for found in re.findall(r"(?:ln\(vocabulary\)|random weights) +(\S+) nats", printed)
    )
    assert random == pytest.approx(uniform, rel=0.05)


@pytest.mark.printed_by("two_phases.py")
def test_pre_training_helps_on_text_it_has_not_seen_and_fine_tuning_forgets_a_little(printed: str) -> None:
    rows = {line[:30].strip(): numbers(line[30:]) for line in printed.splitlines()[2:]}
    general, special = 0, 1
    untrained, base, tuned = rows["random weights"], rows["pre-trained"], rows["pre-trained, then fine-tuned"]
    short, long = rows["special text only, 100 steps"], rows["special text only, 400 steps"]
    assert untrained[general] == pytest.approx(math.log(256), abs=0.1)
    assert base[special] < untrained[special]
    assert tuned[special] < base[special]
    assert tuned[special] < long[special] < short[special]
    assert base[general] < tuned[general] < short[general]


@pytest.mark.printed_by("two_phases.py")
def test_the_two_phases_print_about_what_the_page_shows(printed: str) -> None:
    shown = printed_on_the_page("lessons/pre-training.md", "two_phases.py")
    assert printed.splitlines()[1] == shown.splitlines()[1]
    counts, counts_shown = (numbers(text.splitlines()[0].replace(",", "")) for text in (printed, shown))
    assert counts == pytest.approx(counts_shown, rel=0.02), (
        "the text comes from Python's library, whose releases differ"
    )
    found, expected = (rows_of("\n".join(text.splitlines()[2:]), 30) for text in (printed, shown))
    assert list(found) == list(expected)
    for name, losses in expected.items():
        assert found[name] == pytest.approx(losses, abs=0.12), name


@pytest.mark.printed_by("ppo_from_scratch.py")
def test_ppo_from_scratch_prints_about_what_the_page_shows(printed: str) -> None:
    shown = printed_on_the_page("lessons/rlhf.md", "ppo_from_scratch.py")
    found, expected = (
        rows_of("\n".join(re.sub("  top mistake.*", "", line) for line in text.splitlines()), 11)
        for text in (printed, shown)
    )
    assert list(found) == list(expected)
    assert [len(row) for row in expected.values()] == [4] * 4
    for name, (reward, kl, right, friendly) in expected.items():
        assert found[name][0] == pytest.approx(reward, abs=0.3), name
        assert found[name][1] == pytest.approx(kl, abs=0.5), name
        assert found[name][2:] == pytest.approx([right, friendly], abs=8), name


@pytest.mark.printed_by("ppo_from_scratch.py")
def test_less_kl_penalty_means_more_reward_and_in_the_end_worse_answers(printed: str) -> None:
    rows = re.findall(r"^(.+?) +reward +(\S+) +KL +(\S+) +right +(\d+)% +friendly +(\d+)%", printed, re.MULTILINE)
    assert [row[0] for row in rows] == ["SFT", "PPO, KL 0.5", "PPO, KL 0.1", "PPO, KL 0.0"]
    rewards, kls, rights = ([float(row[column]) for row in rows] for column in (1, 2, 3))
    assert rewards == sorted(rewards)
    assert kls == sorted(kls)
    assert rights[1] > rights[0] > rights[3]
    assert rights[1] > rights[2] > rights[3]


@pytest.mark.printed_by("choose.py")
def test_full_sft_trains_most_and_the_two_adapters_are_equal(printed: str) -> None:
    counts = {
        method: int(count.replace(",", "")) for method, count in re.findall(r"^(.+): ([\d,]+) train", printed, re.M)
    }
    assert counts["full SFT"] > counts["LoRA"] == counts["QLoRA"] > 0


@pytest.mark.printed_by("train_reward_model.py")
def test_the_reward_model_gives_each_answer_one_score(printed: str) -> None:
    assert re.search(r"^[+-]\d+\.\d{3}  Yes\. Slice it first\.$", printed, re.M)
    assert re.search(r"^[+-]\d+\.\d{3}  Maybe\.$", printed, re.M)


@pytest.mark.printed_by("nf4_by_hand.py")
def test_nf4_by_hand_has_16_levels_and_brings_zero_and_the_largest_weight_back_exactly(printed: str) -> None:
    levels, *rows = printed.splitlines()
    assert len(numbers(levels)) == 16
    errors = {row.split()[0]: float(row.split()[-1]) for row in rows}
    assert errors["+0.000"] == errors["-0.118"] == 0.0
    assert max(errors, key=lambda weight: abs(errors[weight])) == "+0.102"
