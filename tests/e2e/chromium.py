"""Chromium through Playwright."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Playwright


class ChromiumDriver:
    """One page of Chromium; see :class:`tests.e2e.driver.Driver`."""

    name = "chromium"
    page_start = ""

    def __init__(self, playwright: Playwright, program: str) -> None:
        self._browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        self.version = self._browser.version
        self._errors: list[str] = []
        self._page = self._browser.new_page()
        self._page.on("console", lambda message: self._errors.append(message.text) if message.type == "error" else None)
        self._page.on("pageerror", lambda error: self._errors.append(str(error)))

    def open(self, address: str) -> None:
        self._page.goto(address)

    def reload(self) -> None:
        self._page.reload()

    def evaluate(self, function: str, *arguments: Any) -> Any:
        return self._page.evaluate(f"(all) => ({function})(...all)", list(arguments))

    def click(self, selector: str) -> None:
        self._page.locator(selector).first.click()

    def type(self, selector: str, text: str) -> None:
        box = self._page.locator(selector).first
        box.select_text()
        box.press_sequentially(text)

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def screenshot(self) -> bytes:
        return self._page.screenshot()

    def console_errors(self) -> list[str]:
        errors, self._errors = self._errors, []
        return errors

    def close(self) -> None:
        self._browser.close()
