"""The drivers do what the other tests of this folder take for granted, in each engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.driver import KEYS, Driver, wait
from tests.site_server import StaticServer

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><head><title>A page</title><link rel="icon" href="data:,">
<p style="height: 3000px"></p>
<input name="box" value="old"><button>Press</button>
<script>
  var keys = [], clicks = 0;
  addEventListener("keydown", ({ code }) => keys.push(code));
  document.querySelector("button").onclick = ({ isTrusted }) => (clicks += isTrusted ? 1 : 100);
</script>"""
BROKEN = """<!doctype html><head><title>Broken</title><link rel="icon" href="data:,">
<script>console.error("logged", 1); console.warn("only a warning");</script>
<script>throw new Error("uncaught");</script>
<script>fetch("data:,").then(() => { throw new Error("rejected"); });</script>"""


@pytest.fixture
def page_server(make_server: Callable[..., StaticServer], tmp_path: Path, engine: Driver) -> StaticServer:
    """Serve two small pages."""
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "broken.html").write_text(BROKEN, encoding="utf-8")
    server = make_server(tmp_path)
    server.page_start = engine.page_start
    return server


def test_functions_get_values_and_give_what_they_promise(browser: Driver, page_server: StaticServer) -> None:
    browser.open(f"{page_server.url}page.html")
    value = browser.evaluate("async (a, b) => ({ sum: a + b[0], title: document.title, none: null })", 1, [2])
    assert value == {"sum": 3, "title": "A page", "none": None}
    with pytest.raises(Exception, match="no such thing"):
        browser.evaluate("async () => { throw new Error('no such thing'); }")
    with pytest.raises(TimeoutError, match="not true after 0 s"):
        wait(browser, "() => false", seconds=0)


def test_mouse_and_keys_are_real(browser: Driver, page_server: StaticServer) -> None:
    browser.open(f"{page_server.url}page.html")
    browser.click("button")
    assert browser.evaluate("() => clicks") == 1
    browser.type("[name=box]", "new")
    assert browser.evaluate("() => document.querySelector('[name=box]').value") == "new"
    browser.evaluate("() => { keys.length = 0; document.querySelector('[name=box]').focus(); }")
    for key in KEYS:
        browser.press(key)
    assert browser.evaluate("() => keys") == list(KEYS)


def test_errors_of_pages_are_reported_once(browser: Driver, page_server: StaticServer) -> None:
    browser.open(f"{page_server.url}broken.html")
    errors: list[str] = []
    for _ in range(50):
        errors += browser.console_errors()
        if len(errors) >= 3:
            break
        browser.evaluate("() => new Promise((resolve) => setTimeout(resolve, 20))")
    assert sorted(word for word in ("logged 1", "uncaught", "rejected") for error in errors if word in error) == [
        "logged 1",
        "rejected",
        "uncaught",
    ]
    assert len(errors) == 3
    assert browser.console_errors() == []


def test_a_screenshot_is_a_picture(browser: Driver, page_server: StaticServer) -> None:
    browser.open(f"{page_server.url}page.html")
    assert browser.screenshot()[:8] == b"\x89PNG\r\n\x1a\n"
