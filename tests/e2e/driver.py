"""One small interface to three browser engines, so that a test is written once.

``Driver`` is what a test may ask of an engine. Chromium is driven through Playwright (``chromium``), Firefox through
Marionette (``firefox``), WebKit through W3C WebDriver (``webkitgtk``).
"""

from __future__ import annotations

import time
from typing import Any, Protocol

PATIENCE_SECONDS = 60.0
"""Seconds for whatever Python has to answer: it starts in a few, but test machines are busy."""

KEYS = ("ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "End", "Enter", "Home", "Space", "Tab")
"""The keys that :meth:`Driver.press` knows, by their names in the DOM (``Space`` for the blank)."""


NOTE_ERRORS = """<script>
{
  const errors = (globalThis.pageErrors = []);
  const { error } = console;
  console.error = (...all) => {
    errors.push(all.map(String).join(" "));
    error(...all);
  };
  addEventListener("error", ({ message, target }) => errors.push(message || `not loaded: ${target?.src ?? ""}`), true);
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    errors.push(`refused by the policy: ${violatedDirective} ${blockedURI}`));
  addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));
}
</script>"""
"""What a page begins with so that its errors are noted: the drivers of two engines do not report them."""
TAKE_ERRORS = "return window.pageErrors?.splice(0) ?? []"
CALL = """
const done = arguments[arguments.length - 1];
const all = [...arguments].slice(0, -1);
(async () => (FUNCTION)(...all))().then(
  (value) => done({ value }),
  (error) => done({ error: `${error}\\n${error?.stack ?? ""}` }),
);
"""
"""How WebDriver calls a function that promises its value."""


class Driver(Protocol):
    """One page of a browser.

    Attributes:
        name: ``chromium``, ``firefox`` or ``webkit``.
        page_start: HTML that the server must put at the start of every page, so that the driver hears of errors.
        version: As the browser itself gives it.
    """

    name: str
    page_start: str
    version: str

    def open(self, address: str) -> None:
        """Open an address and wait until it is loaded."""

    def reload(self) -> None:
        """Load the page once more."""

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function in the page, wait for what it promises, and give its value.

        Args:
            function: Its source: ``(a, b) => …``.
            arguments: JSON values.
        """

    def click(self, selector: str) -> None:
        """Scroll to an element and click on it with the mouse."""

    def type(self, selector: str, text: str) -> None:
        """Replace the text of a box, key by key."""

    def press(self, key: str) -> None:
        """Press one of :data:`KEYS`; whatever has the focus gets it."""

    def screenshot(self) -> bytes:
        """Give a picture of what is seen, as PNG."""

    def console_errors(self) -> list[str]:
        """Give the errors that pages have logged, and those that nobody caught, since the last call."""

    def close(self) -> None:
        """End the browser."""


def wait(driver: Driver, condition: str, *arguments: Any, seconds: float = PATIENCE_SECONDS) -> Any:
    """Call a JavaScript function until it gives something true, and give that.

    Args:
        driver: The browser.
        condition: The function's source.
        arguments: JSON values.
        seconds: After so many it is given up.

    Raises:
        TimeoutError: It never was true; the message holds the condition and the errors of the console.
    """
    end = time.monotonic() + seconds
    while True:
        value = driver.evaluate(condition, *arguments)
        if value:
            return value
        if time.monotonic() > end:
            logged = "; ".join(driver.console_errors()) or "nothing in the console"
            raise TimeoutError(f"{driver.name}: not true after {seconds:.0f} s: {condition} {arguments} ({logged})")
        time.sleep(0.05)


TEXT = """(selector, text) => {
  const found = document.querySelector(selector);
  return found !== null && found.textContent.replace(/\\s+/g, " ").includes(text);
}"""


def wait_for_text(driver: Driver, selector: str, text: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until an element holds a text."""
    wait(driver, TEXT, selector, text, seconds=seconds)


def wait_for_state(driver: Driver, selector: str, state: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a widget is in a state."""
    wait(driver, "(s, state) => document.querySelector(s)?.dataset.state === state", selector, state, seconds=seconds)
