"""The QLoRA, RLHF and DPO labs in a real browser: votes by key, shared by two labs, training, cancel, bad input."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.components.conftest import Visits
from tests.journeys import NO_PYTHON
from tests.site_server import StaticServer

pytestmark = pytest.mark.browser

RLHF, DPO, QLORA = "lessons/rlhf.html", "lessons/dpo.html", "lessons/qlora.html"
TRAINING_MS = 120_000
"""Training takes seconds; test machines are busy."""


def lab_of(page: Page, name: str) -> Locator:
    """Find a lab and bring it into view."""
    lab = page.locator(f"#{name}")
    lab.scroll_into_view_if_needed()
    return lab


def pair_count(lab: Locator) -> str:
    """Read which pair is shown."""
    return lab.locator("[data-part=pair] .ft-count").inner_text()


def test_votes_by_key_are_answered_at_once_counted_and_shared_with_the_dpo_lab(
    visit: Visits, server: StaticServer
) -> None:
    server.faults.update(NO_PYTHON)
    page = visit.open(RLHF)
    lab = lab_of(page, "rlhf-lab")
    assert pair_count(lab) == "Pair 1 of 60"
    lab.locator("[data-action=vote-a]").focus()
    for key, pair in (("1", 2), ("2", 3), ("0", 4)):
        page.keyboard.press(key)
        expect(lab.locator("[data-part=pair] .ft-count")).to_have_text(f"Pair {pair} of 60")
    page.keyboard.press("u")
    expect(lab.locator("[data-part=pair] .ft-count")).to_have_text("Pair 3 of 60")
    server.faults.clear()
    page.reload()
    expect(lab.locator("[data-part=pair] .ft-count")).to_have_text("Pair 3 of 60")
    expect(lab.locator("[data-metric=own_votes]")).to_have_text("2")

    page.goto(f"{visit.origin}{DPO}")
    other = lab_of(page, "dpo-lab")
    expect(other.locator("[data-part=pair] .ft-count")).to_have_text("Pair 3 of 60")
    expect(other.locator("[data-metric=own_votes]")).to_have_text("2")
    other.get_by_role("button", name="Delete my votes").click()
    other.locator("[data-action=confirm-reset]").click()
    expect(other.locator("[data-part=pair] .ft-count")).to_have_text("Pair 1 of 60")
    page.goto(f"{visit.origin}{RLHF}")
    assert pair_count(lab_of(page, "rlhf-lab")) == "Pair 1 of 60"


def test_the_readers_own_model_answers_anew_in_the_tab_and_its_answers_are_voted_on(visit: Visits) -> None:
    page = visit.open(f"{RLHF}?rlhf-lab.start=own")
    lab = lab_of(page, "rlhf-lab")
    draw = lab.get_by_role("button", name="Sample new answers from the model")
    draw.click()
    expect(lab.locator("[data-part=notice]")).to_contain_text("there is no model of yours in this browser")
    page.goto(f"{visit.origin}lessons/sft.html?sft-lab.style=mixed&sft-lab.steps=60")
    sft = lab_of(page, "sft-lab")
    sft.get_by_role("button", name="Train", exact=True).click()
    expect(sft).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    page.goto(f"{visit.origin}{RLHF}?rlhf-lab.start=own")
    lab = lab_of(page, "rlhf-lab")
    draw.click()
    count = lab.locator("[data-part=pair] .ft-count")
    expect(count).to_have_text("New pair 1 of 8", timeout=TRAINING_MS)
    expect(lab.locator(":scope > .ft-status")).to_contain_text("8 new pairs, sampled in this tab.")
    lab.locator("[data-action=vote-a]").click()
    expect(count).to_have_text("New pair 2 of 8")
    expect(lab.locator("[data-metric=own_votes]")).to_have_text("1")
    page.goto(f"{visit.origin}{DPO}")
    other = lab_of(page, "dpo-lab")
    expect(other.locator("[data-part=pair] .ft-count")).to_have_text("New pair 2 of 8")
    other.locator("[data-action=undo]").click()
    expect(other.locator("[data-part=pair] .ft-count")).to_have_text("New pair 1 of 8")


def test_dpo_trains_on_simulated_votes_and_its_figures_survive_a_reload(visit: Visits) -> None:
    page = visit.open(f"{DPO}?dpo-lab.beta=0.2")
    lab = lab_of(page, "dpo-lab")
    results = lab.locator("[data-part=results]")
    expect(results).to_contain_text("Recorded run")
    expect(lab.locator("input[name=beta]")).to_have_value("0.2")
    lab.locator("[data-action=run]").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    expect(results).to_contain_text("Your last run")
    share = float(results.locator("[data-metric=preferred_share]").first.get_attribute("value") or 0)
    assert share >= 0.6
    page.reload()
    expect(lab_of(page, "dpo-lab").locator("[data-part=results]")).to_contain_text("Your last run")
    expect(page.locator("#dpo-lab [data-metric=win_rate]").first).to_be_attached()


def test_a_run_without_votes_says_why_it_does_not_start(visit: Visits) -> None:
    page = visit.open(f"{DPO}?dpo-lab.simulated_votes=0")
    lab = lab_of(page, "dpo-lab")
    lab.locator("[data-action=run]").click()
    expect(lab.locator("[data-part=notice]")).to_contain_text("there is nothing to train on")
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")


def test_a_refused_setting_is_explained_and_nothing_runs(visit: Visits) -> None:
    page = visit.open(RLHF)
    lab = lab_of(page, "rlhf-lab")
    lab.locator("input[type=number][name=kl_coeff]").fill("-3")
    expect(lab.locator("[data-part=problems]")).to_contain_text("KL coefficient must be a number from 0 to 2")
    lab.locator("[data-action=run]").click()
    expect(lab.locator(":scope > .ft-status")).to_contain_text("Not started")
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")


def test_ppo_streams_its_charts_and_can_be_cancelled(visit: Visits) -> None:
    page = visit.open(f"{RLHF}?rlhf-lab.rounds=100")
    lab = lab_of(page, "rlhf-lab")
    lab.locator("[data-action=run]").click()
    status = lab.locator(":scope > .ft-status")
    expect(status).to_contain_text("PPO round", timeout=TRAINING_MS)
    expect(lab.locator("[data-part=charts] .ft-description").first).to_contain_text("now: KL coefficient 0.2")
    expect(lab.locator("[data-part=answers]")).to_contain_text("After round 20", timeout=TRAINING_MS)
    status.locator("[data-action=cancel]").click()
    expect(status).to_contain_text("Cancelled")
    expect(lab).to_have_attribute("data-state", "live")
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")


@pytest.mark.parametrize(
    ("path", "name", "settings"),
    [
        (DPO, "dpo-lab", {"learning_rate": "0.5", "steps": "60"}),
        (RLHF, "rlhf-lab", {"learning_rate": "0.01", "rounds": "5"}),
    ],
)
def test_a_learning_rate_that_blows_up_is_shown_as_a_finding_and_leaves_no_model(
    visit: Visits, path: str, name: str, settings: dict[str, str]
) -> None:
    page = visit.open(f"{path}?{'&'.join(f'{name}.{setting}={text}' for setting, text in settings.items())}")
    lab = lab_of(page, name)
    lab.locator("[data-action=run]").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    expect(lab.locator("[data-part=results]")).to_contain_text("Diverged.")
    reply = lab.locator("[data-part=reply]")
    expect(reply).to_contain_text("The course's SFT model, before:")
    expect(reply).to_contain_text("You have not trained a model here yet.")


def test_a_guess_is_kept_and_judged_after_a_run_of_each_method_on_the_readers_own_votes(visit: Visits) -> None:
    page = visit.open(f"{DPO}?dpo-lab.simulated_votes=0&dpo-lab.steps=10")
    lab = lab_of(page, "dpo-lab")
    for count in range(1, 6):
        lab.locator("[data-action=vote-a]").click()
        expect(lab.locator("[data-metric=own_votes]")).to_have_text(str(count))
    lab.locator("[name=guess_faster]").select_option("0-1")
    lab.locator("[data-action=run]").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    results = lab.locator("[data-part=results]")
    expect(results).to_contain_text("on 5 votes of yours")
    lab.locator("[data-action=train-ppo]").click()
    expect(results.locator("[data-metric=models_in_memory]")).to_have_text(["2", "4"], timeout=2 * TRAINING_MS)
    expect(results).to_contain_text("Faster, you guessed: PPO.")
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your PPO model:")
    page.reload()
    lab = lab_of(page, "dpo-lab")
    expect(lab.locator("[name=guess_faster]")).to_have_value("0-1")
    expect(lab.locator("[data-part=results]")).to_contain_text("Faster, you guessed: PPO.")


def test_qlora_trains_on_both_bases_and_shows_another_matrix_at_once(visit: Visits, server: StaticServer) -> None:
    server.faults.update(NO_PYTHON)
    page = visit.open(f"{QLORA}?qlora-lab.steps=50")
    lab = lab_of(page, "qlora-lab")
    lab.locator("[name=matrix]").select_option("layers.1.q_proj")
    expect(lab.locator("[data-part=levels] .ft-caption")).to_contain_text("layer 2, q_proj")
    page.wait_for_url("**matrix=layers.1.q_proj*")
    server.faults.clear()
    page.reload()
    lab.locator("[data-action=run]").click()
    expect(lab).to_have_attribute("data-state", "done", timeout=TRAINING_MS)
    results = lab.locator("[data-part=results]")
    expect(results).to_contain_text("Your last run")
    shares = results.locator("[data-metric=held_out_accuracy]").evaluate_all(
        "(all) => all.map((d) => [d.dataset.base, +d.value])"
    )
    assert [base for base, _ in shares] == ["32-bit", "NF4"]
    assert all(share > 0.5 for _, share in shares)
    expect(lab.locator("[data-part=answers]")).to_contain_text("After your last QLoRA run: ")
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your model, on the 4-bit base: ")
    page.reload()
    lab = lab_of(page, "qlora-lab")
    expect(lab.locator("[data-part=answers]")).to_contain_text("After your last QLoRA run: ")
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your model, on the 4-bit base: ", timeout=TRAINING_MS)


@pytest.mark.parametrize(("path", "name"), [(QLORA, "qlora-lab"), (RLHF, "rlhf-lab"), (DPO, "dpo-lab")])
def test_a_lab_is_complete_without_script_and_fits_a_phone(visit: Visits, path: str, name: str) -> None:
    page = visit.open(path, java_script_enabled=False, viewport={"width": 390, "height": 800})
    lab = page.locator(f"#{name}")
    expect(lab.locator("[data-part=results]")).to_contain_text("Recorded run")
    assert lab.locator(".ft-chart table").count() > 0
    assert re.search(r"\d", lab.locator("[data-part=results] data").first.inner_text())
    box = lab.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
