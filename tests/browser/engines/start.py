"""Start the browser of an engine."""

from __future__ import annotations

from playwright.sync_api import Playwright

from tests.browser.engines.chromium import ChromiumDriver
from tests.browser.engines.driver import Driver
from tests.browser.install import Programs


def start(name: str, programs: Programs, playwright: Playwright) -> Driver:
    """Start an engine's browser.

    Args:
        name: ``chromium``, ``firefox`` or ``webkit``.
        programs: As :mod:`tests.browser.install` finds them.
        playwright: Drives Chromium.
    """
    if name == "chromium":
        return ChromiumDriver(playwright, *programs)
    if name == "firefox":
        from tests.browser.engines.firefox import FirefoxDriver  # what drives it is only installed for the tests

        return FirefoxDriver(*programs)
    from tests.browser.engines.webkitgtk import WebKitDriver

    return WebKitDriver(*programs)
