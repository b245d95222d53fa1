"""The script builder in Chromium: the first script without Python, any other with it, files, clashes, the keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from tests.components.conftest import Visits
from tests.journeys import NO_PYTHON
from tests.site_server import StaticServer
from widgets.gallery.script_builder.script.launch import write_config
from widgets.gallery.script_builder.script.program import write_program
from widgets.gallery.script_builder.script.settings import Settings

pytestmark = pytest.mark.browser

PAGE = "lessons/pipeline.html"


def opened(page: Page) -> Locator:
    """Give the widget, in view."""
    widget = page.locator("ft-widget[name=script-builder]")
    widget.scroll_into_view_if_needed()
    return widget


def download(page: Page, button: str) -> tuple[str, str]:
    """Press a button that saves a file; give the file's name and text."""
    with page.expect_download() as saved:
        page.get_by_role("button", name=button).click()
    return saved.value.suggested_filename, Path(saved.value.path()).read_text(encoding="utf-8")


def test_the_first_choices_are_answered_and_saved_before_python_is_there(visit: Visits, server: StaticServer) -> None:
    server.faults.update(NO_PYTHON)
    page = visit.context(accept_downloads=True).new_page()
    page.clock.install()
    page.goto(visit.origin + PAGE)
    widget = opened(page)
    assert download(page, "Download train.py") == ("train.py", write_program(Settings()))
    widget.locator("[name=method]").select_option("dpo")
    widget.locator("[name=tuning]").select_option("lora")
    expect(widget.locator("[data-part=program]")).to_contain_text("DPOTrainer")
    assert download(page, "Download train.py")[1] == write_program(Settings(method="dpo", tuning="lora"))
    # What a button said of the file before is gone by now, and its name is back.
    page.clock.run_for(3000)
    expect(page.get_by_role("button", name="Download train.py")).to_be_visible()


def test_python_writes_what_did_not_travel_with_the_page_and_the_address_brings_it_back(visit: Visits) -> None:
    page = visit.open(PAGE, accept_downloads=True)
    widget = opened(page)
    widget.locator("[name=model]").select_option("custom")
    widget.locator("[name=model_id]").fill("my-org/my-model")
    widget.locator("[name=gpus]").fill("8")
    widget.locator("[name=strategy]").select_option("zero3")
    expect(widget.locator("[data-part=program]")).to_contain_text("my-org/my-model")
    expect(widget.locator("[data-part=launch]")).to_contain_text("zero3.yaml")
    chosen = Settings(model="my-org/my-model", gpus=8, strategy="zero3")
    assert download(page, "Download train.py") == ("train.py", write_program(chosen))
    config = write_config(chosen)
    assert config
    assert download(page, "Download zero3.yaml") == ("zero3.yaml", config.text)
    assert yaml.safe_load(config.text)["num_processes"] == 8
    page.wait_for_url(re.compile("strategy=zero3"))
    again = opened(visit.open(page.url))
    expect(again.locator("[data-part=program]")).to_contain_text("my-org/my-model")
    expect(again.locator("[name=gpus]")).to_have_value("8")


def test_a_clash_is_tied_to_its_control_and_leads_there_and_nothing_else_is_changed(visit: Visits) -> None:
    page = visit.open(PAGE)
    widget = opened(page)
    precision = widget.locator("[name=precision]")
    precision.select_option("fp16")
    expect(widget.locator("[data-part=summary]")).to_contain_text("There is no script until this is changed")
    expect(widget.get_by_role("button", name="Download train.py")).to_have_count(0)
    expect(precision).to_have_attribute("aria-invalid", "true")
    message = page.locator(f"#{precision.get_attribute('aria-errormessage')}")
    expect(message).to_contain_text("fp16 fails with QLoRA")
    expect(widget.locator("[name=tuning]")).to_have_value("qlora")
    message.get_by_role("link").press("Enter")
    expect(precision).to_be_in_viewport()
    expect(precision).to_be_focused()
    widget.locator("[name=tuning]").select_option("lora")
    expect(widget.locator("[data-part=program]")).to_contain_text("fp16=HAS_GPU")
    expect(precision).not_to_have_attribute("aria-invalid", "true")


def test_rows_appear_and_go_with_what_they_belong_to(visit: Visits) -> None:
    widget = opened(visit.open(PAGE))
    expect(widget.locator("[name=rank]")).to_be_visible()
    expect(widget.locator("[name=model_id]")).to_be_hidden()
    widget.locator("[name=tuning]").select_option("full")
    expect(widget.locator("[name=rank]")).to_be_hidden()
    widget.locator("[name=method]").select_option("rloo")
    expect(widget.locator("[name=num_generations]")).to_be_visible()
    widget.locator("[name=dataset]").select_option("jsonl")
    expect(widget.locator("[name=dataset_path]")).to_be_visible()


def test_the_form_is_filled_in_by_keyboard_alone(visit: Visits) -> None:
    page = visit.open(PAGE, permissions=["clipboard-read", "clipboard-write"])
    widget = opened(page)
    widget.locator("[name=method]").focus()
    page.keyboard.press("ArrowDown")
    expect(widget.locator("[data-part=program]")).to_contain_text("RewardTrainer")
    widget.locator("[data-mirror=gpus]").focus()
    page.keyboard.press("ArrowRight")
    expect(widget.locator("[data-part=launch]")).to_contain_text("ddp.yaml")
    button = widget.get_by_role("button", name="Copy train.py")
    button.focus()
    page.keyboard.press("Enter")
    expect(widget.get_by_role("button", name="Copied")).to_be_visible()
