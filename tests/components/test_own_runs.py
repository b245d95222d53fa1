"""The comparison shows what the reader did in the labs: on other pages, in other tabs, until everything is deleted."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.components.conftest import Visits
from tests.components.looks import violations
from tests.components.sideways import sideways
from tests.components.test_labs import SFT, lab_of, train
from widgets.gallery.labs.recorded import recorded

pytestmark = pytest.mark.browser

COMPARISON = "lessons/which-method.html"
INJECTION = "<img src=x onerror=\"document.title='broken'\">"


def row(page: Page, label: str) -> Locator:
    """Find a method's row of the table of own runs."""
    part = page.locator("#method-comparison [data-part=own_runs]")
    part.scroll_into_view_if_needed()
    return part.locator("tbody tr").filter(has=page.get_by_role("rowheader", name=label, exact=True))


def put(page: Page, lab: str, name: str, text: str) -> None:
    """Leave a text on the device where a lab keeps it."""
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"ft|/|lab/{lab}|{name}", text])


def test_a_run_of_a_lab_stands_in_the_comparison_until_everything_is_deleted(visit: Visits) -> None:
    page = visit.open(COMPARISON)
    expect(row(page, "Full supervised fine-tuning")).to_contain_text("no run yet: train in the SFT lab")
    row(page, "Full supervised fine-tuning").get_by_role("link").click()
    page.wait_for_url("**/sft.html#sft-lab")
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=30")
    train(lab_of(page, "sft-lab"))
    shown = page.locator("#sft-lab [data-metric=held_out_accuracy]").get_attribute("value")
    page.goto(f"{visit.origin}{COMPARISON}")
    own = row(page, "Full supervised fine-tuning")
    expect(own.locator("[data-metric=held_out_accuracy]")).to_have_attribute("value", shown or "")
    expect(own.locator("[data-metric=trainable_params]")).to_have_text("117,952")
    expect(row(page, "LoRA")).to_contain_text("no run yet")
    page.reload()
    expect(row(page, "Full supervised fine-tuning").locator("[data-metric=train_seconds]")).to_be_visible()
    page.goto(f"{visit.origin}about/privacy.html")
    page.get_by_role("button", name="Delete everything stored here").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("button", name=re.compile("Deleted"))).to_be_visible()
    page.goto(f"{visit.origin}{COMPARISON}")
    expect(row(page, "Full supervised fine-tuning")).to_contain_text("no run yet")


def test_a_second_tab_sees_the_run_at_once_and_settings_still_answer(visit: Visits) -> None:
    context = visit.context()
    first, second = context.new_page(), context.new_page()
    first.goto(f"{visit.origin}{COMPARISON}")
    second.goto(f"{visit.origin}{SFT}")
    put(second, "sft-lab", "runs", recorded("sft-lab").fields["runs"])
    own = row(first, "Full supervised fine-tuning")
    expect(own.locator("[data-metric=held_out_accuracy]")).to_be_visible()
    first.locator("#method-comparison [name=model]").select_option(index=2)
    label = first.locator("#method-comparison [name=model] option:checked").inner_text()
    expect(first.locator("#method-comparison [data-part=own_runs] thead")).to_contain_text(label)
    expect(own.locator("[data-metric=held_out_accuracy]")).to_be_visible()
    # What the lab keeps is only read.
    kept = second.evaluate("() => localStorage.getItem('ft|/|lab/sft-lab|runs')")
    assert kept == recorded("sft-lab").fields["runs"]


@pytest.mark.parametrize("text", [INJECTION, f"rank={INJECTION}|a=1|1:1", "x" * 50_000, "|||"])
def test_what_no_lab_wrote_is_no_run_and_stays_for_the_lab_to_judge(visit: Visits, text: str) -> None:
    page = visit.open("index.html")
    put(page, "lora-lab", "runs", text)
    page.goto(f"{visit.origin}{COMPARISON}")
    expect(row(page, "LoRA")).to_contain_text("no run yet")
    expect(page.locator("#method-comparison")).not_to_have_attribute("data-state", "booting")
    expect(row(page, "LoRA")).to_contain_text("no run yet")
    assert page.title() != "broken"
    assert page.evaluate("() => localStorage.getItem('ft|/|lab/lora-lab|runs')") == text


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_table_is_accessible_and_fits_the_screen(visit: Visits, width: int, scheme: str) -> None:
    page = visit.open("index.html", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for lab, name in (("sft-lab", "runs"), ("lora-lab", "runs"), ("qlora-lab", "runs"), ("pretrain-lab", "runs")):
        put(page, lab, name, recorded(lab).fields[name])
    put(page, "preferences", "ppo_runs", recorded("rlhf-lab").fields["ppo_runs"])
    put(page, "preferences", "dpo_runs", json.dumps(json.loads(recorded("dpo-lab").fields["dpo_runs"])))
    page.goto(f"{visit.origin}{COMPARISON}")
    expect(row(page, "DPO").locator("[data-metric=models_in_memory]")).to_have_text("2")
    assert page.locator("#method-comparison [data-part=own_runs]").get_by_text("no run yet").count() == 0
    assert sideways(page) == []
    assert violations(page) == []
