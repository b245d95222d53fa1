"""Start the browser of an engine."""

from __future__ import annotations

from playwright.sync_api import Playwright

from tests.browsers import Programs
from tests.e2e.chromium import ChromiumDriver
from tests.e2e.driver import Driver


def start(name: str, programs: Programs, playwright: Playwright) -> Driver:
    """Start an engine's browser.

    Args:
        name: ``chromium``, ``firefox`` or ``webkit``.
        programs: As :mod:`tests.browsers` finds them.
        playwright: Drives Chromium.
    """
    if name == "chromium":
        return ChromiumDriver(playwright, *programs)
    if name == "firefox":
        from tests.e2e.firefox import FirefoxDriver  # what drives it is only installed for the tests

        return FirefoxDriver(*programs)
    from tests.e2e.webkitgtk import WebKitDriver

    return WebKitDriver(*programs)
