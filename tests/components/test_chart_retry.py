"""A chart that cannot be drawn, or not drawn anew, says so and offers to try again; its text and its table stay."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.components.conftest import Visits
from tests.site_server import StaticServer

pytestmark = pytest.mark.browser

LORA = "lessons/lora.html"
FAILED = "could not be drawn here; its numbers stand in the table below"


def chart_of(visit: Visits) -> tuple[Locator, Locator]:
    """Open the page with the rank explorer; give its chart and the place in it where the chart is drawn."""
    page = visit.open(LORA)
    chart = page.locator("#lora-rank .ft-chart").first
    chart.scroll_into_view_if_needed()
    return chart, chart.locator(".ft-plot")


def retry_by_keyboard(plot: Locator) -> None:
    """Press the button that a chart offers."""
    button = plot.get_by_role("button", name="Try again")
    button.focus()
    button.press("Enter")


@pytest.mark.parametrize("fault", ["404", "garbage"])
def test_a_chart_library_that_does_not_come_is_tried_again_by_a_button(
    visit: Visits, server: StaticServer, fault: str
) -> None:
    visit.expected.append("Content Security Policy" if fault == "garbage" else "Failed to load resource")
    server.faults["assets/course/plot-*"] = fault
    chart, plot = chart_of(visit)
    expect(plot).to_contain_text(FAILED)
    expect(chart.locator(".ft-description")).to_be_visible()
    expect(chart.locator("summary")).to_be_visible()
    retry_by_keyboard(plot)
    expect(plot.get_by_role("button", name="Try again")).to_be_focused()
    server.faults.clear()
    retry_by_keyboard(plot)
    expect(plot).to_have_attribute("data-drawn", "")
    expect(plot).to_have_attribute("role", "img")
    expect(plot).to_be_focused()
    expect(plot).not_to_contain_text(FAILED)


def test_a_figure_that_cannot_be_drawn_anew_is_tried_again_by_a_button(visit: Visits) -> None:
    chart, plot = chart_of(visit)
    expect(plot).to_have_attribute("data-drawn", "")
    figure = plot.get_attribute("data-figure")
    plot.evaluate("(plot) => plot.setAttribute('data-figure', '{')")
    expect(plot).to_contain_text(FAILED)
    expect(plot).not_to_have_attribute("data-drawn", "")
    expect(chart.locator("summary")).to_be_visible()
    plot.evaluate("(plot, figure) => plot.setAttribute('data-figure', figure)", figure)
    retry_by_keyboard(plot)
    expect(plot).to_have_attribute("data-drawn", "")
    expect(plot.locator("svg").first).to_be_visible()
