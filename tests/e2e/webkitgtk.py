"""WebKit: WebKitGTK's small browser through its WebDriver, on a screen of its own that nobody sees."""

from __future__ import annotations

import os
import subprocess
import warnings
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.service import Service

from tests.e2e.driver import CALL, NOTE_ERRORS, PATIENCE_SECONDS, TAKE_ERRORS, wait

SCREEN = "1280x900x24"
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


class Screen:
    """A screen in memory, for a browser that wants one.

    Attributes:
        display: Its name, as the variable ``DISPLAY`` wants it.
    """

    def __init__(self, program: str) -> None:
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            [program, "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as number:  # written when the screen is ready
            self.display = f":{number.readline().strip()}"
        if self.display == ":":
            raise RuntimeError(f"{program} did not give a screen")

    def close(self) -> None:
        """Take the screen away."""
        self._process.terminate()
        self._process.wait()


class WebKitDriver:
    """One page of WebKitGTK's browser; see :class:`tests.e2e.driver.Driver`."""

    name = "webkit"
    page_start = NOTE_ERRORS

    def __init__(self, driver: str, browser: str, screen: str) -> None:
        self._errors: list[str] = []
        self._screen = Screen(screen)
        options = webdriver.WebKitGTKOptions()
        options.binary_location = browser
        options.add_argument("--automation")
        environment = {**os.environ, "DISPLAY": self._screen.display}
        service = Service(driver, log_output=subprocess.DEVNULL, env=environment)
        with warnings.catch_warnings():  # Selenium's own class for WebKitGTK uses what Selenium has deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            self._page = webdriver.WebKitGTK(options=options, service=service)
        self._page.set_script_timeout(600)
        self.version = str(self._page.capabilities["browserVersion"])

    def open(self, address: str) -> None:
        self._collect()
        self._page.get(address)

    def reload(self) -> None:
        self._collect()
        self._page.refresh()

    def evaluate(self, function: str, *arguments: Any) -> Any:
        answer = self._page.execute_async_script(CALL.replace("FUNCTION", function), *arguments)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def _element(self, selector: str) -> WebElement:
        wait(self, "(selector) => document.querySelector(selector) !== null", selector, seconds=PATIENCE_SECONDS)
        element = self._page.find_element(By.CSS_SELECTOR, selector)
        self._page.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element)
        return element

    def click(self, selector: str) -> None:
        self._element(selector).click()

    def type(self, selector: str, text: str) -> None:
        element = self._element(selector)
        self._page.execute_script("arguments[0].focus(); arguments[0].select();", element)
        ActionChains(self._page, duration=0).send_keys(text).perform()

    def press(self, key: str) -> None:
        ActionChains(self._page, duration=0).send_keys(PRESSED[key]).perform()

    def screenshot(self) -> bytes:
        return self._page.get_screenshot_as_png()

    def console_errors(self) -> list[str]:
        self._collect()
        errors, self._errors = self._errors, []
        return errors

    def _collect(self) -> None:
        """Take what the present page has noted; with the page it would be gone."""
        self._errors += self._page.execute_script(TAKE_ERRORS)

    def close(self) -> None:
        self._page.quit()
        self._screen.close()
