"""A trained model on the device is replaced by a whole one or not at all."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.components.conftest import Visits
from tests.components.test_faults import RUN_MS, SFT, before_the_worker, lab_of, press_train, status_of
from tests.journeys import KEPT

pytestmark = [pytest.mark.browser, pytest.mark.python]

FULL_AFTER_ONE = """{
  const write = FileSystemSyncAccessHandle.prototype.write;
  let written = 0;
  FileSystemSyncAccessHandle.prototype.write = function (...given) {
    if (written++) throw new DOMException("full", "QuotaExceededError");
    return write.apply(this, given);
  };
}"""
"""Lets the private files of the worker be full as soon as one model is stored."""


def test_a_model_that_no_longer_fits_leaves_the_one_before_and_that_is_said(visit: Visits) -> None:
    context = visit.context()
    before_the_worker(context, FULL_AFTER_ONE)
    page = context.new_page()
    page.goto(f"{visit.origin}{SFT}?sft-lab.steps=10")
    lab = lab_of(page)
    press_train(lab)
    expect(lab).to_have_attribute("data-state", "done", timeout=RUN_MS)
    expect(status_of(lab)).not_to_contain_text("could not be stored")
    press_train(lab)
    expect(status_of(lab)).to_contain_text("a model stored before is kept", timeout=RUN_MS)
    assert page.evaluate(KEPT) == ["sft-lab.bin"]
    page.reload()
    lab = lab_of(page)
    lab.get_by_role("button", name="Ask", exact=True).click()
    expect(lab.locator("[data-part=reply]")).to_contain_text("Your model", timeout=RUN_MS)
