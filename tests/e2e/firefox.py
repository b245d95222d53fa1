"""Firefox through Marionette, the interface that is built into every Firefox, with Mozilla's own client of it.

Playwright cannot drive an ordinary Firefox of the extended support release yet: it asks for commands of WebDriver BiDi
that came later.
"""

from __future__ import annotations

import base64
import gc
import tempfile
import warnings
from pathlib import Path
from typing import Any

from tests.e2e.driver import CALL, NOTE_ERRORS, PATIENCE_SECONDS, TAKE_ERRORS, wait

with warnings.catch_warnings():  # it imports modules that Python will drop, for telephones that are not used here
    warnings.simplefilter("ignore", DeprecationWarning)
    from marionette_driver.keys import Keys
    from marionette_driver.marionette import Marionette, WebElement

SIZE = (1280, 900)
LONGEST = 600
"""Seconds that a script may take."""
PRESSED = {
    "ArrowDown": Keys.ARROW_DOWN,
    "ArrowLeft": Keys.ARROW_LEFT,
    "ArrowRight": Keys.ARROW_RIGHT,
    "ArrowUp": Keys.ARROW_UP,
    "End": Keys.END,
    "Enter": Keys.RETURN,
    "Home": Keys.HOME,
    "Space": Keys.SPACE,
    "Tab": Keys.TAB,
}


class FirefoxDriver:
    """One page of Firefox; see :class:`tests.e2e.driver.Driver`."""

    name = "firefox"
    page_start = NOTE_ERRORS

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="firefox-")
        self._errors: list[str] = []
        with warnings.catch_warnings():  # while it waits for Firefox it leaves sockets to be collected
            warnings.simplefilter("ignore", ResourceWarning)
            self._page = Marionette(
                bin=program,
                app="fxdesktop",
                port=0,
                headless=True,
                socket_timeout=LONGEST,
                gecko_log=str(Path(self._folder.name) / "output.txt"),
                workspace=self._folder.name,
                app_args=["-width", str(SIZE[0]), "-height", str(SIZE[1])],
            )
            self._page.start_session()
        self._page.timeout.script = LONGEST
        self.version = str(self._page.session_capabilities["browserVersion"])

    def open(self, address: str) -> None:
        self._collect()
        self._page.navigate(address)

    def reload(self) -> None:
        self._collect()
        self._page.refresh()

    def evaluate(self, function: str, *arguments: Any) -> Any:
        script = CALL.replace("FUNCTION", function)
        answer = self._page.execute_async_script(script, script_args=arguments, sandbox=None)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def _element(self, selector: str) -> WebElement:
        wait(self, "(selector) => document.querySelector(selector) !== null", selector, seconds=PATIENCE_SECONDS)
        element = self._page.find_element("css selector", selector)
        self._page.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", [element])
        return element

    def click(self, selector: str) -> None:
        self._element(selector).click()

    def type(self, selector: str, text: str) -> None:
        self._page.execute_script("arguments[0].focus(); arguments[0].select();", [self._element(selector)])
        self._page.actions.sequence("key", "keyboard").send_keys(text).perform()

    def press(self, key: str) -> None:
        self._page.actions.sequence("key", "keyboard").send_keys(PRESSED[key]).perform()

    def screenshot(self) -> bytes:
        return base64.b64decode(self._page.screenshot(full=False))

    def console_errors(self) -> list[str]:
        self._collect()
        errors, self._errors = self._errors, []
        return errors

    def _collect(self) -> None:
        """Take what the present page has noted; with the page it would be gone."""
        self._errors += self._page.execute_script(TAKE_ERRORS, sandbox=None)

    def close(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self._page.quit(in_app=True)
            self._page.cleanup()
            del self._page
            gc.collect()  # its profiles tidy up when they are collected, which fails at the end of the process
        self._folder.cleanup()
